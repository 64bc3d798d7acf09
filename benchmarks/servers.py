"""Server processes of our own: started, asked, and ended."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

LIMIT = 300.0
"""Seconds after which something counts as failed."""
PEERS = Path(__file__).parent / "peers"
PAGE = os.sysconf("SC_PAGE_SIZE")


class Server:
    """A server process; it says on one of its outputs where it serves.

    Parameters
    ----------
    command
        What to run.
    """

    def __init__(self, command: Sequence[str | Path]) -> None:
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.port = 0

    def __enter__(self) -> Server:
        assert self.process.stdout is not None
        said = []
        giving_up = threading.Timer(LIMIT, self.process.kill)
        giving_up.start()
        try:
            for line in self.process.stdout:
                said.append(line)
                if "serving on http://" in line:
                    self.port = int(line.split(" (", 1)[0].rsplit(":", 1)[1])
                    threading.Thread(target=self.process.stdout.read, daemon=True).start()
                    return self
        finally:
            giving_up.cancel()
        self.process.kill()
        self.process.wait()
        raise RuntimeError(f"the server did not start:\n{''.join(said)}")

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def connect(self, timeout: float = 120) -> http.client.HTTPConnection:
        """Open a keep-alive connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def workers(self) -> list[int]:
        """The processes that answer: where there are several, forks of a child that opens the content."""
        for child in _children(self.process.pid):
            if b"graph.server.opener" in Path(f"/proc/{child}/cmdline").read_bytes():
                return _children(child)
        return [self.process.pid]

    def memory(self) -> float:
        """Resident memory of the process in MB of 1,000,000 bytes, now."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE / 1e6

    def rest(self, limit: float = LIMIT) -> None:
        """Wait until what the server computes in the background is done: until it uses no processor time."""
        end = time.monotonic() + limit
        before, at_rest = -1, 0
        while at_rest < 3 and time.monotonic() < end:
            used = _ticks(self.process.pid)
            at_rest = at_rest + 1 if abs(used - before) <= 1 else 0
            before = used
            time.sleep(0.5)


def _children(process: int) -> list[int]:
    """The processes that a process, any thread of it, has started and that have not ended."""
    files = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text().split()]


def _ticks(process: int) -> int:
    """Hundredths of a second that a process has used, and all that descend from it."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        children = _children(process)
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0
    return int(fields[11]) + int(fields[12]) + sum(map(_ticks, children))


def articlegraph(content: Path, cache: Path, *options: str) -> Server:
    """The product's own server, on a free port and without an access log."""
    command = [sys.executable, "-m", "graph", "serve", content, "--no-access-log", "--port", "0"]
    return Server([*command, "--cache-dir", cache, *options])


def wait_for(what: str, is_there: Callable[[], bool], pause: float = 0.01) -> None:
    """Look again and again whether something has come.

    Raises
    ------
    RuntimeError
        Where it has not within the limit.
    """
    end = time.monotonic() + LIMIT
    while not is_there():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not come within {LIMIT:.0f} seconds")
        time.sleep(pause)


def post(connection: http.client.HTTPConnection, body: bytes) -> bytes:
    """Send a request body and return the answer's."""
    connection.request("POST", "/graphql", body, {"content-type": "application/json"})
    return connection.getresponse().read()


class AnswerError(Exception):
    """An answer has errors; their codes are `codes`."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.codes = {error.get("extensions", {}).get("code") for error in errors}


def ask(connection: http.client.HTTPConnection, query: str, **variables: object) -> Any:
    """Ask one query and return its data."""
    answer = orjson.loads(post(connection, orjson.dumps({"query": query, "variables": variables})))
    if "errors" in answer:
        raise AnswerError(answer["errors"])
    return answer["data"]


def ask_until_answered(server: Server, query: str, limit: float = 900, **variables: object) -> Any:
    """Ask again and again while the server says that what the query needs is still being computed."""
    end = time.monotonic() + limit
    while True:
        try:
            return ask(server.connect(limit), query, **variables)
        except AnswerError as error:
            if error.codes != {"DEADLINE_EXCEEDED"} or time.monotonic() > end:
                raise
            time.sleep(0.01)
