"""Bounds from good runs: rules that fit one's own trainer, and their rate of false alarms."""
