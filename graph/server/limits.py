"""What a request may ask for at most, counted before anything of it is validated or run.

A document is read under the limits of its text (`parse_document`), then counted on its syntax tree
(`check_document`), and the values of variables are counted as they came (`check_variables`). What is refused
has the code LIMIT_EXCEEDED, or COST_LIMIT_EXCEEDED where it would cost too much, and tells in its extensions
the name of the `limit`, its `maximum` and the `actual` value.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    parse,
)

from ..schema.paging import MAX_PAGE_SIZE
from .conditions import Conditions
from .cost import Cost
from .counts import Counter

__all__ = [
    "COST_LIMIT_EXCEEDED",
    "LIMIT_EXCEEDED",
    "Limits",
    "check_cost",
    "check_document",
    "check_variables",
    "parse_document",
]

LIMIT_EXCEEDED: Final = "LIMIT_EXCEEDED"
COST_LIMIT_EXCEEDED: Final = "COST_LIMIT_EXCEEDED"

LARGEST_ACTUAL = 2**53 - 1
"""What an error tells of exponential documents: larger integers are not safe in JSON."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may ask for at most; what is equal to a limit is allowed.

    Levels, fields, aliases, directives and repeats count as if each fragment were written out wherever it is
    spread. The whole document counts, not only the operation that is to run, since all of it is validated.

    Parameters
    ----------
    depth
        Levels of fields; ``{ graph { version } }`` has two. What is in ``__schema`` and ``__type`` does not
        count.
    introspection_depth
        Lists within lists in ``__schema`` and ``__type``. The query that tools send has three: types, fields
        and args. With each more, the answer would grow by a factor.
    nesting
        Levels of braces: those of fields, of inline fragments, of fragments and in introspection. The parser
        takes 200 at most.
    fields
        Fields.
    repeats
        Fields with one response name in one place, which are merged into one.
    repeated_pairs
        Pairs of such fields in all places, since validation compares each with each. As many of one name as
        `repeats` allows are half as many; with a field in each of them, they are just allowed.
    aliases
        Fields with an alias.
    root_fields
        Fields at the top of one operation.
    directives
        Uses of directives.
    tokens
        Lexical tokens, and as many comments.
    characters
        Length of the document's text; a long string is but one token.
    body
        Length of a request's body, in bytes.
    page_size
        Items in one page or list that ``first`` or ``last`` asks for; the schema takes no more than 500.
    where_depth
        Levels of objects in an argument such as ``where``, with those in variables.
    where_conditions
        Conditions of all such arguments together, a variable's wherever it is used: each plain value, where
        50 in one list (``in``) count as one.
    cost
        Objects that the answer could hold at most, as `graph.server.cost` counts them.
    nodes
        Objects that are resolved before a request is ended.
    deadline
        How long a request may run, in seconds.
    """

    depth: int = 15
    introspection_depth: int = 3
    nesting: int = 100
    fields: int = 1_000
    repeats: int = 150
    repeated_pairs: int = 22_500
    aliases: int = 100
    root_fields: int = 50
    directives: int = 50
    tokens: int = 5_000
    characters: int = 100_000
    body: int = 1_000_000
    page_size: int = 500
    where_depth: int = 10
    where_conditions: int = 200
    cost: int = 200_000
    nodes: int = 200_000
    deadline: float = 10.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if getattr(self, field.name) < 0:
                raise ValueError(f"{field.name} must not be negative, got {getattr(self, field.name)}")
        if self.page_size > MAX_PAGE_SIZE:
            raise ValueError(f"page_size must be at most {MAX_PAGE_SIZE}, got {self.page_size}")


# Characters that are no token are left to the parser, which refuses the first of them.
_TOKEN = re.compile(
    r'''
    (?P<comment> \# [^\r\n]*+ )
    | """ (?: \\""" | [^"] | "(?!"") )*+ (?: """ | \Z )
    | " (?: \\. | [^"\\\r\n] )*+ "?
    | [_A-Za-z][_0-9A-Za-z]*+ | -?[0-9][.0-9A-Za-z+-]*+
    | \.\.\. | [!$&():=@[\]{|}]
    ''',
    re.VERBOSE,
)


# What an error says, by limit; errors come in this order.
_MESSAGES = {
    "depth": "The query is {actual} levels deep, at most {maximum} are allowed; "
    "ask for the rest in a second query.",
    "introspection_depth": "The query nests {actual} lists of the schema in each other, at most {maximum} "
    "are allowed; ask for types one by one with __type.",
    "nesting": "The query has at least {actual} levels of braces, at most {maximum} are allowed; "
    "nest fields and fragments less.",
    "fields": "The query has {actual} fields with its fragments written out, at most {maximum} are allowed; "
    "split it into several requests.",
    "repeats": "The query repeats '{name}' {actual} times in one place, at most {maximum} are allowed; "
    "ask for it once.",
    "repeated_pairs": "The fields that the query repeats make {actual} pairs to compare, at most {maximum} "
    "are allowed; ask for each field once.",
    "aliases": "The query has {actual} aliases with its fragments written out, at most {maximum} are "
    "allowed; split it into several requests.",
    "root_fields": "The query has {actual} fields at its top, at most {maximum} are allowed; "
    "split it into several requests.",
    "directives": "The query uses directives {actual} times with its fragments written out, at most "
    "{maximum} are allowed; leave out what is not needed instead.",
    "tokens": "The query has at least {actual} tokens or comments, at most {maximum} are allowed; "
    "split it into several requests.",
    "characters": "The query has {actual} characters, at most {maximum} are allowed; "
    "give long texts as variables.",
    "where_depth": "The argument '{name}' is {actual} levels deep, at most {maximum} are allowed; "
    "nest its objects less.",
    "where_conditions": "The arguments hold at least {actual} conditions, at most {maximum} are allowed; "
    "use 'in' for many values (50 count as one condition), or split the query.",
    "page_size": "A page or list of {actual} items is asked for, at most {maximum} are allowed; "
    "give a smaller 'first' or 'last'.",
    "cost": "The answer could hold {actual} objects, at most {maximum} are allowed; "
    "give a smaller 'first' or 'limit', above all on outer fields.",
}


def parse_document(text: str, limits: Limits) -> DocumentNode:
    """Parse a document within the limits of its text.

    Raises
    ------
    GraphQLError
        LIMIT_EXCEEDED of `characters`, `tokens` or `nesting`; of the last two, `actual` is one more than is
        allowed, since parsing stops there. An error without a code where the syntax is wrong.
    """
    if len(text) > limits.characters:
        raise _exceeded("characters", limits, len(text))
    if _has_more_tokens(text, limits.tokens):
        raise _exceeded("tokens", limits, limits.tokens + 1)
    try:
        return parse(text, max_lexical_tokens=limits.tokens)
    except GraphQLSyntaxError as error:
        if "Parsing aborted." not in error.message:
            raise
        limit = "nesting" if "too deeply" in error.message else "tokens"
    raise _exceeded(limit, limits, getattr(limits, limit) + 1)


def _has_more_tokens(text: str, most: int) -> bool:
    """Tell a text with too many tokens or comments in a tenth of the time that the parser needs for it."""
    if len(text) <= most:
        return False
    met = {None: 0, "comment": 0}
    for match in _TOKEN.finditer(text):
        met[match.lastgroup] += 1
        if met[match.lastgroup] > most:
            return True
    return False


def check_document(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """Count what a document asks for, before it is validated.

    A fragment is counted once and its counts are added wherever it is spread, so exponential spreads are told
    exactly and never walked. A spread that closes a cycle counts nothing; validation refuses it.

    Parameters
    ----------
    document
        Any document that the parser gives; values of variables are not looked at.
    limits
        What is allowed.

    Returns
    -------
    list
        An error for each limit that is exceeded, with the code LIMIT_EXCEEDED.
    """
    counter = Counter(document)
    counts = counter.total
    exceeded = {
        limit: _exceeded(limit, limits, actual)
        for limit, actual in counts._asdict().items()
        if actual > getattr(limits, limit)
    }
    if not exceeded.keys() & {"fields", "nesting"}:  # only then is it cheap to write the fragments out
        name, times, pairs = counter.repeats()
        if times > limits.repeats:
            exceeded["repeats"] = _exceeded("repeats", limits, times, name=name)
        elif pairs > limits.repeated_pairs:
            exceeded["repeated_pairs"] = _exceeded("repeated_pairs", limits, pairs)
    errors = [exceeded[limit] for limit in _MESSAGES if limit in exceeded]
    return errors + _check_arguments(document, {}, limits)


def check_variables(
    document: DocumentNode, variables: Mapping[str, Any] | None, limits: Limits
) -> list[GraphQLError]:
    """Count the conditions in a document's arguments with the values of variables, before their coercion.

    Parameters
    ----------
    document
        A document that `check_document` found in order.
    variables
        JSON values by the names of variables, as the request gave them.
    limits
        What is allowed.

    Returns
    -------
    list
        Errors with the code LIMIT_EXCEEDED.
    """
    if not any(isinstance(value, dict | list) for value in (variables or {}).values()):
        return []
    return _check_arguments(document, variables or {}, limits)


def check_cost(cost: Cost, limits: Limits) -> list[GraphQLError]:
    """Hold an operation against the limits of cost and page size.

    Parameters
    ----------
    cost
        What it can cost.
    limits
        What is allowed.

    Returns
    -------
    list
        Errors with the code LIMIT_EXCEEDED for the page, COST_LIMIT_EXCEEDED for the cost.
    """
    errors = [_exceeded("page_size", limits, cost.page)] if cost.page > limits.page_size else []
    return [*errors, _exceeded("cost", limits, cost.total)] if cost.total > limits.cost else errors


def _check_arguments(
    document: DocumentNode, variables: Mapping[str, Any], limits: Limits
) -> list[GraphQLError]:
    defaults = {
        definition.variable.name.value: definition.default_value
        for operation in document.definitions
        if isinstance(operation, OperationDefinitionNode)
        for definition in operation.variable_definitions or ()
    }
    conditions = Conditions({**defaults, **variables}, limits.where_conditions)
    errors: list[GraphQLError] = []
    total = 0
    for argument in _arguments(document):
        extent = conditions.of(argument.value)
        total += extent.conditions
        if extent.depth > limits.where_depth and not errors:
            errors.append(_exceeded("where_depth", limits, extent.depth, argument, name=argument.name.value))
        if total > limits.where_conditions:
            return [*errors, _exceeded("where_conditions", limits, total, argument)]
    return errors


def _arguments(document: DocumentNode) -> Iterator[ArgumentNode]:
    """The arguments of all fields, as they stand in the document."""
    pending: list[Node] = [
        node
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while pending:
        node = pending.pop()
        if isinstance(node, FieldNode):
            yield from node.arguments or ()
        if selection_set := getattr(node, "selection_set", None):
            pending += reversed(selection_set.selections)


def _exceeded(
    limit: str, limits: Limits, actual: int, node: Node | None = None, *, name: str = ""
) -> GraphQLError:
    maximum, actual = getattr(limits, limit), min(actual, LARGEST_ACTUAL)
    code = COST_LIMIT_EXCEEDED if limit == "cost" else LIMIT_EXCEEDED
    message = _MESSAGES[limit].format(maximum=f"{maximum:,}", actual=f"{actual:,}", name=name)
    extensions = {"code": code, "limit": limit, "maximum": maximum, "actual": actual}
    return GraphQLError(message, node, extensions=extensions)
