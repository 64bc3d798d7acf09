"""Arguments of generated fields and the variables in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLNonNull,
    get_nullable_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from .pools import ILL_TYPED, WRONG, Pools
from .values import Enum, Variable, literal

SLICING = ("first", "last", "limit", "k")
"""Arguments that say how many items a list has."""
CURSORS = ("after", "before")

NO_DEFAULT = object()


@dataclass(frozen=True, slots=True)
class Declared:
    """A variable: what it is for, and how it is declared."""

    name: str
    purpose: tuple[str, str]
    """The name that its values are known by, and the type of the place where it may stand."""
    kind: GraphQLInputType
    is_required: bool
    default: Any
    value: Any
    """A value that suits the places where it stands."""

    @property
    def definition(self) -> str:
        """Its definition in GraphQL."""
        suffix = "!" if self.is_required else ""
        text = f"${self.name}: {get_nullable_type(self.kind)}{suffix}"
        return text if self.default is NO_DEFAULT else f"{text} = {literal(self.default)}"


@dataclass(slots=True)
class Arguments:
    """Makes arguments, and declares variables where it puts some in them.

    Parameters
    ----------
    random
        Decides.
    pools
        What is known of the content.
    """

    random: Random
    pools: Pools
    declared: dict[str, Declared] = field(default_factory=dict)

    def of_field(self, name: str, definition: GraphQLField, *, small: bool) -> dict[str, Any]:
        """Arguments for a field; small ones where it stands below long lists."""
        given: dict[str, Any] = {}
        for argument, declared in definition.args.items():
            if argument in CURSORS:
                continue
            needed = is_required_argument(declared) or argument in self.pools.always
            if needed or self.random.random() < self._share(argument, small=small):
                given[argument] = self._value(argument, declared.type)
        if "first" in given and "last" in given and self.random.random() < 0.95:
            del given[self.random.choice(("first", "last", "last"))]
        for argument in CURSORS:
            if argument in definition.args and self.random.random() < 0.12:
                given[argument] = self._cursor(name, argument, definition, given)
        names = list(given)
        self.random.shuffle(names)
        return {name: given[name] for name in names}

    def condition(self) -> Any:
        """A value for `if` of @skip or @include."""
        if self.random.random() < 0.55:
            return self._variable("if", GraphQLNonNull(GraphQLBoolean))
        return self.random.random() < 0.5

    def guessed(self, value: Any) -> Any:
        """A value as it most likely is when the operation runs."""
        return self.declared[value].value if isinstance(value, Variable) else value

    def assigned(self, names: list[str]) -> dict[str, Any] | None:
        """Values for some variables, as a client sends them; it forgets some, or sends what does not fit."""
        values: dict[str, Any] = {}
        for name in names:
            declared, chance = self.declared[name], self.random.random()
            must = declared.is_required and declared.default is NO_DEFAULT
            if chance < (0.004 if must else 0.15):
                continue
            if chance < (0.008 if must else 0.155 if declared.is_required else 0.26):
                values[name] = None
            elif chance > 0.995:
                values[name] = self._ill_typed(declared.kind)
            elif chance > 0.65:
                values[name] = self._fitting(declared.purpose[0], declared.kind, constant=True)
            elif type(declared.value) is int and chance > 0.6:
                values[name] = float(declared.value)  # JSON knows one kind of number
            else:
                values[name] = declared.value
        if self.random.random() < 0.03:
            values["unheardOf"] = 1
        return values or (None if self.random.random() < 0.5 else {})

    def _share(self, argument: str, *, small: bool) -> float:
        """How often an argument is given that may be left out."""
        if argument == "last":
            return 0.15
        if argument in SLICING:
            return 1.0 if small else 0.85
        return 0.4

    def _cursor(self, name: str, argument: str, definition: GraphQLField, given: dict[str, Any]) -> Any:
        order = self.guessed(given.get("orderBy", given.get("query")))
        cursor = self.pools.cursor(self.random, name, order)
        if self.random.random() < 0.04:
            cursor = self.random.choice(WRONG["String"])
        if self.random.random() < 0.3:
            return self._variable(argument, definition.args[argument].type, cursor)
        return cursor

    def _value(self, name: str, kind: GraphQLInputType, depth: int = 0, *, constant: bool = False) -> Any:
        """A value for a place, or a variable that may stand there."""
        if not constant and self.random.random() < (0.3 if depth == 0 else 0.2):
            return self._variable(name, kind)
        if self.random.random() < 0.0015:
            return self._ill_typed(kind)
        return self._fitting(name, kind, depth, constant=constant)

    def _fitting(self, name: str, kind: Any, depth: int = 0, *, constant: bool = False) -> Any:
        random = self.random
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        elif random.random() < 0.03:
            return None
        known = () if kind is GraphQLBoolean else self.pools.values.get(name, ())
        if is_list_type(kind):
            if known and isinstance(known[0], list) and random.random() < 0.7:
                return _typed(random.choice(known), kind)
            count = random.choice((0, 1, 1, 1, 2, 2, 3))
            if count == 1 and random.random() < 0.4:  # one value stands for a list of it
                value = self._value(name, kind.of_type, depth, constant=True)
                return [None] if value is None else value
            return [self._value(name, kind.of_type, depth + 1, constant=constant) for _ in range(count)]
        if isinstance(kind, GraphQLEnumType):
            return Enum(random.choice(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(name, kind, depth, constant=constant)
        if not known or isinstance(known[0], list) or random.random() < (0.1 if kind is GraphQLInt else 0.05):
            wrong = WRONG[kind.name]
            return random.choice(wrong[:3] if name in self.pools.always else wrong)
        return random.choice(known)

    def _object(
        self, name: str, kind: GraphQLInputObjectType, depth: int, *, constant: bool
    ) -> dict[str, Any]:
        """One or two members, and all that are required; few objects in objects of their own type."""
        names = [
            member
            for member, definition in kind.fields.items()
            if depth < 3 or not isinstance(_item(definition.type), GraphQLInputObjectType)
        ]
        chosen = self.random.sample(names, min(len(names), self.random.choice((0, 1, 1, 1, 1, 2, 2, 3))))
        chosen += [
            member
            for member, definition in kind.fields.items()
            if is_required_input_field(definition) and member not in chosen
        ]
        # conditions on a title are called eq and in, but the values are titles
        return {
            member: self._value(
                member if member in self.pools.values or name == "where" else name,
                kind.fields[member].type,
                depth + 1,
                constant=constant,
            )
            for member in chosen
        }

    def _ill_typed(self, kind: Any) -> Any:
        kind = get_nullable_type(kind)
        if is_list_type(kind):
            return [self._ill_typed(kind.of_type)]
        if isinstance(kind, GraphQLEnumType):
            return self.random.choice(("NOTHING", 1, Enum("nothing")))
        if isinstance(kind, GraphQLInputObjectType):
            return self.random.choice((1, "where", [], {"nothing": 1}))
        return self.random.choice(ILL_TYPED[kind.name])

    def _variable(self, name: str, kind: GraphQLInputType, value: Any = NO_DEFAULT) -> Variable:
        """A variable that may stand in a place of this type: one that is declared, or another one."""
        purpose = (name, str(kind))
        fitting = [declared.name for declared in self.declared.values() if declared.purpose == purpose]
        if fitting and value is NO_DEFAULT and self.random.random() < 0.45:
            chosen = self.random.choice(fitting)
        else:
            chosen = f"v{len(self.declared) + 1}"
            self.declared[chosen] = self._declare(chosen, purpose, kind, value)
        return Variable(chosen)

    def _declare(self, name: str, purpose: tuple[str, str], kind: GraphQLInputType, value: Any) -> Declared:
        required, default = self.random.random() < 0.25, NO_DEFAULT
        if isinstance(kind, GraphQLNonNull):
            required = self.random.random() < 0.7
        if not required and (isinstance(kind, GraphQLNonNull) or self.random.random() < 0.4):
            default = self._fitting(purpose[0], kind, constant=True)
        elif required and self.random.random() < 0.1:
            default = self._fitting(purpose[0], GraphQLNonNull(get_nullable_type(kind)), constant=True)
        if value is NO_DEFAULT:
            value = self._fitting(purpose[0], GraphQLNonNull(get_nullable_type(kind)), constant=True)
        return Declared(name, purpose, kind, required, default, value)


def _item(kind: Any) -> Any:
    """The type of a value or, of a list, its items."""
    kind = get_nullable_type(kind)
    return _item(kind.of_type) if is_list_type(kind) else kind


def _typed(value: Any, kind: Any) -> Any:
    """A JSON value with its values of enumerations told from strings."""
    kind = get_nullable_type(kind)
    if isinstance(value, list):
        return [_typed(item, kind.of_type) for item in value]
    if isinstance(value, dict):
        return {name: _typed(member, kind.fields[name].type) for name, member in value.items()}
    return Enum(value) if isinstance(kind, GraphQLEnumType) else value
