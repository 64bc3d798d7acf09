"""From what is selected to what writes it: each field's resolver, and how its value becomes JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, TypeAlias

import strawberry
from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    is_interface_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution import Executor
from strawberry.types.arguments import convert_argument

from ..knowledge import KnowledgeGraph
from ..schema.article import Article
from ..schema.paging import MAX_PAGE_SIZE
from ..schema.subject import Subject
from .articles import (
    ArticleShape,
    ColumnField,
    Entry,
    LinksField,
    SubjectField,
    TextField,
    writer_of,
)
from .columns import EncodedColumns
from .encoding import encode, member
from .kept import Kept, Sought
from .run import Run, UnplannedError
from .selecting import Selected, Selecting
from .variables import PLAIN, Values

__all__ = ["Compiler", "FieldWriter"]

ValueWriter: TypeAlias = Callable[[Any, Run], None]
"""Completes a value and appends its JSON to the run; raises where it cannot be completed."""
FieldWriter: TypeAlias = Callable[[Any, Run], None]
"""Resolves a field of an object and appends its JSON, or null and an error, to the run."""
Resolve: TypeAlias = Callable[[Any, Run], Any]

_NOTHING = Values({}, {})


class Compiler:
    """Compiles the selections of one operation for one graph.

    Parameters
    ----------
    schema
        The schema, whose resolvers are pure.
    graph
        The graph.
    columns
        Its columns.
    selecting
        What the operation selects.
    values
        The values of variables; of them only those are used that the plan is made for.
    kept
        Where the parts of answers about single articles are kept.
    kept_whole
        Where the answers about articles that are asked for again and again are.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        graph: KnowledgeGraph,
        columns: EncodedColumns,
        selecting: Selecting,
        values: Values,
        kept: Kept,
        kept_whole: Kept,
    ) -> None:
        self._schema = schema
        self._graph = graph
        self._columns = columns
        self._selecting = selecting
        self._values = values
        self._kept = kept
        self._kept_whole = kept_whole
        self.begin()

    def begin(self) -> None:
        """Forget what is known of what was compiled before."""
        self.variables = set[str]()
        """The variables in the arguments of what has been compiled."""
        self.is_steady = True
        """Whether all of it gives the same as long as the graph is the same."""
        self.is_resolved = False
        """Whether any of it is an object whose fields are resolved one by one."""

    def field(self, selected: Selected) -> FieldWriter:
        """What writes a field's value."""
        if selected.name == "__typename":
            return _text(encode(selected.parent.name))
        if selected.definition is None:
            raise UnplannedError("introspection")
        self.is_steady = self.is_steady and selected.is_steady
        return self._found(selected) or self._resolved(selected)

    def _found(self, selected: Selected) -> FieldWriter | None:
        """What writes the article whose url is a variable, where all that is selected of it is in columns."""
        if selected.stored is None or selected.stored.key is None:
            return None
        variable = selected.arguments.variable(selected.stored.key)
        shape = self._shape(_nullable(selected.field.type), selected)
        if variable is None or shape is None:
            return None
        self.variables.add(variable)
        position_of, write_article = self._graph.position, writer_of(shape, self._kept)
        sought = Sought(self._kept_whole)

        def write(_: Any, run: Run) -> None:
            url = run.values.coerced.get(variable)
            if url is None:  # where it may be, it is an error
                raise UnplannedError
            position = position_of(url)
            if position is None:
                run.out.append(b"null")
                return
            if not run.budget.reserve(shape.objects((position,))):
                raise UnplannedError
            out = run.out
            known = sought.table.get(position)
            if known is not None:
                out.append(known)
                return
            mark = len(out)
            write_article(position, out)
            if sought.is_wanted(position):
                out[mark:] = [b"".join(out[mark:])]
                sought.keep(position, out[mark], len(out[mark]))

        return write

    def _resolved(self, selected: Selected) -> FieldWriter:
        """What writes a field by way of its resolver."""
        kind, key, nodes = selected.field.type, selected.key, selected.nodes
        resolve, complete = self._resolver(selected), self._value(kind, selected)
        nullable = not is_non_null_type(kind)

        def write(source: Any, run: Run) -> None:
            mark, since = len(run.out), len(run.errors)
            try:
                complete(resolve(source, run), run)
            except Exception as error:
                run.failed(error, nodes, key, mark, since, nullable=nullable)
            else:
                if len(run.errors) > since:
                    run.passed(key, since)

        return write

    def _resolver(self, selected: Selected) -> Resolve:
        """What gives a field's value, as Strawberry does."""
        definition = selected.definition
        if definition.is_basic_field:
            get = attrgetter(definition.python_name)
            return lambda source, _: get(source)
        resolver = definition.base_resolver
        if definition.extensions or definition.is_async or not resolver.self_parameter:
            raise UnplannedError("an unusual resolver")
        function = resolver.wrapped_func
        takes_info = resolver.info_parameter is not None
        if not definition.arguments and not takes_info:
            return lambda source, _: function(source)
        arguments = self._arguments(selected)
        if not takes_info:
            return lambda source, run: function(source, **arguments(run))
        # of Strawberry's Info resolvers read only the context, which a run has too
        return lambda source, run: function(source, info=run, **arguments(run))

    def _arguments(self, selected: Selected) -> Callable[[Run], dict[str, Any]]:
        """What gives the arguments of a field's resolver."""
        arguments = selected.arguments
        self.variables |= arguments.variables
        convert = self._converter(selected)
        if not arguments.variables:
            try:
                constant = convert(arguments.of(_NOTHING))
            except Exception as error:  # it is the field's: graphql-core raises it for each object anew
                return _raising(error)
            return lambda _: constant

        def find(run: Run) -> dict[str, Any]:
            found = run.arguments.get(arguments)
            if found is None:
                found = run.arguments[arguments] = convert(arguments.of(run.values))
            return found

        return find

    def _converter(self, selected: Selected) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """What makes of arguments what a resolver takes, as Strawberry does."""
        config = self._schema.config
        registry = self._schema.schema_converter.scalar_registry
        converters: list[tuple[str, str, Any]] = []
        for argument in selected.definition.arguments:
            name = config.name_converter.from_argument(argument)
            is_plain = str(_nullable(selected.field.args[name].type)) in PLAIN
            converters.append((name, argument.python_name, None if is_plain else argument.type))

        def convert(given: dict[str, Any]) -> dict[str, Any]:
            found = {}
            for name, python_name, kind in converters:
                if name in given:
                    value = given[name]
                    if kind is not None:
                        value = convert_argument(value, kind, registry, config)
                    found[python_name] = value
            return found

        return convert

    def _value(self, kind: GraphQLOutputType, selected: Selected) -> ValueWriter:
        if is_non_null_type(kind):
            return _not_null(self._value(kind.of_type, selected), selected)
        inner: ValueWriter
        if is_list_type(kind):
            inner = self._list(kind.of_type, selected)
        elif is_leaf_type(kind):
            inner = _leaf(kind)
        elif is_object_type(kind):
            inner = self._object(kind, selected)
        elif is_interface_type(kind):
            inner = self._interface(kind, selected)
        else:
            raise UnplannedError("a union")

        def write(value: Any, run: Run) -> None:
            if value is None:
                run.out.append(b"null")
            else:
                inner(value, run)

        return write

    def _list(self, kind: GraphQLOutputType, selected: Selected) -> ValueWriter:
        items = self._articles(kind, selected)
        if items is not None:
            return items
        write_item, nodes, nullable = self._value(kind, selected), selected.nodes, not is_non_null_type(kind)

        def write(value: Iterable[Any], run: Run) -> None:
            add = run.out.append
            add(b"[")
            for index, item in enumerate(value):
                if index:
                    add(b",")
                mark, since = len(run.out), len(run.errors)
                try:
                    write_item(item, run)
                except Exception as error:
                    run.failed(error, nodes, index, mark, since, nullable=nullable)
                else:
                    if len(run.errors) > since:
                        run.passed(index, since)
            add(b"]")

        return write

    def _articles(self, kind: GraphQLOutputType, selected: Selected) -> ValueWriter | None:
        """What writes a list of articles, where all that is selected of them stands in columns."""
        article = _nullable(kind)
        if not is_object_type(article) or not is_non_null_type(kind) or not _is(article, Article):
            return None
        shape = self._shape(article, selected)
        if shape is None:
            return None
        write_article = writer_of(shape, self._kept)

        def write(value: Iterable[Article], run: Run) -> None:
            positions = [article.record.position for article in value]
            if not run.budget.reserve(shape.objects(positions)):
                raise UnplannedError
            out = run.out
            out.append(b"[")
            for position in positions:
                write_article(position, out)
                out.append(b",")
            if positions:
                out[-1] = b"]"
            else:
                out.append(b"]")

        return write

    def _object(self, kind: GraphQLObjectType, selected: Selected) -> ValueWriter:
        origin = kind.extensions["strawberry-definition"].origin
        if origin is Article and (shape := self._shape(kind, selected)) is not None:
            write_article = writer_of(shape, self._kept)

            def write_stored(value: Article, run: Run) -> None:
                position = value.record.position
                if not run.budget.reserve(shape.objects((position,))):
                    raise UnplannedError
                write_article(position, run.out)

            return write_stored
        try:
            fields = self._selecting.below(kind, selected.details)
        except GraphQLError as error:  # a directive whose variable is null: each object fails with it
            return _failing(error)
        return self._fields(origin, fields)

    def _fields(self, origin: type, fields: list[Selected]) -> ValueWriter:
        """What writes an object field by field."""
        self.is_resolved = True
        writers = [
            (member(selected.key, number), self.field(selected)) for number, selected in enumerate(fields)
        ]
        end = b"}" if writers else b"{}"

        def write(value: Any, run: Run) -> None:
            if not isinstance(value, origin):
                raise UnplannedError
            run.budget.spend()
            add = run.out.append
            for key, write_field in writers:
                add(key)
                write_field(value, run)
            add(end)

        return write

    def _interface(self, kind: GraphQLInterfaceType, selected: Selected) -> ValueWriter:
        writers = {
            possible.extensions["strawberry-definition"].origin: self._object(possible, selected)
            for possible in self._selecting.schema.get_possible_types(kind)
        }

        def write(value: Any, run: Run) -> None:
            found = writers.get(type(value))
            if found is None:
                raise UnplannedError
            found(value, run)

        return write

    def _shape(self, kind: GraphQLObjectType, selected: Selected) -> ArticleShape | None:
        """What is selected of an article in a field, if all of it stands in columns."""
        entries = []
        try:
            for below in self._selecting.below(kind, selected.details):
                entry = self._entry(below)
                if entry is None:
                    return None
                entries.append(entry)
        except GraphQLError:  # it will be told where it is resolved
            return None
        return ArticleShape(entries)

    def _entry(self, selected: Selected) -> Entry | None:
        if selected.name == "__typename":
            return TextField(selected.key, encode(selected.parent.name))
        stored = selected.stored
        if stored is None:
            return None
        if stored.links:
            return self._links(selected, stored.links)
        if stored.column == "subject":
            return self._subject(selected)
        assert stored.column
        return ColumnField(selected.key, self._columns.cells(stored.column))

    def _links(self, selected: Selected, direction: str) -> LinksField | None:
        rows = self._columns.rows(direction)
        try:
            given = selected.arguments.of(self._values)
        except Exception:  # the resolver's way will say it
            return None
        first, start = given.get("first"), given.get("offset") or 0
        stop = MAX_PAGE_SIZE if first is None else first
        if start < 0 or not 0 <= stop <= MAX_PAGE_SIZE:
            return None
        if first is None and rows.longest - start > MAX_PAGE_SIZE:  # a list that is refused
            return None
        shape = self._shape(_nullable(_nullable(selected.field.type).of_type), selected)
        return None if shape is None else LinksField(selected.key, rows, start, start + stop, shape)

    def _subject(self, selected: Selected) -> SubjectField | None:
        kind = _nullable(selected.field.type)
        fields = self._selecting.below(kind, selected.details)
        if not all(is_leaf_type(_nullable(f.field.type)) and not f.field.args for f in fields):
            return None
        was_resolved = self.is_resolved
        write = self._fields(Subject, fields)
        self.is_resolved = was_resolved  # it is resolved here, and not again
        made = []
        for record in self._graph.subjects_by_name:
            run = Run(None, _NOTHING, _Unbounded())
            write(Subject(record=record), run)
            made.append(b"".join(run.out))
        return SubjectField(selected.key, self._columns.subjects, [*made, b"null"])


class _Unbounded:
    """A budget for what is made once."""

    used = 0

    def spend(self) -> None: ...

    def reserve(self, objects: int) -> bool:
        return objects >= 0

    def check(self) -> None: ...


def _is(kind: GraphQLObjectType, origin: type) -> bool:
    return kind.extensions["strawberry-definition"].origin is origin


def _nullable(kind: Any) -> Any:
    return kind.of_type if is_non_null_type(kind) else kind


def _text(json: bytes) -> FieldWriter:
    def write(_: Any, run: Run) -> None:
        run.out.append(json)

    return write


def _raising(error: Exception) -> Callable[[Run], dict[str, Any]]:
    def find(_: Run) -> dict[str, Any]:
        raise error.with_traceback(None)

    return find


def _failing(error: Exception) -> ValueWriter:
    def write(_: Any, run: Run) -> None:
        run.budget.spend()
        raise error.with_traceback(None)

    return write


def _not_null(write_value: ValueWriter, selected: Selected) -> ValueWriter:
    message = f"Cannot return null for non-nullable field {selected.parent}.{selected.name}."

    def write(value: Any, run: Run) -> None:
        if value is None:
            raise TypeError(message)
        write_value(value, run)

    return write


def _leaf(kind: GraphQLLeafType) -> ValueWriter:
    """What writes a scalar or the value of an enum."""
    complete = Executor.complete_leaf_value
    own: type | None = {"String": str, "ID": str, "Boolean": bool}.get(kind.name)
    is_int, is_float = kind.name == "Int", kind.name == "Float"

    def write(value: Any, run: Run) -> None:
        found = type(value)
        if not (
            found is own
            or (is_int and found is int and -(2**31) <= value < 2**31)
            or (is_float and found is float and math.isfinite(value))
        ):
            value = complete(kind, value)
        run.out.append(encode(value))

    return write
