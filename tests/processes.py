"""What has become of child processes."""

from __future__ import annotations

import os


def has_children() -> bool:
    """Whether this process has a child that has not been waited for."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True
