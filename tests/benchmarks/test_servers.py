"""Waiting for servers: what does not come is an error, not an endless loop."""

import sys

import pytest


def test_what_does_not_come_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import servers

    monkeypatch.setattr(servers, "LIMIT", 0.0)
    looks = iter([False, False, True])
    with pytest.raises(RuntimeError, match="the snapshot did not come"):
        servers.wait_for("the snapshot", lambda: False, 0.0)
    monkeypatch.setattr(servers, "LIMIT", 20.0)
    servers.wait_for("the snapshot", lambda: next(looks), 0.0)
    assert list(looks) == []


def test_a_server_that_does_not_say_where_it_serves_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    import servers

    monkeypatch.setattr(servers, "LIMIT", 0.05)
    server = servers.Server([sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(RuntimeError, match="did not start"), server:
        raise AssertionError
    assert server.process.poll() is not None
