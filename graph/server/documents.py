"""The documents that clients send, parsed and validated once for a text that is asked again and again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    ValuesOfCorrectTypeRule,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from .. import execution
from . import errors
from .cost import Cost, costly_variables
from .limits import Limits, check_document, parse_document
from .request import cut
from .values import NamedValuesRule

# A parsed document is as many objects as its text has characters. Python's garbage collector looks at all of
# them while everything else waits: at those of 60,000 characters for some 50 ms.
CACHED_DOCUMENTS = 512
CACHED_CHARACTERS = 60_000
LONGEST_CACHED = 10_000


KEPT_COSTS = 64
"""For how many values of its variables the cost of an operation is kept."""


class Operation:
    """One of a document's operations.

    Parameters
    ----------
    node
        Where it stands.
    valid
        What is known of it for all requests; None where the document is refused.
    costly
        The names of the variables that its cost may depend on.
    """

    def __init__(
        self, node: OperationDefinitionNode, valid: execution.Operation | None, costly: tuple[str, ...] = ()
    ) -> None:
        self.name = node.name.value if node.name else None
        self.kind = node.operation
        self.valid = valid
        self._costly = costly
        self._costs: dict[bytes, Cost] = {}

    def cost(self, given: Mapping[str, Any], estimate: Callable[[], Cost]) -> Cost:
        """What it costs with the values that a request gives; known where such were given before."""
        if not self._costly and self._costs:
            return self._costs[b""]
        key = (
            execution.encode_to_keep({name: given[name] for name in self._costly if name in given})
            if self._costly
            else b""
        )
        cost = self._costs.get(key)
        if cost is None:
            cost = estimate()
            if len(self._costs) >= KEPT_COSTS:
                self._costs.clear()
            if len(key) <= LONGEST_CACHED:
                self._costs[key] = cost
        return cost


@dataclass(frozen=True, slots=True)
class Document:
    """What is known of a text before any request's variables are looked at."""

    ast: DocumentNode | None
    operations: tuple[Operation, ...] = ()
    errors: list[dict[str, Any]] = field(default_factory=list)

    def choose(self, name: str | None) -> Operation | None:
        """The operation to run; None where the name leaves that open."""
        if name is None:
            return self.operations[0] if len(self.operations) == 1 else None
        return next((operation for operation in self.operations if operation.name == name), None)

    def unresolved(self, name: str | None) -> str:
        """Why `choose` found none."""
        known = ", ".join(operation.name for operation in self.operations if operation.name)
        if name is None:
            return f"The document contains several operations: operationName must be one of {cut(known)}."
        found = cut(known) or "none with a name"
        return f"Unknown operation named '{cut(name)}'; the document contains {found}."


class Documents:
    """Prepares documents for a schema, and keeps the latest.

    Parameters
    ----------
    schema
        What documents are validated against.
    limits
        How large a document may be.
    introspection
        Whether ``__schema`` and ``__type`` may be asked.
    suggestions
        Whether errors name what was perhaps meant.
    """

    def __init__(
        self, schema: GraphQLSchema, limits: Limits, *, introspection: bool, suggestions: bool
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._suggestions = suggestions
        self._rules = (
            *(NamedValuesRule if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules),
            MaybeNullValidationRule,
            OneOfInputValidationRule,
            *(() if introspection else (NoIntrospection,)),
        )
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0
        self._keeping = threading.Lock()

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __contains__(self, text: str) -> bool:
        return text in self._kept

    @property
    def characters(self) -> int:
        """Length of all texts that are kept."""
        return self._characters

    def get(self, text: str) -> Document:
        """The document of a text, which is kept in the place of those not asked for the longest time."""
        try:
            document = self._kept[text]
            self._kept.move_to_end(text)
            return document
        except KeyError:  # never met, or forgotten by another thread meanwhile
            document = self._prepare(text)
        if len(text) <= LONGEST_CACHED:
            with self._keeping:
                self._keep(text, document)
        return document

    def _keep(self, text: str, document: Document) -> None:
        if text in self._kept:  # another thread was asked for it too
            return
        self._kept[text] = document
        self._characters += len(text)
        while len(self._kept) > CACHED_DOCUMENTS or self._characters > CACHED_CHARACTERS:
            forgotten, _ = self._kept.popitem(last=False)
            self._characters -= len(forgotten)

    def _prepare(self, text: str) -> Document:
        """Parse a text and hold it against the limits, then against the schema.

        The limits come first: graphql-core's rules compare fields in pairs, and take a second for 500 that
        repeat one name.
        """
        # Documents nested too deeply for the interpreter are reported as errors by both functions.
        try:
            ast = parse_document(text, self._limits)
        except GraphQLError as error:
            return Document(None, errors=errors.request_errors([error], errors.GRAPHQL_PARSE_FAILED))
        found = check_document(ast, self._limits) or validate(
            self._schema, ast, self._rules, hide_suggestions=not self._suggestions
        )
        for problem in found:
            if problem.message == "Validation aborted.":  # The budget for hostile documents is used up.
                problem.message = "The document repeats fields or nests fragments too much to be validated."
        refused = errors.request_errors(found, errors.GRAPHQL_VALIDATION_FAILED)
        nodes = [node for node in ast.definitions if isinstance(node, OperationDefinitionNode)]
        if refused:
            return Document(None, tuple(Operation(node, None) for node in nodes), refused)
        _forget_tokens(ast)
        return Document(ast, tuple(self._operation(ast, node) for node in nodes))

    def _operation(self, ast: DocumentNode, node: OperationDefinitionNode) -> Operation:
        fragments = {
            definition.name.value: definition
            for definition in ast.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        variables = execution.Variables(self._schema, node, hide_suggestions=not self._suggestions)
        valid = execution.Operation(node, fragments, variables)
        return Operation(node, valid, costly_variables(self._schema, ast, node))


def _forget_tokens(document: DocumentNode) -> None:
    """Let go of what only the parser needed: a third of the objects, tied to each other in cycles."""
    pending: list[Node] = [document]
    while pending:
        node = pending.pop()
        if node.loc is not None:
            node.loc.start_token = node.loc.end_token = None  # type: ignore[assignment]
        for key in node.keys:
            member = getattr(node, key, None)
            if isinstance(member, Node):
                pending.append(member)
            elif isinstance(member, tuple | list):
                pending += [item for item in member if isinstance(item, Node)]


class NoIntrospection(ASTValidationRule):
    """Refuse the fields that describe the schema; ``__typename`` describes data."""

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """Report a field of the introspection system."""
        if node.name.value in ("__schema", "__type"):
            message = f"{node.name.value} is switched off here; ask those who run the server for the schema."
            self.report_error(GraphQLError(message, node, extensions={"code": errors.INTROSPECTION_DISABLED}))
