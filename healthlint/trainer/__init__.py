"""A small FastSpeech2-style trainer whose runs are judged by the same rules as any other log.

Needs the extra ``train``; nothing outside this package imports it. Reading order: ``config``,
``corpus``, ``clips``, ``mel``, ``pitch``, ``batches``, ``model``, ``losses``, ``faults``,
``schedule``, ``checkpoint``, ``samples``, ``train``.
"""
