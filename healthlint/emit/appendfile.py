"""A file that only grows, by whole lines, each in one write."""

import os
import stat
import time
from pathlib import Path

from healthlint.emit.tail import is_torn


class AppendFile:
    """A file open for appending lines.

    What :meth:`append` has written survives the death of the process, since it is with the
    operating system. Only :meth:`sync` also survives the death of the machine.

    Args:
        path: The file, made with its folders where it does not exist.
        sync_every: Seconds after which an append also syncs; None leaves that to the caller.

    Attributes:
        path: The file's absolute path.
        descriptor: The file descriptor, for reading what is there; negative once closed.

    Raises:
        OSError: The file cannot be opened for reading and writing.
    """

    def __init__(self, path: Path, sync_every: float | None = None) -> None:
        self.path = path.absolute()  # the program may change its working folder
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self.descriptor = os.open(path, flags, 0o644)
        # A pipe or /dev/null has nothing to sync and refuses to.
        self._can_sync = stat.S_ISREG(os.fstat(self.descriptor).st_mode)
        self.sync_every = sync_every
        self._synced_at = time.monotonic()
        self._may_be_torn = self._can_sync

    @property
    def is_closed(self) -> bool:
        """Whether the descriptor has been given back."""
        return self.descriptor < 0

    @property
    def size(self) -> int:
        """Bytes in the file, whoever wrote them."""
        return os.fstat(self.descriptor).st_size

    @property
    def is_gone(self) -> bool:
        """Whether the path leads to another file by now, or to none: what is written is not there.

        Always False for a pipe or device.
        """
        if not self._can_sync:
            return False
        try:
            return not os.path.samestat(self.path.stat(), os.fstat(self.descriptor))
        except FileNotFoundError:
            return True
        except OSError:  # a folder that cannot be looked into for now
            return False

    def append(self, line: bytes) -> None:
        """Write one line, its newline included, behind a newline if the last one is torn.

        A write that took only a part (a disk about to be full) goes on where it stopped; Python
        itself repeats one that a signal interrupted. If it fails for good, or a signal handler
        raises, the next append looks at the file and begins on a line of its own.

        Raises:
            OSError: The operating system refused the write.
        """
        if self._may_be_torn and is_torn(self.descriptor):
            line = b"\n" + line
        self._may_be_torn = self._can_sync
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]
        self._may_be_torn = False
        if self.sync_every is not None and time.monotonic() - self._synced_at >= self.sync_every:
            self.sync()

    def sync(self) -> None:
        """Return once the file is on the disk itself."""
        if self._can_sync:
            os.fsync(self.descriptor)
        self._synced_at = time.monotonic()

    def close(self) -> None:
        """Give the descriptor back; closing twice does nothing."""
        if not self.is_closed:
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)
