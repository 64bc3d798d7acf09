"""The client of fixed rate: how it reads answers, and what a server that stops is charged for."""

import socket
import threading

import pytest

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def test_an_answer_is_whole_however_it_is_cut() -> None:
    from pacing import Connection

    for cut in range(1, len(ANSWER)):
        connection = Connection(socket.socket())
        with connection.socket:
            assert not connection.take(ANSWER[:cut])
            assert connection.take(ANSWER[cut:])
            assert connection.take(ANSWER), "the next one"


def test_what_is_no_answer_is_told() -> None:
    from pacing import Connection

    with socket.socket() as any_socket:
        with pytest.raises(RuntimeError, match="closed"):
            Connection(any_socket).take(b"")
        with pytest.raises(RuntimeError, match="503"):
            Connection(any_socket).take(b"HTTP/1.1 503 No\r\n\r\n")


def test_a_server_that_stops_is_charged_for_all_that_was_due() -> None:
    from pacing import paced

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        threading.Thread(target=_stopping, args=(listening,), daemon=True).start()
        found = paced(listening.getsockname()[1], [b"{}"], rate=100, seconds=1)
    # requests from 0.5 s on count; none is answered, so each has waited until the end
    assert found.unanswered >= len(found.latencies) == 50
    assert found.percentile(0.99) == pytest.approx(0.5)
    assert found.percentile(0) == pytest.approx(0.01)


def _stopping(listening: socket.socket) -> None:
    """Accept, and never answer."""
    accepted = []
    while True:
        try:
            accepted.append(listening.accept())
        except OSError:
            return
