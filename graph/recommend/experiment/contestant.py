"""A strategy in an experiment: fitted, asked, timed, and its mistakes called by name."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..rows import Integers
from ..strategy import Ranking, Strategy
from .errors import ExperimentError
from .splitting import Split

_TIMED = 300
_WARMING = 10


class Contestant:
    """A strategy, fitted to what a split shows.

    Parameters
    ----------
    label
        What it is called in messages.
    strategy
        Not yet fitted.
    split
        What it sees and is asked.
    k
        How many recommendations it is asked for.

    Raises
    ------
    ExperimentError
        Where fitting fails; as all methods where the strategy fails, or gives what no ranking may be.
    """

    def __init__(self, label: str, strategy: Strategy, split: Split, k: int) -> None:
        self._label = label
        self._strategy = strategy
        self._split = split
        self._k = k
        started = time.perf_counter()
        with self._failures("fit"):
            strategy.fit(split.graph)
        self.fit_seconds = time.perf_counter() - started
        """How long fitting took."""

    def rankings(self) -> list[Ranking]:
        """A ranking for each test item."""
        items, exclude = self._split.items, [*self._excludes(len(self._split.items))]
        with self._failures("recommend_all"):
            rankings = self._strategy.recommend_all(items, self._k, exclude)
        if not isinstance(rankings, list) or len(rankings) != len(items):
            raise ExperimentError(
                f"{self._label}: recommend_all must give a list of one ranking for each item"
            )
        for item, ranking, left in zip(items, rankings, exclude, strict=True):
            self._check(int(item), ranking, left)
        self._given = rankings[:_TIMED]
        return rankings

    def latencies(self) -> npt.NDArray[np.float64]:
        """How long each of up to 300 recommendations takes in milliseconds, after some that do not count.

        They must be those that `rankings`, which comes first, gave.
        """
        taken = []
        excludes = [*self._excludes(_TIMED)]
        for number in (*range(min(_WARMING, len(excludes))), *range(len(excludes))):
            item, exclude = int(self._split.items[number]), excludes[number]
            with self._failures("recommend"):
                started = time.perf_counter()
                ranking = self._strategy.recommend(item, self._k, exclude)
                taken.append(1000 * (time.perf_counter() - started))
            self._check(item, ranking, exclude)
            if not np.array_equal(ranking.items, self._given[number].items):
                raise self._error("gives other answers when asked again", item)
        return np.array(taken[-len(excludes) :])

    def _excludes(self, first: int) -> Iterator[Integers]:
        return (self._split.exclude[row] for row in range(min(first, len(self._split.items))))

    @contextlib.contextmanager
    def _failures(self, method: str) -> Iterator[None]:
        try:
            yield
        except (Exception, SystemExit) as error:
            raise ExperimentError(
                f"{self._label}: {method} failed: {type(error).__name__}: {error}"
            ) from error

    def _check(self, item: int, ranking: Ranking, exclude: Integers) -> None:
        wrong = _wrong_with(ranking, exclude, self._k, len(self._split.graph))
        if wrong:
            raise self._error(wrong, item)

    def _error(self, wrong: str, item: int) -> ExperimentError:
        title = self._split.graph.text(item).title
        return ExperimentError(f"{self._label} {wrong}, for the article {title!r}")


def _wrong_with(ranking: object, exclude: Integers, k: int, items: int) -> str | None:
    """What a ranking is wrong in, as the end of a sentence about its strategy."""
    if not isinstance(ranking, Ranking):
        return f"gives a {type(ranking).__name__} where a Ranking is due"
    given, scores = np.asarray(ranking.items), np.asarray(ranking.scores)
    if (
        given.ndim != 1
        or given.shape != scores.shape
        or given.dtype.kind not in "iu"
        or scores.dtype.kind != "f"
    ):
        return "must give items, whole numbers, and as many scores, floating-point numbers, in two arrays"
    if len(given) > k:
        return f"recommends {len(given)} articles where {k} were asked for"
    if len(given) and not (given.min() >= 0 and given.max() < items):
        return f"recommends an item that there is not: they are numbered from 0 to {items - 1}"
    if len(np.unique(given)) < len(given):
        return "recommends an article twice"
    if np.isin(given, exclude).any():
        return "recommends an article that was excluded"
    if np.isnan(scores).any():
        return "gives a score that is no number"
    if (np.diff(scores) > 0).any():
        return "does not give the best first: scores must descend"
    return None
