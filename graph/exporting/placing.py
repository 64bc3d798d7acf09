"""Files and folders that appear when they are complete, in place of nothing that is not meant."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import ExportError

_OURS = {f"{table}.{ending}" for table in ("articles", "links", "dangling") for ending in ("csv", "parquet")}


@contextlib.contextmanager
def placed_file(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A file that gets its name when it is written.

    Parameters
    ----------
    path
        Its name.
    force
        Replace the file that is there.

    Raises
    ------
    ExportError
        Where a file is there and not `force`, or what is there is no file.
    """
    if path.exists() and not path.is_file():
        raise ExportError(f"{path}: not a file, and is left alone; name a file")
    if os.path.lexists(path) and not force:
        raise _exists(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path, "tmp")
    try:
        with temporary.open("wb") as out:
            yield out
            _to_disk(out)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def placed_folder(path: Path, *, force: bool) -> Iterator[Path]:
    """An empty folder that gets its name when it is filled.

    Parameters
    ----------
    path
        Its name.
    force
        Replace the earlier export that is there.

    Raises
    ------
    ExportError
        Where a folder is there and not `force`, or it holds anything but an export, or is no folder.
    """
    _refuse_folder(path, force=force)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path, "tmp")
    temporary.mkdir()
    try:
        yield temporary
        for file in temporary.iterdir():
            with file.open("rb") as written:
                _to_disk(written)
        _replace_folder(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _refuse_folder(path: Path, *, force: bool) -> None:
    if not os.path.lexists(path):
        return
    if path.is_symlink() or not path.is_dir():
        raise ExportError(f"{path}: not a folder, and is left alone; name a folder")
    held = {entry.name for entry in path.iterdir()}
    if foreign := sorted(held - _OURS):
        raise ExportError(
            f"{path}: holds {foreign[0]!r}, which is no export, and is left alone; name another"
        )
    if held and not force:
        raise _exists(path)


def _replace_folder(new: Path, path: Path) -> None:
    """Put a folder in another's place; only an empty one can be replaced in one step."""
    old = _beside(path, "old")
    if path.exists():
        path.rename(old)
    try:
        new.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _exists(path: Path) -> ExportError:
    return ExportError(f"{path}: exists already; --force replaces it")


def _beside(path: Path, ending: str) -> Path:
    path = path.absolute()
    return path.with_name(f".{path.name}.{os.getpid()}.{ending}")


def _to_disk(opened: BinaryIO) -> None:
    opened.flush()
    os.fsync(opened.fileno())
