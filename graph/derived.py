"""Results that follow from a graph and are worth keeping: computed once, stored beside its snapshot.

Each result is a folder of files with a manifest of their checksums. One process writes it, under a lock, and
renames it into place; everyone else opens what it wrote. Where the snapshot's folder cannot be written, a
result lives as long as the graph does.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import shutil
import tempfile
import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
import orjson

from . import __version__

logger = logging.getLogger("articlegraph")

T = TypeVar("T")
Array = npt.NDArray[np.generic]

_KEPT_VERSIONS = 2
"""Of how many graphs the results stay: of the one before, too, while other processes still serve it."""
_MANIFEST = "manifest.json"
_BLOCK = 1 << 20


class DerivedResults:
    """The results that belong to one graph.

    Parameters
    ----------
    folder
        Where results are kept, those of other versions too.
    version
        The graph's version. Results of another version of the graph, or of this package, are not used.
    """

    def __init__(self, folder: Path, version: str) -> None:
        self.root = folder
        self._folder = folder / f"{version}-{__version__}"
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._arrays: dict[str, Mapping[str, Array]] = {}
        self._objects: dict[str, Any] = {}
        self.awaited: set[str] = set()
        """The names of results that someone else makes, so that nobody here should."""
        self.is_kept = True
        """Whether every result so far could be kept in the folder."""
        self._fallback: tempfile.TemporaryDirectory[str] | None = None

    def arrays(self, name: str, compute: Callable[[], Mapping[str, Array]]) -> Mapping[str, Array]:
        """A result that is arrays: from memory, else from its files, else computed.

        Of several threads that ask at once one computes and the others wait.

        Parameters
        ----------
        name
            Names the result, with all options that it depends on.
        compute
            Makes it; the keys are names of files.
        """
        if (known := self._arrays.get(name)) is not None:
            return known
        with self._locks[name]:
            if (known := self._arrays.get(name)) is None:
                known = self._arrays[name] = self._load_or_compute(name, compute)
        return known

    def _load_or_compute(self, name: str, compute: Callable[[], Mapping[str, Array]]) -> Mapping[str, Array]:
        made: dict[str, Mapping[str, Array]] = {}

        def write(folder: Path) -> None:
            made[name] = compute()
            for key, values in made[name].items():
                np.save(folder / f"{key}.npy", values, allow_pickle=False)

        folder = self._stored(name, write)
        if folder is None or made:
            return made.get(name) or compute()
        return {file.stem: np.asarray(np.load(file, mmap_mode="r")) for file in folder.glob("*.npy")}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever kept."""
        return not self._arrays and not self._folder.is_dir()

    def has(self, name: str) -> bool:
        """Whether a result, of arrays or of files, is there to be opened."""
        return name in self._arrays or _is_whole(self._folder / name)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """A result that is kept in memory only: of several threads that ask at once one makes it."""
        with self._locks[name]:
            if name not in self._objects:
                self._objects[name] = make()
        return self._objects[name]  # type: ignore[no-any-return]

    def folder(self, name: str, write: Callable[[Path], None]) -> Path:
        """A result that is files: the folder that holds them.

        Parameters
        ----------
        name
            Names the result, with all options that it depends on.
        write
            Writes the files into an empty folder.
        """
        with self._locks[name]:
            stored = self._stored(name, write)
            if stored is not None:
                return stored
            if self._fallback is None:
                self._fallback = tempfile.TemporaryDirectory(prefix="articlegraph-")
            folder = Path(self._fallback.name) / name
            if not folder.exists():
                temporary = Path(tempfile.mkdtemp(dir=self._fallback.name))
                write(temporary)
                temporary.rename(folder)
            return folder

    def _stored(self, name: str, write: Callable[[Path], None]) -> Path | None:
        """The result's folder, written if need be; None where it cannot be stored."""
        folder = self._folder / name
        if _is_whole(folder):
            return folder
        try:
            with self._exclusive(name):
                if not _is_whole(folder):  # another process may have written it while we waited
                    self._write(folder, write)
        except OSError as error:
            self.is_kept = False
            logger.warning("%s cannot be kept in %s: %s", name, self.root, error.strerror or error)
            return None
        return folder

    def _write(self, folder: Path, write: Callable[[Path], None]) -> None:
        temporary = folder.with_name(f".{folder.name}.tmp")
        for path in (temporary, folder):  # of a process that was killed; damaged
            shutil.rmtree(path, ignore_errors=True)
        temporary.mkdir()
        try:
            write(temporary)
            (temporary / _MANIFEST).write_bytes(orjson.dumps(_checksums(temporary)))
            temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        self._forget_old_versions()

    @contextlib.contextmanager
    def _exclusive(self, name: str) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f".{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _forget_old_versions(self) -> None:
        others = [path for path in self.root.iterdir() if path != self._folder]
        others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in others[_KEPT_VERSIONS - 1 :]:
            shutil.rmtree(path, ignore_errors=True)


def _checksums(folder: Path) -> dict[str, int]:
    return {file.name: _checksum(file) for file in folder.iterdir() if file.name != _MANIFEST}


def _checksum(file: Path) -> int:
    """The checksum of a file, which may be larger than what memory there is."""
    checksum, buffer = 0, bytearray(_BLOCK)
    with file.open("rb", buffering=0) as opened:
        while size := opened.readinto(buffer):
            checksum = zlib.crc32(memoryview(buffer)[:size], checksum)
    return checksum


def _is_whole(folder: Path) -> bool:
    try:
        expected = orjson.loads((folder / _MANIFEST).read_bytes())
        return bool(expected == _checksums(folder))
    except (OSError, ValueError):
        return False


if TYPE_CHECKING:
    from functools import cached_property

    computed_once = cached_property
else:

    class computed_once:  # noqa: N801 - a decorator, as functools.cached_property is
        """A property that is computed when it is first asked for, by one of the threads that ask.

        `functools.cached_property`, which it is to a type checker, has no lock since Python 3.12.
        """

        def __init__(self, compute):
            self._compute = compute
            self.__doc__ = compute.__doc__

        def __set_name__(self, owner, name):
            self._name = name

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            values = vars(instance)  # found there from now on, without this descriptor
            with values.setdefault(f"_computing_{self._name}", threading.Lock()):
                if self._name not in values:
                    values[self._name] = self._compute(instance)
            return values[self._name]
