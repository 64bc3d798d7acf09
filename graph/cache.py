"""Where the snapshots of content folders are kept."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from .corpus import ContentOptions


def cache_folder() -> Path:
    """Where snapshots of folders are kept.

    The environment variable ARTICLEGRAPH_CACHE_DIR names it; otherwise it is `articlegraph` in
    XDG_CACHE_HOME, which is ~/.cache where it is not set.
    """
    if named := os.environ.get("ARTICLEGRAPH_CACHE_DIR"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "articlegraph"


def snapshot_of(
    content: str | os.PathLike[str],
    cache: str | os.PathLike[str] | None = None,
    options: ContentOptions | None = None,
) -> Path:
    """The snapshot that a folder, read in some way, is kept in, whether it exists yet or not.

    Parameters
    ----------
    content
        The content folder.
    cache
        The cache folder; `cache_folder()` by default.
    options
        How the folder is read.
    """
    folder = Path(content).resolve()
    key = os.fsencode(folder) + b"\0" + str(options or ContentOptions()).encode()
    digest = hashlib.sha256(key).hexdigest()[:16]
    return (Path(cache) if cache else cache_folder()) / f"{folder.name[:40] or 'content'}-{digest}.snapshot"
