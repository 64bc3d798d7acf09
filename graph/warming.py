"""Computes ahead what a graph is asked for, so that nobody has to wait for it."""

from __future__ import annotations

import logging
import os
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

from .knowledge import KnowledgeGraph
from .recommend import DEFAULT, NotKeptError, Strategy, StrategyError, recommender_of, strategies
from .search import await_index, await_no_longer, has_index, make_index
from .snapshot import SnapshotError

logger = logging.getLogger("articlegraph")

MOST_LEARNED = 100_000
"""From how many articles a server learns by itself, at most. For each it takes some 30 kB and half a
millisecond: far more would need more memory for minutes than all the rest. `build --warm` learns from any."""
UNKEPT = "unkept"
"""What `compute` says where it cannot keep what it computes."""
INDEX = "index"
"""What it says when searches need not wait any longer."""
COMPLETE = "complete"
"""What it says when all is there."""


def prepare(graph: KnowledgeGraph) -> None:
    """Make what filters, orders, facets and lists of problems need: less than a second for a large graph."""
    graph.indexes.prepare()
    for name in ("subjects", "dangling_by_source", "problems_by_file", "by_number"):
        getattr(graph, name)


def warm(graph: KnowledgeGraph, note: Callable[[str], None] | None = None, *, learn: bool = True) -> None:
    """Compute measures, search index, recommendations: all that is otherwise computed when first asked for.

    What is kept beside the snapshot already is only opened.

    Parameters
    ----------
    graph
        The graph.
    note
        Told of each step that is done.
    learn
        Whether recommendations are among it.
    """
    steps: list[tuple[str, Callable[[], object]]] = [
        ("indexes", lambda: prepare(graph)),
        ("search index", lambda: make_index(graph)),
        ("measures", graph.measures.compute_all),
        ("suggestions", lambda: graph.suggester),
        ("links between subjects", lambda: (graph.subject_links, graph.subject_assortativity)),
        ("clustering", lambda: (graph.clustering_coefficient, graph.measures.modularity)),
    ]
    if learn:
        steps.insert(2, ("recommendations", lambda: recommender_of(graph).prepare(strategies())))
    for name, compute in steps:
        compute()
        if note is not None:
            note(name)


def learns(graph: KnowledgeGraph) -> bool:
    """Whether a server learns from a graph by itself: not from a very large one."""
    return graph.article_count <= MOST_LEARNED


def learned_strategies() -> tuple[str, ...]:
    """The names of the strategies that are learned; the default alone where another package's is broken."""
    try:
        return tuple(name for name, kind in strategies().items() if kind.is_learned)
    except StrategyError as error:
        logger.warning("%s", error)
        return (DEFAULT,)


def expect(graph: KnowledgeGraph, former: KnowledgeGraph | None = None) -> None:
    """Have a graph's recommendations and searches rest on what another process keeps.

    Until that is there what was learned for a former graph answers in its place, and where nothing was,
    strategies that are not learned. Without a former graph recommendations are waited for, unless nothing
    will be learned.
    """
    recommender = recommender_of(graph)
    meanwhile: dict[str, Strategy] | None = None if learns(graph) else {}
    if former is not None:
        meanwhile = recommender_of(former).for_later(recommender)
    recommender.expect(learned_strategies(), meanwhile)
    await_index(graph)


def open_kept(graph: KnowledgeGraph, *, everything: bool = False) -> bool:
    """Open what is kept already, and say whether nothing more need be computed."""
    if graph.derived.is_empty:
        return False
    recommender = recommender_of(graph)
    if has_index(graph):
        make_index(graph)
    try:
        recommender.prepare()
    except NotKeptError:
        if learns(graph):
            return False
    if not graph.derived.has(_mark(graph, everything=everything)):
        return False
    complete(graph)
    return True


def complete(graph: KnowledgeGraph) -> None:
    """Note that nothing more will be computed: what is not open yet is opened when it is asked for."""
    await_no_longer(graph)
    recommender = recommender_of(graph)
    recommender.stand_in()
    recommender.release(recommender.awaited.difference([DEFAULT]))


def compute_here(graph: KnowledgeGraph, *, everything: bool = False) -> None:
    """Compute in this process what `compute` does in another: it could not be handed over."""
    recommender = recommender_of(graph)
    if learns(graph):
        recommender.compute()
    try:
        compute_kept(graph, lambda _: None, everything=everything)
    finally:
        complete(graph)


def compute_kept(graph: KnowledgeGraph, say: Callable[[str], object], *, everything: bool = False) -> None:
    """Compute what a server needs and keeps: search index, recommendations, and every measure where asked to.

    Parameters
    ----------
    graph
        The graph.
    say
        Told `INDEX` when that is there, then the name of each strategy that is learned.
    everything
        Whether to compute all that can be, measures too.
    """
    make_index(graph)
    say(INDEX)
    if learns(graph):
        for name in learned_strategies():
            try:
                recommender_of(graph).prepare([name])
                say(name)
            except Exception:  # of another package's strategy, say: who asks for it is told
                logger.exception("cannot learn %s", name)
    if everything:
        warm(graph, learn=learns(graph))
    graph.derived.folder(_mark(graph, everything=everything), lambda _: None)


def compute(snapshot: str, derived: str, version: str, resolution: float, *, everything: bool) -> None:
    """Body of a process that computes for a server, out of its way, and says a line for all that is there.

    It ends when its standard input closes: whoever started it is gone.

    Parameters
    ----------
    snapshot, derived
        Paths of the snapshot and of the folder for what is computed.
    version
        The graph's version. Another one is not worth anything.
    resolution
        Of the communities.
    everything
        Whether to compute all that can be, measures too.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        graph = KnowledgeGraph(Path(snapshot), resolution=resolution, derived=Path(derived))
    except SnapshotError as error:
        sys.exit(str(error))
    if graph.version != version:
        sys.exit(f"{snapshot} has been replaced")

    def say(what: str) -> None:
        print(what if graph.derived.is_kept else UNKEPT, flush=True)
        if not graph.derived.is_kept:
            sys.exit()

    compute_kept(graph, say, everything=everything)
    say(COMPLETE)


def _mark(graph: KnowledgeGraph, *, everything: bool) -> str:
    """The name of an empty result that says that all others are there."""
    names = (*(learned_strategies() if learns(graph) else ()), *(["everything"] if everything else []))
    return f"complete-{zlib.crc32(' '.join(names).encode()):08x}"


def _end_with_parent() -> None:
    os.read(0, 1)
    os._exit(1)
