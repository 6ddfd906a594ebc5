"""Logs and stops for trainers that others wrote: one module a framework.

Each writes the log of :class:`healthlint.emit.RunLogger` and stops where a watch asks for it. None
judges anything, and none raises into a training.
"""
