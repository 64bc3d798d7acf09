"""Recommendations and the strategies that give them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from .. import knowledge, recommend
from .define import object_type, schema_field
from .errors import QueryError, check_range
from .paging import MAX_PAGE_SIZE

if TYPE_CHECKING:
    from .article import Article

LazyArticle = Annotated["Article", strawberry.lazy(".article")]

RECOMMENDATIONS = 5
MAX_READ = 50
_WEIGHT = 300
"""What recommendations for one article cost, in objects: some milliseconds."""

_NOT_YET = (
    "recommendations are still being computed, for the server has just started; ask again in some seconds"
)

ReadUrls = Annotated[
    list[str],
    strawberry.argument(
        description=f"The urls of 1 to {MAX_READ} articles, most recent last. A url of no article is passed "
        "over: a reader's history may be older than the content."
    ),
]
RecommendationFirst = Annotated[
    int | None, strawberry.argument(description=f"How many to give: 0 to {MAX_PAGE_SIZE}.")
]
StrategyName = Annotated[
    str | None,
    strawberry.argument(
        description="The name of a strategy, as `recommendationStrategies` lists them; without it the "
        "default one."
    ),
]
Excluded = Annotated[
    list[str] | None,
    strawberry.argument(
        description="Urls of articles that must not be recommended, nor any copy of them. A url of no "
        "article is passed over."
    ),
]
IncludeLinked = Annotated[
    bool | None,
    strawberry.argument(
        description="Whether to recommend also what an article that is read links to already, and copies of "
        "that."
    ),
]
IncludeDuplicates = Annotated[
    bool | None,
    strawberry.argument(
        description="Whether to recommend every copy of a question (every article with one number). "
        "Otherwise one stands for all: one in the subject of what is read, of these the one that most "
        "articles link to."
    ),
]


@object_type
class Recommendation:
    """An article that is recommended to a reader."""

    article: LazyArticle = strawberry.field(description="The article.")
    score: float = strawberry.field(
        description="Higher is better. Comparable only within one answer, and there only among "
        "recommendations of one strategy."
    )
    rank: int = strawberry.field(description="From 1.")
    reasons: list[str] = strawberry.field(
        description="Why, in words for a reader: 'linked from 3 articles that this one links to'. One to "
        "three true statements, strongest first. Where several articles were read, each names the one that "
        "it is about."
    )
    strategy: str = strawberry.field(
        description="The name of the strategy that recommends it. Where the one that was asked for knows "
        "too few, `popular` fills up, and after it `random`; where it has not learned from this content, "
        "`personalized-pagerank` comes before these."
    )


@object_type
class RecommendationStrategy:
    """A way to recommend articles."""

    name: str = strawberry.field(description="What the argument `strategy` takes.")
    description: str = strawberry.field(description="What it goes by, in a sentence.")
    is_default: bool = strawberry.field(description="Whether it is used where none is asked for.")


def recommendation_field(
    times: int = 1,
) -> Callable[[Callable[..., list[Recommendation] | None]], list[Recommendation] | None]:
    """Make a method that gives recommendations for so many articles a field of its type."""
    return schema_field(
        size=RECOMMENDATIONS,
        sliced_by=("first",),
        weight=times * _WEIGHT,
        awaits=lambda arguments: arguments.get("strategy") in (None, recommend.DEFAULT),
    )


def recommendations_for(
    graph: knowledge.KnowledgeGraph,
    articles: Sequence[knowledge.Article],
    first: int | None,
    strategy: str | None,
    exclude: Sequence[str] | None,
    *,
    include_linked: bool | None,
    include_duplicates: bool | None,
) -> list[Recommendation] | None:
    """What is recommended to one who reads these articles; None where there are none.

    Raises
    ------
    QueryError
        BAD_USER_INPUT where `first` is out of range, or there is no such strategy. DEADLINE_EXCEEDED where
        the strategy is still being fitted by someone else.
    """
    from .article import Article

    count = RECOMMENDATIONS if first is None else check_range("first", first, 0, MAX_PAGE_SIZE)
    recommender = recommend.recommender_of(graph)
    _check_strategy(strategy)
    if not articles:
        return None
    if recommender.is_awaited(strategy):
        raise QueryError("DEADLINE_EXCEEDED", _NOT_YET)
    found = recommender.recommend(
        articles,
        count,
        strategy=strategy,
        exclude=articles_of(graph, exclude or ()),
        include_linked=bool(include_linked),
        include_duplicates=bool(include_duplicates),
    )
    return [
        Recommendation(
            article=Article(record=r.article),
            score=r.score,
            rank=r.rank,
            reasons=list(r.reasons),
            strategy=r.strategy,
        )
        for r in found
    ]


def _check_strategy(name: str | None) -> None:
    if name is None:
        return
    try:
        recommend.strategy_named(name)
    except recommend.StrategyError as error:
        raise QueryError("BAD_USER_INPUT", str(error)) from None


def articles_of(graph: knowledge.KnowledgeGraph, urls: Sequence[str]) -> list[knowledge.Article]:
    """The articles with some urls, in their order; urls of no article are passed over."""
    found = (graph.article(url) for url in urls)
    return [article for article in found if article is not None]


def history_of(graph: knowledge.KnowledgeGraph, urls: Sequence[str]) -> list[knowledge.Article]:
    """The articles that someone has read.

    Raises
    ------
    QueryError
        BAD_USER_INPUT where there are too few or too many urls.
    """
    if not 1 <= len(urls) <= MAX_READ:
        raise QueryError("BAD_USER_INPUT", f"urls must hold 1 to {MAX_READ} urls, got {len(urls)}")
    return articles_of(graph, urls)


def known_strategies() -> list[RecommendationStrategy]:
    """Every strategy, the default first."""
    return [
        RecommendationStrategy(name=name, description=kind.description, is_default=name == recommend.DEFAULT)
        for name, kind in recommend.strategies().items()
    ]
