"""How a test runs the program: in this process, as a shell starts it, or on a terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable

from click.testing import Result

Run = Callable[..., Result]
LIMIT = 60
"""Seconds, for what takes one."""


def program(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "graph", *map(str, arguments)]


def in_terminal(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command on a pseudo-terminal; return its status and all that it showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    timer = threading.Timer(LIMIT, process.kill)
    timer.start()
    shown = b""
    try:
        with contextlib.suppress(OSError):  # how Linux says that the other side is closed
            while data := os.read(ours, 65536):
                shown += data
        return process.wait(LIMIT), shown.decode()
    finally:
        timer.cancel()
        os.close(ours)
