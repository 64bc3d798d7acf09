"""One thread for numpy's matrix products: their last digits depend on how many there are."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

_limiting = threading.RLock()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Make matrix products and decompositions use one thread.

    The number of threads is the whole process's, so one caller at a time sets it and puts it back.
    """
    with _limiting, threadpool_limits(1, user_api="blas"):
        yield
