"""A blob gets another name."""

import os
from contextlib import suppress
from pathlib import Path

from adapters.filesystem.folders import opened, tidy
from adapters.filesystem.open_blob import etag_of, facts_of, missing
from adapters.filesystem.staged_file import StagedFile
from application.ports.blob_moves import BlobChanged


def move(root: Path, source: list[str], to: list[str], etag: str | None) -> os.stat_result:
    """Rename root/source… to root/to…, and remove the folders that are left empty; blocks."""
    key = "/".join(source)
    facts = facts_of(root, key)
    if etag is not None and etag != etag_of(facts):
        raise BlobChanged(f"The blob {key!r} has changed.")
    if source == to:
        return facts
    staged = StagedFile(root.joinpath(*source))
    try:
        staged.take()
        taken = staged.facts()
        staged.show(root, to)
        # Not before: whoever else moves the same blob would take it for another one.
        moved = staged.stamp()
    except FileNotFoundError:
        raise missing(key) from None
    finally:
        staged.close()
    if etag is not None and not _is_same(root, to, facts, taken):
        _put_back(root, source, to)
        raise BlobChanged(f"The blob {key!r} has changed.")
    tidy(root, source[:-1])
    return moved


def _is_same(root: Path, to: list[str], looked_at: os.stat_result, taken: os.stat_result) -> bool:
    """Whether what was renamed is what was looked at: somebody may have put something else there meanwhile."""
    there = facts_of(root, "/".join(to))
    return etag_of(looked_at) == etag_of(taken) and taken.st_ino == there.st_ino


def _put_back(root: Path, source: list[str], to: list[str]) -> None:
    """Unless something newer lies there already."""
    with opened(root, source[:-1], create=True) as back, opened(root, to[:-1]) as here:
        with suppress(FileExistsError):
            os.link(to[-1], source[-1], src_dir_fd=here, dst_dir_fd=back, follow_symlinks=False)
        os.unlink(to[-1], dir_fd=here)
    tidy(root, to[:-1])
