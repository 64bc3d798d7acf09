"""Operations over a schema, made up from its types: the same ones for the same seed.

A document is made field by field. `Place` keeps what is selected where, so that fields are merged (one
response name, asked several times, directly and through fragments) and none clashes. Values of arguments come
from `Pools`, or from variables, which then get several assignments: a document is asked with each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from graphql.utilities import do_types_overlap

from .arguments import SLICING, Arguments
from .places import Entry, Place
from .pools import Pools
from .reference import Asked
from .values import literal, variables_in

DEPTH = 15
"""Levels of fields that a server allows."""
MANY = 40
"""Objects in one place, as guessed, from which on only plain fields are selected below them."""
FRAGMENTS = 7
ITEMS = 6
"""Guessed items of a list whose arguments do not say it."""
GUESSED = {"first": 10, "last": 10, "limit": 100, "k": 3}
_NUMBER = re.compile(r"\b(first|length|offset|limit): (\d+)")
_ALIAS = re.compile(r"^\w+: ")
_DIRECTIVES = (("skip",), ("include",), ("include",), ("skip", "include"), ("include", "skip"))


@dataclass(slots=True)
class Uses:
    """What a definition uses: variables, and fragments, directly."""

    variables: set[str] = field(default_factory=set)
    fragments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Fragment:
    """A named fragment."""

    name: str
    on: Any
    text: str
    place: Place
    uses: Uses
    levels: int
    """How many levels of fields it has."""
    size: int
    """Objects in the place that it was made for."""


def operations(schema: GraphQLSchema, pools: Pools, seed: int | str, count: int) -> Iterator[Asked]:
    """So many operations; each document several times in a row, with other variables.

    Parameters
    ----------
    schema
        What they are about.
    pools
        What the arguments can be given.
    seed
        Others make other operations.
    count
        How many.
    """
    number = made = 0
    while made < count:
        for asked in document(schema, pools, Random(f"{seed} {number}")):
            if made < count:
                yield asked
            made += 1
        number += 1


def document(schema: GraphQLSchema, pools: Pools, random: Random) -> list[Asked]:
    """The operations of one document, each with some assignments of its variables."""
    return Maker(schema, pools, random).asked()


class Maker:
    """Makes one document.

    Parameters
    ----------
    schema, pools
        As of `operations`.
    random
        Decides.
    """

    def __init__(self, schema: GraphQLSchema, pools: Pools, random: Random) -> None:
        self._schema = schema
        self._random = random
        self._arguments = Arguments(random, pools)
        self._fragments: dict[str, Fragment] = {}
        self._uses = Uses()
        self._fields = random.choice((5, 10, 10, 20, 20, 40))  # left to make
        self._is_deep = random.random() < 0.05
        self._deepest = 0

    def asked(self) -> list[Asked]:
        """Make the document; return it with the names and variables that it is asked with."""
        random = self._random
        count = random.choice((1, 1, 1, 1, 1, 1, 1, 1, 2, 3))
        names: list[str | None] = [f"O{number}" for number in range(count)]
        if count == 1 and random.random() < 0.5:
            names = [None]
        made = {name: self._operation(name) for name in names}
        chosen = {fragment for _, uses in made.values() for fragment in self._reached(uses)}
        definitions = [text for text, _ in made.values()]
        definitions += [self._fragments[name].text for name in sorted(chosen)]
        random.shuffle(definitions)
        query = "\n".join(definitions)
        found: list[Asked] = []
        for name, (_, uses) in made.items():
            variables = sorted(self._variables(uses))
            for _ in range(random.choice((1, 2, 2, 3)) if variables else 1):
                asked_for = name if count > 1 or random.random() < 0.7 else None
                if random.random() < 0.015:
                    asked_for = random.choice((None, "Nothing", ""))
                found.append(Asked(query, self._arguments.assigned(variables), asked_for))
        return found

    def _operation(self, name: str | None) -> tuple[str, Uses]:
        self._uses = Uses()
        self._fields = max(self._fields, 5)
        root = self._schema.query_type
        selected = self._selected(root, Place(), depth=1, size=1, page=0)
        uses = self._uses
        declared = [self._arguments.declared[name].definition for name in sorted(self._variables(uses))]
        head = "query" + (f" {name}" if name else "") + (f"({', '.join(declared)})" if declared else "")
        return (selected if head == "query" and self._random.random() < 0.5 else f"{head} {selected}"), uses

    def _reached(self, uses: Uses) -> set[str]:
        """The fragments that something uses, also by way of others."""
        found: set[str] = set()
        pending = list(uses.fragments)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += self._fragments[name].uses.fragments
        return found

    def _variables(self, uses: Uses) -> set[str]:
        used = (self._fragments[name].uses.variables for name in self._reached(uses))
        return uses.variables.union(*used)

    def _selected(self, kind: Any, place: Place, *, depth: int, size: int, page: int) -> str:
        """A selection set, in braces."""
        self._deepest = max(self._deepest, depth)
        if self._random.random() < 0.003:
            return "{ }"  # the library's parser takes it
        count = self._random.choice((1, 2) if self._is_deep else (1, 2, 2, 3, 3, 4, 5))
        made = (self._selection(kind, place, depth=depth, size=size, page=page) for _ in range(count))
        texts = [text for text in made if text]
        return "{ " + " ".join(texts or [self._typename(place, kind)]) + " }"

    def _selection(self, kind: Any, place: Place, *, depth: int, size: int, page: int) -> str | None:
        chance = self._random.random()
        if chance < 0.05:
            return self._typename(place, kind)
        if chance < 0.15 and place.entries:
            return self._again(kind, place, depth=depth, size=size)
        if chance < 0.25:
            return self._inline(kind, place, depth=depth, size=size, page=page)
        if chance < 0.36:
            return self._spread(kind, place, depth=depth, size=size, page=page)
        return self._field(kind, place, depth=depth, size=size, page=page)

    def _typename(self, place: Place, kind: Any) -> str:
        definition = self._schema.get_field(kind, "__typename")
        return (
            self._asked_for(place, Entry(kind, "__typename", definition, {}), depth=1, size=0) or "__typename"
        )

    def _field(self, kind: Any, place: Place, *, depth: int, size: int, page: int) -> str | None:
        offered = self._offered(kind, depth, size)
        new = [name for name in offered if name not in place.entries]
        name = self._random.choice(new if new and self._random.random() < 0.9 else offered)
        definition = self._schema.get_field(kind, name)
        assert definition is not None
        arguments = self._arguments.of_field(name, definition, small=size > MANY / 4 or self._is_deep)
        items = self._items(definition, arguments, page)
        entry = Entry(kind, name, definition, arguments, items)
        text = self._asked_for(place, entry, depth=depth, size=size)
        if text and size < MANY / 4 and self._random.random() < 0.1:
            return text + self._twin(place, entry, text)
        return text

    def _twin(self, place: Place, entry: Entry, text: str) -> str:
        """The same field once more under another name, with another number somewhere below it."""
        name = f"twin_{self._random.randrange(99)}"
        within = text.find("{", text.find(")") if entry.arguments else 0)
        changed = _NUMBER.sub(lambda found: f"{found[1]}: {(int(found[2]) + 1) % 5}", text[within:], count=1)
        if within < 0 or changed == text[within:] or name in place.entries:
            return ""
        place.entries[name] = []  # nothing is merged with it
        return f" {name}: {_ALIAS.sub('', text[:within])}{changed}"

    def _offered(self, kind: Any, depth: int, size: int) -> list[str]:
        """Names of fields of which one is chosen: more plain ones the deeper, and the more there are."""
        if depth == 1 and self._random.random() < 0.003:
            return ["__schema", "__type"]
        within = [
            name for name, known in kind.fields.items() if is_composite_type(get_named_type(known.type))
        ]
        plain = [name for name in kind.fields if name not in within]
        share = 1.0 if depth == 1 else 0.9 if self._is_deep else 0.45
        ends = depth >= (DEPTH if self._is_deep else 9) or size > MANY or self._fields <= 0
        if within and not (ends and plain) and (not plain or self._random.random() < share):
            return within
        return plain

    def _asked_for(self, place: Place, entry: Entry, *, depth: int, size: int) -> str | None:
        """A field, under its own name or another one that is free for it."""
        other = self._random.choice(("a", "b", "c", "x1", *list(entry.parent.fields)[:4]))
        names = [entry.name, f"{entry.name}_{self._random.randrange(9)}"]
        if self._random.random() < 0.25:
            names.insert(0, other)
        response_name = next((name for name in names if place.takes(name, entry)), None)
        return response_name and self._written(place, response_name, entry, depth=depth, size=size)

    def _written(self, place: Place, response_name: str, entry: Entry, *, depth: int, size: int) -> str:
        """A field with all that is below it."""
        self._fields -= 1
        self._uses.variables.update(*map(variables_in, entry.arguments.values()))
        below = place.add(response_name, entry)
        text = entry.name if response_name == entry.name else f"{response_name}: {entry.name}"
        given = [f"{name}: {literal(value)}" for name, value in entry.arguments.items()]
        text += (f"({', '.join(given)})" if given else "") + self._directives()
        kind = get_named_type(entry.definition.type)
        if not is_composite_type(kind):
            return text
        if is_list_type(get_nullable_type(entry.definition.type)):
            size, page = size * max(1, entry.page), 0
        else:
            page = entry.page
        return f"{text} {self._selected(kind, below, depth=depth + 1, size=size, page=page)}"

    def _items(self, definition: GraphQLField, arguments: dict[str, Any], page: int) -> int:
        """How many items a list, or a list in an object, can have."""
        for name in SLICING:
            if name in arguments:
                value = self._arguments.guessed(arguments[name])
                return min(value, 100) if isinstance(value, int) and value >= 0 else GUESSED[name]
        guesses = [GUESSED[name] for name in SLICING if name in definition.args]
        return guesses[0] if guesses else page or ITEMS

    def _again(self, kind: Any, place: Place, *, depth: int, size: int) -> str | None:
        """A field that was asked for in this place, once more, with other fields below it."""
        known = [
            (name, entry)
            for name, entries in place.entries.items()
            for entry in entries
            if entry.parent is kind
            and (size <= MANY or not is_composite_type(get_named_type(entry.definition.type)))
        ]
        if not known or depth >= DEPTH:
            return None
        below = [(name, entry) for name, entry in known if place.below[name].entries]
        response_name, entry = self._random.choice(below or known)
        names = list(entry.arguments)
        self._random.shuffle(names)
        arguments = {name: entry.arguments[name] for name in names}
        entry = Entry(entry.parent, entry.name, entry.definition, arguments, entry.page)
        return self._written(place, response_name, entry, depth=depth, size=size)

    def _inline(self, kind: Any, place: Place, *, depth: int, size: int, page: int) -> str:
        condition = None if self._random.random() < 0.2 else self._narrowed(kind)
        head = f"... on {condition.name}" if condition else "..."
        head += self._directives()
        return f"{head} {self._selected(condition or kind, place, depth=depth, size=size, page=page)}"

    def _narrowed(self, kind: Any) -> Any:
        """A type that objects in a place may have: the type itself, an interface of it, or one of several."""
        if isinstance(kind, GraphQLInterfaceType):
            others: list[Any] = list(self._schema.get_possible_types(kind))
        else:
            others = list(kind.interfaces) if isinstance(kind, GraphQLObjectType) else []
        return self._random.choice([kind, *others, *others])

    def _spread(self, kind: Any, place: Place, *, depth: int, size: int, page: int) -> str | None:
        """A named fragment: one that there is, or a new one."""
        known = [
            fragment
            for fragment in self._fragments.values()
            if do_types_overlap(self._schema, fragment.on, kind)
            and depth + fragment.levels <= DEPTH
            and size <= 3 * fragment.size
        ]
        if known and (len(self._fragments) >= FRAGMENTS or self._random.random() < 0.6):
            fragment = self._random.choice(known)
        elif len(self._fragments) < FRAGMENTS and self._fields > 0:
            fragment = self._new(self._narrowed(kind), depth=depth, size=size, page=page)
        else:
            return None
        if not place.takes_all(fragment.place):
            return None
        place.add_all(fragment.place)
        self._uses.fragments.append(fragment.name)
        return f"...{fragment.name}{self._directives()}"

    def _new(self, on: Any, *, depth: int, size: int, page: int) -> Fragment:
        outer, deepest = self._uses, self._deepest
        self._uses, self._deepest, place = Uses(), depth, Place()
        selected = self._selected(on, place, depth=depth, size=size, page=page)
        name = f"F{len(self._fragments) + 1}"
        text = f"fragment {name} on {on.name} {selected}"
        fragment = Fragment(name, on, text, place, self._uses, self._deepest - depth + 1, size)
        self._fragments[name] = fragment
        self._uses, self._deepest = outer, max(deepest, self._deepest)
        return fragment

    def _directives(self) -> str:
        if self._random.random() > 0.06:
            return ""
        conditions = {name: self._arguments.condition() for name in self._random.choice(_DIRECTIVES)}
        self._uses.variables.update(*map(variables_in, conditions.values()))
        return "".join(f" @{name}(if: {literal(condition)})" for name, condition in conditions.items())
