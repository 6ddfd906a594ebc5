"""Blur in sound, mels, images and logs: what is measured and judged, in words and pictures."""
