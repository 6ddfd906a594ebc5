"""Why a file is no checkpoint, told by its first bytes."""

from __future__ import annotations

from healthlint.checkpoints.errors import CheckpointError

_KNOWN = (
    (b"version https://git", "a Git LFS pointer, not the checkpoint", "`git lfs pull` gets it"),
    (b"/annex/objects", "a git-annex pointer, not the checkpoint", "`git annex get` gets it"),
    (b"<!DOCTYPE", "a web page, not a checkpoint", "the download failed or needs a login"),
    (b"<html", "a web page, not a checkpoint", "the download failed or needs a login"),
    (b"\x1f\x8b", "compressed by gzip", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd", "unpack it first"),
    (b"\x89HDF", "an HDF5 file, which is not read", ""),
    (b"\x93NUMPY", "one array of numpy, not a checkpoint", ""),
    (b"GGUF", "a GGUF file, which is not read", ""),
)


def refusal(head: bytes) -> CheckpointError:
    """Return why a file with these first bytes is not read."""
    if not head:
        return CheckpointError("the file is empty")
    if head[257:262] == b"ustar":
        return CheckpointError(
            "a tar file: torch wrote such checkpoints before 2017, they are not read",
            "save it anew with torch",
        )
    for start, message, hint in _KNOWN:
        if head.startswith(start):
            return CheckpointError(message, hint)
    return CheckpointError("neither a file of torch nor safetensors")
