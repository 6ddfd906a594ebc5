"""Many runs: what went wrong, where, and what differs.

Each log becomes one small row the moment it is judged, wherever that happens; nothing else of it is
kept. ``row`` is that row and its format on disk; ``judging`` makes it, ``driving`` makes all of
them by an executor and a cache; ``summary``, ``differing`` and ``ranking`` work on rows alone.
"""
