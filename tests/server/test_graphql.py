"""GraphQL over HTTP, from the bytes of a request to the bytes of the response."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry import relay, scalars
from strawberry.extensions import QueryDepthLimiter

from graph.server import documents as module
from graph.server.errors import HTTPError
from graph.server.graphql import GraphQLEndpoint
from graph.server.limits import Limits

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
SECRET = "/srv/secret/path"


class QueryError(Exception):
    """Like the schema's own: a message for the client, and a code."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class LibraryError(Exception):
    code = "e3q8"


def endless(step: int) -> str:
    return endless(step + 1)


@strawberry.input
class Point:
    x: int
    y: int = 0


@strawberry.input(one_of=True)
class Choice:
    a: int | None = strawberry.UNSET
    b: int | None = strawberry.UNSET


@strawberry.type
class Node:
    name: str

    @strawberry.field
    def child(self) -> "Node":
        return Node(name=self.name + "'")

    @strawberry.field
    def broken(self) -> str | None:
        raise KeyError(SECRET)


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    async def later(self) -> int:
        await asyncio.sleep(0)
        return 1

    @strawberry.field
    def node(self) -> Node:
        return Node(name="n")

    @strawberry.field
    def nodes(self, count: int = 3) -> list[Node]:
        return [Node(name=str(number)) for number in range(count)]

    @strawberry.field
    def size(self, point: Point) -> int:
        return point.x * point.y

    @strawberry.field
    def chosen(self, choice: Choice) -> str:
        return str(choice)

    @strawberry.field
    def maybe(self, number: strawberry.Maybe[int]) -> str:
        return str(number)

    @strawberry.field
    def need(self, number: int = 1) -> int:
        return number

    @strawberry.field
    def by_id(self, key: relay.GlobalID) -> str | None:
        return key.node_id

    @strawberry.field
    def crash(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def fatal(self) -> str:
        raise RuntimeError(SECRET)

    @strawberry.field
    def loop(self) -> str | None:
        return endless(0)

    @strawberry.field
    def library(self) -> str | None:
        raise LibraryError(SECRET)

    @strawberry.field
    def refuse(self, code: str = "INVALID_CURSOR") -> str | None:
        raise QueryError("The cursor is not one of ours.", code)

    @strawberry.field
    async def refuse_later(self) -> str | None:
        raise QueryError("Too late.", "STALE_CURSOR")

    @strawberry.field
    def refuse_graphql(self, code: str | None = None) -> str | None:
        raise GraphQLError("As told.", extensions={"code": code, "more": 1} if code else None)

    @strawberry.field
    def not_an_int(self) -> int | None:
        return SECRET  # type: ignore[return-value]

    @strawberry.field
    def value(self, what: str) -> scalars.JSON | None:
        values: dict[str, Any] = {
            "surrogate": {"a\ud800b": ["\udcff", "\ud83d\ude00"]},
            "big": 2**80,
            "deep": json.loads("[" * 300 + "]" * 300),
            "set": {1, 2},
        }
        return values[what]

    @strawberry.field
    def seen(self, info: strawberry.Info) -> str:
        return str(info.context["pin"])

    @strawberry.field
    def told(self, info: strawberry.Info) -> scalars.JSON | None:
        return info.input_extensions


@strawberry.type
class Mutation:
    @strawberry.mutation
    def touch(self) -> int:
        return 1


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncIterator[int]:
        yield 1


class Answer:
    """A response, and the few questions that the tests ask of it."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.content: bytes = response.content

    @property
    def type(self) -> str:
        return str(self.headers["content-type"].partition(";")[0])

    @property
    def body(self) -> Any:
        assert self.headers["content-type"].endswith("; charset=utf-8")
        assert self.headers["x-content-type-options"] == "nosniff"
        assert int(self.headers["content-length"]) == len(self.content)
        return json.loads(self.content.decode("utf-8"))

    @property
    def error(self) -> dict[str, Any]:
        (error,) = self.body["errors"]
        return error

    @property
    def message(self) -> str:
        return str(self.error["message"])

    @property
    def code(self) -> str:
        return str(self.error["extensions"]["code"])


SCHEMA = strawberry.Schema(Query, Mutation, Subscription)


class Client:
    """An HTTP client of an application in this process, which adds no headers of its own accord."""

    def __init__(self, endpoint: GraphQLEndpoint) -> None:
        self.app = Starlette(routes=[Route("/graphql", endpoint)])

    def request(self, method: str, url: str, **options: Any) -> Answer:
        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
                del client.headers["accept"]
                return await client.request(method, url, **options)

        return Answer(asyncio.run(exchange()))

    def get(self, url: str, **options: Any) -> Answer:
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> Answer:
        return self.request("POST", url, **options)


@pytest.fixture
def contexts() -> list[int]:
    return []


@pytest.fixture
def endpoint(contexts: list[int]) -> GraphQLEndpoint:
    def context() -> dict[str, Any]:
        contexts.append(len(contexts))
        return {"pin": contexts[-1]}

    return GraphQLEndpoint(SCHEMA, context, limits=Limits(body=50_000))


@pytest.fixture
def client(endpoint: GraphQLEndpoint) -> Client:
    return Client(endpoint)


Post = Callable[..., Answer]


@pytest.fixture
def post(client: Client) -> Post:
    """Send members as a JSON body, or a body as it is."""

    def send(
        query: str | None = None,
        *,
        accept: str | None = GRAPHQL,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> Answer:
        content = json.dumps({"query": query, **members}).encode() if raw is None else raw
        fields = {
            "content-type": JSON,
            **({"accept": accept} if accept is not None else {}),
            **(headers or {}),
        }
        return client.post("/graphql", content=content, headers=fields)

    return send


@pytest.fixture
def get(client: Client) -> Post:
    def send(accept: str | None = GRAPHQL, method: str = "GET", **params: str) -> Answer:
        headers = {"accept": accept} if accept is not None else {}
        return client.request(method, "/graphql", params=params, headers=headers)

    return send


async def exchange(
    endpoint: GraphQLEndpoint,
    messages: list[dict[str, Any]],
    headers: dict[str, str] | None = None,
    *,
    method: str = "POST",
    query_string: bytes = b"",
) -> tuple[list[Any], int]:
    """Send a request by hand; return the messages sent and the number of messages left unread."""
    unread, sent = list(messages), []

    async def receive() -> Any:
        return unread.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    fields = {"content-type": JSON, "accept": GRAPHQL, **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "query_string": query_string,
        "headers": [(name.encode(), text.encode()) for name, text in fields.items()],
    }
    await endpoint(scope, receive, send)
    return sent, len(unread)


class TestNegotiation:
    @pytest.mark.parametrize(
        ("accept", "expected"),
        [
            (None, JSON),
            ("", JSON),
            ("*/*", JSON),
            ("application/*", JSON),
            (JSON, JSON),
            (GRAPHQL, GRAPHQL),
            (f"{GRAPHQL}, {JSON}", GRAPHQL),
            (f"{JSON}, {GRAPHQL}", JSON),
            (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
            (f"{JSON};q=0.9, {GRAPHQL}", GRAPHQL),
            (f"{GRAPHQL};q=0.3, {JSON};q=0.4", JSON),
            (f"{GRAPHQL};q=0.1, */*;q=0.05", GRAPHQL),
            (f"*/*, {GRAPHQL}", GRAPHQL),
            (f"{JSON};q=0, */*", GRAPHQL),
            (f"{GRAPHQL};q=0, application/*;q=0.1", JSON),
            ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
            ("Application/GraphQL-Response+JSON;Charset=UTF-8", GRAPHQL),
            (f'{GRAPHQL};charset="utf-8"', GRAPHQL),
            (f"{GRAPHQL};charset=latin-1, {JSON};q=0.1", JSON),
            (f"{GRAPHQL};q=high, {JSON};q=0.1", JSON),
            (f"{GRAPHQL};q=7, {JSON}", GRAPHQL),
        ],
    )
    def test_media_type(self, post: Post, accept: str | None, expected: str) -> None:
        answer = post("{ hello }", accept=accept)
        assert (answer.status, answer.type) == (200, expected)
        assert answer.body == {"data": {"hello": "hello world"}}

    @pytest.mark.parametrize(
        "accept",
        [
            "text/html",
            f"{JSON};q=0",
            f"{JSON};charset=latin-1",
            "*/*;q=0",
            "image/*, text/*",
            "nonsense",
            ",",
            f"{GRAPHQL};q=nan",
        ],
    )
    def test_nothing_acceptable(self, post: Post, get: Post, accept: str) -> None:
        for answer in (post("{ hello }", accept=accept), get(accept, query="{ hello }")):
            assert (answer.status, answer.type, answer.code) == (406, JSON, "BAD_REQUEST")
            assert GRAPHQL in answer.message
            assert JSON in answer.message

    def test_several_accept_headers_are_one_list(self, client: Client) -> None:
        headers = [("accept", "text/html"), ("accept", GRAPHQL), ("content-type", JSON)]
        answer = client.post("/graphql", content=b'{"query": "{ hello }"}', headers=headers)
        assert (answer.status, answer.type) == (200, GRAPHQL)


class TestMethods:
    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "BREW"])
    def test_not_allowed(self, client: Client, method: str) -> None:
        answer = client.request(method, "/graphql")
        assert (answer.status, answer.headers["allow"], answer.code) == (405, "GET, POST", "BAD_REQUEST")
        assert method in answer.message

    def test_options(self, client: Client) -> None:
        response = client.request("OPTIONS", "/graphql")
        assert (response.status, response.headers["allow"], response.content) == (204, "GET, POST", b"")
        assert "content-type" not in response.headers
        assert "content-length" not in response.headers

    def test_head_is_get_without_a_body(self, get: Post) -> None:
        full, head = get(query="{ hello }"), get(method="HEAD", query="{ hello }")
        assert (head.status, head.content) == (200, b"")
        assert head.headers == full.headers
        assert int(head.headers["content-length"]) == len(full.content)
        assert get(method="HEAD", query="mutation { touch }").status == 405

    def test_head_sends_no_body_of_its_own_accord(self, endpoint: GraphQLEndpoint) -> None:
        sent, _ = asyncio.run(exchange(endpoint, [], method="HEAD", query_string=b"query={hello}"))
        assert sent[1] == {"type": "http.response.body", "body": b""}

    def test_only_get_speaks_of_caches(self, get: Post, post: Post) -> None:
        assert get(query="{ hello }").headers["cache-control"] == "no-cache"
        assert get(query="{ nope }").headers["cache-control"] == "no-store"
        assert "cache-control" not in post("{ hello }").headers


class TestGet:
    def test_all_parameters(self, get: Post) -> None:
        query = "query A($name: String!) { hello(name: $name) told } query B { later }"
        answer = get(
            query=query, operationName="A", variables='{"name": "Zoë & +1"}', extensions='{"a": 1}', other="x"
        )
        assert answer.body == {"data": {"hello": "hello Zoë & +1", "told": {"a": 1}}}

    def test_form_encoding(self, client: Client) -> None:
        answer = client.get("/graphql?query=%7B+hello(name:%22%C3%BC%22)%7D&variables=&operationName=")
        assert answer.body == {"data": {"hello": "hello ü"}}

    def test_null_variables(self, get: Post) -> None:
        assert get(query="{ hello }", variables="null", extensions="null").status == 200

    @pytest.mark.parametrize("accept", [JSON, GRAPHQL])
    @pytest.mark.parametrize(
        ("query", "name"),
        [
            ("mutation { touch }", ""),
            ("query Q { hello } mutation M { touch }", "M"),
            ("mutation { nope }", ""),
        ],
    )
    def test_mutation(self, get: Post, contexts: list[int], accept: str, query: str, name: str) -> None:
        answer = get(accept, query=query, operationName=name)
        assert (answer.status, answer.headers["allow"], answer.code) == (405, "POST", "BAD_REQUEST")
        assert contexts == []

    def test_query_beside_a_mutation(self, get: Post) -> None:
        answer = get(query="query Q { hello } mutation M { touch }", operationName="Q")
        assert answer.body == {"data": {"hello": "hello world"}}

    @pytest.mark.parametrize("accept", [JSON, GRAPHQL])
    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("", '"query" is missing'),
            ("?variables={}", '"query" is missing'),
            ("?query={hello}&variables={", 'parameter "variables" is not valid JSON'),
            ("?query={hello}&extensions=x", 'parameter "extensions" is not valid JSON'),
            ("?query={hello}&variables=[1]", '"variables" must be an object or null, not an array'),
            ("?query={hello}&extensions=3", '"extensions" must be an object or null, not a number'),
            ("?query={hello}&query={later}", '"query" must be given once'),
            ("?query=%FF", "not valid UTF-8"),
        ],
    )
    def test_malformed(self, client: Client, accept: str, url: str, words: str) -> None:
        answer = client.get("/graphql" + url, headers={"accept": accept})
        assert (answer.status, answer.type, answer.code) == (400, accept, "BAD_REQUEST")
        assert words in answer.message

    def test_raw_bytes_that_are_not_utf8(self, endpoint: GraphQLEndpoint) -> None:
        sent, _ = asyncio.run(exchange(endpoint, [], method="GET", query_string=b"query=\xff"))
        assert sent[0]["status"] == 400


class TestPost:
    @pytest.mark.parametrize(
        "content_type", [JSON, "Application/JSON", f"{JSON};charset=UTF-8", f'{JSON} ; charset="utf8"']
    )
    def test_content_types(self, post: Post, content_type: str) -> None:
        assert post('{ hello(name: "Zoë") }', headers={"content-type": content_type}).body == {
            "data": {"hello": "hello Zoë"}
        }

    @pytest.mark.parametrize(
        ("headers", "words"),
        [
            ({"content-type": "text/plain;charset=UTF-8"}, "must be application/json, not text/plain"),
            ({"content-type": "application/x-www-form-urlencoded"}, "must be application/json"),
            ({"content-type": "application/graphql"}, "must be application/json"),
            ({"content-type": ""}, "not left out"),
            ({"content-type": f"{JSON}; charset=utf-16"}, "must be utf-8, not utf-16"),
            ({"content-encoding": "gzip"}, "content-encoding gzip is not supported"),
        ],
    )
    def test_unsupported(self, post: Post, headers: dict[str, str], words: str) -> None:
        answer = post(raw=gzip.compress(b"{}"), headers=headers)
        assert (answer.status, answer.type, answer.code) == (415, GRAPHQL, "BAD_REQUEST")
        assert words in answer.message
        assert answer.headers.get("accept-encoding") == (
            "identity" if "content-encoding" in headers else None
        )

    def test_identity_is_no_encoding(self, post: Post) -> None:
        assert post("{ hello }", headers={"content-encoding": "Identity"}).status == 200

    def test_no_content_type(self, client: Client) -> None:
        assert client.post("/graphql", content=b'{"query": "{ hello }"}').status == 415

    @pytest.mark.parametrize("accept", [JSON, GRAPHQL])
    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            (b"", "body is empty"),
            (b" \r\n", "body is empty"),
            (b'{ "not a JSON', "not valid JSON"),
            (b'{\n  "query": x}', "(line 2, column 12)"),
            (b'{"query": "{ hello }"} x', "not valid JSON"),
            (b'{"query": NaN}', "not valid JSON"),
            (b'{"query": "\\ud800"}', "not valid JSON"),
            (b"[" * 20_000, "not valid JSON"),
            (b'{"query": "\xff"}', "not valid UTF-8: byte 12"),
            ('{"query": "{ hello }"}'.encode("utf-16"), "not valid UTF-8"),
            (b'[{"query": "{ hello }"}]', "Batches are not supported"),
            (b"[]", "Batches are not supported"),
            (b"null", "must be a JSON object, not null"),
            (b'"{ hello }"', "must be a JSON object, not a string"),
            (b"1", "must be a JSON object, not a number"),
            (b"{}", '"query" is missing'),
            (b'{"qeury": "{ hello }"}', '"query" is missing'),
            (b'{"query": null}', '"query" is missing'),
            (b'{"query": {}}', '"query" must be a string, not an object'),
            (b'{"query": 1.5}', '"query" must be a string, not a number'),
            (b'{"query": false}', '"query" must be a string, not a boolean'),
            (b'{"query": []}', '"query" must be a string, not an array'),
            (b'{"query": "", "operationName": 1}', '"operationName" must be a string or null, not a number'),
            (
                b'{"query": "", "operationName": {}}',
                '"operationName" must be a string or null, not an object',
            ),
            (b'{"query": "", "variables": "{}"}', '"variables" must be an object or null, not a string'),
            (b'{"query": "", "variables": [7]}', '"variables" must be an object or null, not an array'),
            (b'{"query": "", "variables": false}', '"variables" must be an object or null, not a boolean'),
            (b'{"query": "", "extensions": 0}', '"extensions" must be an object or null, not a number'),
        ],
    )
    def test_malformed(self, post: Post, accept: str, raw: bytes, words: str) -> None:
        answer = post(raw=raw, accept=accept)
        assert (answer.status, answer.type, answer.code) == (400, accept, "BAD_REQUEST")
        assert words in answer.message

    @pytest.mark.parametrize("member", ["operationName", "variables", "extensions"])
    def test_null_members(self, post: Post, member: str) -> None:
        assert post("{ hello }", **{member: None}).body == {"data": {"hello": "hello world"}}

    def test_members_reach_the_operation(self, post: Post) -> None:
        query = "query A($p: Point!) { size(point: $p) told } query B { later }"
        answer = post(
            query, operationName="A", variables={"p": {"x": 2, "y": 3}}, extensions={"a": [1]}, unknown=True
        )
        assert answer.body == {"data": {"size": 6, "told": {"a": [1]}}}
        assert post(query, operationName="B").body == {"data": {"later": 1}}

    def test_mutation(self, post: Post) -> None:
        assert post("mutation { touch }").body == {"data": {"touch": 1}}


class TestBody:
    def test_limit_is_inclusive(self, post: Post) -> None:
        raw = b'{"query": "{ hello }"}'
        assert post(raw=raw.ljust(50_000)).status == 200
        answer = post(raw=raw.ljust(50_001))
        assert (answer.status, answer.code) == (413, "LIMIT_EXCEEDED")
        assert answer.error["extensions"] | {"code": 0} == {
            "code": 0,
            "limit": "body",
            "maximum": 50_000,
            "actual": 50_001,
        }
        assert "50,000" in answer.message

    @pytest.mark.parametrize("length", ["50001", "9" * 5000])
    def test_announced_length_is_refused_unread(self, endpoint: GraphQLEndpoint, length: str) -> None:
        chunks = [{"type": "http.request", "body": b"{}"}]
        sent, unread = asyncio.run(exchange(endpoint, chunks, {"content-length": length}))
        assert (sent[0]["status"], unread) == (413, 1)

    def test_stream_is_read_no_further_than_the_limit(self, endpoint: GraphQLEndpoint) -> None:
        chunks = [{"type": "http.request", "body": b" " * 20_000, "more_body": True}] * 10
        sent, unread = asyncio.run(exchange(endpoint, chunks))
        assert (sent[0]["status"], unread) == (413, 7)

    @pytest.mark.parametrize(("size", "status"), [(50_000, 200), (50_001, 413)])
    def test_limit_of_a_stream_is_inclusive(self, endpoint: GraphQLEndpoint, size: int, status: int) -> None:
        body = b'{"query": "{ hello }"}'.ljust(size)
        chunks = [
            {"type": "http.request", "body": body[:1000], "more_body": True},
            {"type": "http.request", "body": body[1000:]},
        ]
        sent, _ = asyncio.run(exchange(endpoint, chunks))
        assert sent[0]["status"] == status

    def test_body_in_pieces(self, endpoint: GraphQLEndpoint) -> None:
        raw = '{"query": "{ hello(name: \\"é\\") }"}'.encode()
        chunks = [
            {"type": "http.request", "body": raw[i : i + 1], "more_body": True} for i in range(len(raw))
        ]
        sent, _ = asyncio.run(exchange(endpoint, [*chunks, {"type": "http.request"}]))
        assert json.loads(sent[1]["body"]) == {"data": {"hello": "hello é"}}

    def test_client_leaves_midway(self, endpoint: GraphQLEndpoint, caplog: pytest.LogCaptureFixture) -> None:
        chunks = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
        sent, unread = asyncio.run(exchange(endpoint, chunks))
        assert (sent, unread, caplog.records) == ([], 0, [])

    def test_client_is_gone_before_the_answer(self, endpoint: GraphQLEndpoint) -> None:
        async def receive() -> Any:
            return {"type": "http.request", "body": b'{"query": "{ hello }"}'}

        async def send(message: Any) -> None:
            raise OSError("gone")

        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "query_string": b"", "headers": headers}
        asyncio.run(endpoint(scope, receive, send))


REFUSED = [
    ("{", {}, "GRAPHQL_PARSE_FAILED", "Syntax Error"),
    ("", {}, "GRAPHQL_PARSE_FAILED", "Syntax Error"),
    ('{ hello(name: "\\uD800") }', {}, "GRAPHQL_PARSE_FAILED", "Unicode escape"),
    ('{ hello(name: "\\u{DFFF}") }', {}, "GRAPHQL_PARSE_FAILED", "Unicode escape"),
    ("{a" * 2_000, {}, "LIMIT_EXCEEDED", "levels of braces"),
    ("{" + "a " * 5_000, {}, "LIMIT_EXCEEDED", "5,001 tokens"),
    ("{ nope }", {}, "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'nope'"),
    ("{ size(point: {y: 1}) }", {}, "GRAPHQL_VALIDATION_FAILED", "required field 'x'"),
    ("{" + " ".join(f"a{n}: loop" for n in range(51)) + "}", {}, "LIMIT_EXCEEDED", "51 fields at its top"),
    ("{ chosen(choice: {a: 1, b: 2}) }", {}, "GRAPHQL_VALIDATION_FAILED", "exactly one"),
    ("{ maybe(number: null) }", {}, "GRAPHQL_VALIDATION_FAILED", "cannot be explicitly set to null"),
    ("query ($c: Choice!) { chosen(choice: $c) }", {"variables": {"c": {}}}, "BAD_USER_INPUT", "exactly one"),
    ("fragment F on Query { hello }", {}, "GRAPHQL_VALIDATION_FAILED", "never used"),
    ("query A { hello } query B { later }", {}, "OPERATION_RESOLUTION_FAILURE", "one of A, B"),
    (
        "query A { hello }",
        {"operationName": "X"},
        "OPERATION_RESOLUTION_FAILURE",
        "'X'; the document contains A",
    ),
    ("{ hello }", {"operationName": "X"}, "OPERATION_RESOLUTION_FAILURE", "none with a name"),
    ("subscription { ticks }", {}, "OPERATION_RESOLUTION_FAILURE", "Subscriptions are not served"),
    ("query ($n: Int!) { need(number: $n) }", {}, "BAD_USER_INPUT", "Variable '$n' has invalid value"),
    (
        "query ($n: Int!) { need(number: $n) }",
        {"variables": {"n": "1"}},
        "BAD_USER_INPUT",
        "Int cannot represent",
    ),
    (
        "query ($n: Int!) { need(number: $n) }",
        {"variables": {"n": 2**70}},
        "BAD_USER_INPUT",
        "Int cannot represent",
    ),
    (
        "query ($p: Point!) { size(point: $p) }",
        {"variables": {"p": {"x": 1, "z": 1}}},
        "BAD_USER_INPUT",
        "'$p' has invalid value",
    ),
]


class TestRefusedDocuments:
    @pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
    @pytest.mark.parametrize(("query", "members", "code", "words"), REFUSED)
    def test_status_and_code(
        self,
        post: Post,
        caplog: pytest.LogCaptureFixture,
        accept: str,
        status: int,
        query: str,
        members: dict[str, Any],
        code: str,
        words: str,
    ) -> None:
        # Twice, as the second answer may come from the cache.
        for _ in range(2):
            answer = post(query, accept=accept, **members)
            assert (answer.status, answer.type) == (status, accept)
            assert "data" not in answer.body
            assert answer.code == code
            assert words in answer.message
        assert caplog.records == []

    def test_nothing_but_fragments(self, get: Post) -> None:
        answer = get(query="# nothing")
        assert answer.code == "GRAPHQL_PARSE_FAILED"

    def test_fragments_nested_without_end(self, post: Post) -> None:
        chain = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} }}" for i in range(500))
        answer = post(f"{{ ...F0 }} {chain} fragment F500 on Query {{ hello }}")
        assert (answer.status, answer.code) == (400, "LIMIT_EXCEEDED")

    def test_locations_are_kept(self, post: Post) -> None:
        assert post("{\n  nope\n}").error["locations"] == [{"line": 2, "column": 3}]

    def test_no_context_is_made_for_them(self, post: Post, contexts: list[int]) -> None:
        post("{ nope }")
        post(raw=b"{")
        assert contexts == []

    def test_mutation_where_there_are_none(self) -> None:
        client = Client(GraphQLEndpoint(strawberry.Schema(Query), dict))
        headers = {"accept": GRAPHQL}
        answer = client.post("/graphql", json={"query": "mutation { __typename }"}, headers=headers)
        assert (answer.status, answer.code) == (400, "GRAPHQL_VALIDATION_FAILED")


class TestExecution:
    @pytest.mark.parametrize("accept", [JSON, GRAPHQL])
    def test_partial_data_is_200(self, post: Post, accept: str) -> None:
        answer = post("{ hello refuse }", accept=accept)
        assert answer.status == 200
        assert list(answer.body) == ["errors", "data"]
        assert answer.body["data"] == {"hello": "hello world", "refuse": None}
        assert answer.error == {
            "message": "The cursor is not one of ours.",
            "locations": [{"line": 1, "column": 9}],
            "path": ["refuse"],
            "extensions": {"code": "INVALID_CURSOR"},
        }

    @pytest.mark.parametrize("accept", [JSON, GRAPHQL])
    def test_null_data_of_an_execution_is_200(self, post: Post, accept: str) -> None:
        answer = post("{ fatal }", accept=accept)
        assert (answer.status, answer.code) == (200, "INTERNAL_SERVER_ERROR")
        assert answer.body["data"] is None

    def test_sync_and_async_resolvers(self, post: Post) -> None:
        assert post("{ hello later seen }").body["data"] == {"hello": "hello world", "later": 1, "seen": "0"}

    def test_one_context_for_each_request(self, post: Post, contexts: list[int]) -> None:
        assert post("{ a: seen b: seen }").body["data"] == {"a": "0", "b": "0"}
        assert post("{ a: seen b: seen }").body["data"] == {"a": "1", "b": "1"}
        assert contexts == [0, 1]

    @pytest.mark.parametrize(
        ("field", "message", "extensions"),
        [
            ('refuse(code: "INVALID_ID")', "The cursor is not one of ours.", {"code": "INVALID_ID"}),
            ("refuseLater", "Too late.", {"code": "STALE_CURSOR"}),
            ('refuseGraphql(code: "LIMITED")', "As told.", {"code": "LIMITED", "more": 1}),
        ],
    )
    def test_refusals_of_resolvers(
        self,
        post: Post,
        caplog: pytest.LogCaptureFixture,
        field: str,
        message: str,
        extensions: dict[str, Any],
    ) -> None:
        answer = post(f"{{ {field} }}")
        assert (answer.message, answer.error["extensions"]) == (message, extensions)
        assert caplog.records == []

    def test_null_for_an_argument_that_has_a_default(
        self, post: Post, caplog: pytest.LogCaptureFixture
    ) -> None:
        query = "query ($n: Int = 2) { hello need(number: $n) }"
        assert post(query).body == {"data": {"hello": "hello world", "need": 2}}
        answer = post(query, variables={"n": None})
        # The field is not nullable, so its error takes all of the data away.
        assert (answer.status, answer.code, answer.body["data"]) == (200, "BAD_USER_INPUT", None)
        assert "Argument 'number'" in answer.message
        assert caplog.records == []

    def test_argument_that_strawberry_cannot_convert(
        self, post: Post, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = post('{ byId(key: "nonsense") }')
        assert (answer.status, answer.code, answer.body["data"]) == (200, "BAD_USER_INPUT", {"byId": None})
        assert caplog.records == []

    @pytest.mark.parametrize(
        "field",
        ["crash", "notAnInt", "library", "refuseGraphql", 'refuse(code: "lower")', "loop", "node { broken }"],
    )
    def test_unexpected_errors(self, post: Post, caplog: pytest.LogCaptureFixture, field: str) -> None:
        answer = post(f"{{ hello {field} }}")
        assert answer.status == 200
        assert answer.body["data"]["hello"] == "hello world"
        assert answer.message == "Internal server error"
        assert set(answer.error) == {"message", "locations", "path", "extensions"}
        assert set(answer.error["extensions"]) == {"code", "id"}
        assert answer.code == "INTERNAL_SERVER_ERROR"
        assert SECRET.encode() not in answer.content
        (record,) = caplog.records
        assert (record.name, record.levelno) == ("articlegraph.graphql", logging.ERROR)
        assert answer.error["extensions"]["id"] in record.getMessage()
        assert ".".join(answer.error["path"]) in record.getMessage()
        assert record.exc_info is not None
        assert record.exc_info[2] is not None

    def test_log_holds_the_trace(self, post: Post, caplog: pytest.LogCaptureFixture) -> None:
        post("{ crash }")
        assert f"RuntimeError: {SECRET}" in caplog.text
        assert "in crash" in caplog.text

    def test_one_record_for_one_defect(self, post: Post, caplog: pytest.LogCaptureFixture) -> None:
        answer = post("{ nodes { broken } crash }")
        ids = [error["extensions"]["id"] for error in answer.body["errors"]]
        assert len(ids) == 4
        assert len(set(ids)) == len(caplog.records) == 2
        assert post("{ crash }").error["extensions"]["id"] not in ids

    def test_document_that_uses_up_the_stack(self, caplog: pytest.LogCaptureFixture) -> None:
        depth = 190
        limits = Limits(depth=200, nesting=200, aliases=1_000)
        client = Client(GraphQLEndpoint(SCHEMA, dict, limits=limits))
        query = "{ node " + "{ child " * depth + "{ name }" + " }" * (depth + 1)
        answer = client.post("/graphql", json={"query": query})
        assert (answer.status, answer.code) == (200, "BAD_USER_INPUT")
        assert "nested too deeply" in answer.message
        assert caplog.records == []

    def test_context_fails(self, caplog: pytest.LogCaptureFixture) -> None:
        def context() -> dict[str, Any]:
            raise RuntimeError(SECRET)

        client = Client(GraphQLEndpoint(SCHEMA, context))
        for accept in (JSON, GRAPHQL):
            caplog.clear()
            answer = client.post("/graphql", json={"query": "{ hello }"}, headers={"accept": accept})
            assert (answer.status, answer.type, answer.code) == (500, accept, "INTERNAL_SERVER_ERROR")
            assert SECRET.encode() not in answer.content
            (record,) = caplog.records
            assert answer.error["extensions"]["id"] in record.getMessage()


class TestEncoding:
    def test_lone_surrogates_are_replaced(self, post: Post) -> None:
        answer = post('{ value(what: "surrogate") }')
        assert answer.status == 200
        assert answer.body["data"]["value"] == {"a\ufffdb": ["\ufffd", "😀"]}

    def test_surrogate_pair_in_a_document(self, post: Post) -> None:
        assert post('{ hello(name: "\\uD83D\\uDE00 \\u{1F600}") }').body["data"]["hello"] == "hello 😀 😀"

    def test_beyond_the_limits_of_orjson(self, post: Post) -> None:
        assert post('{ value(what: "big") }').body["data"]["value"] == 2**80
        deep = post('{ value(what: "deep") }').body["data"]["value"]
        assert str(deep).count("[") == 300

    def test_no_json_at_all(self, post: Post, caplog: pytest.LogCaptureFixture) -> None:
        answer = post('{ value(what: "set") }')
        assert (answer.status, answer.code) == (500, "INTERNAL_SERVER_ERROR")
        assert len(caplog.records) == 1


class TestCache:
    @pytest.fixture
    def parsed(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        texts: list[str] = []
        parse = module.parse_document

        def counting(text: str, limits: Limits) -> Any:
            texts.append(text)
            return parse(text, limits)

        monkeypatch.setattr(module, "parse_document", counting)
        return texts

    def test_same_text_is_parsed_once(self, post: Post, parsed: list[str]) -> None:
        query = "query ($n: Int!) { need(number: $n) }"
        results = [post(query, variables={"n": n}).body["data"]["need"] for n in (1, 2, 3)]
        assert (results, len(parsed)) == ([1, 2, 3], 1)

    def test_one_text_for_two_operations(self, post: Post, parsed: list[str]) -> None:
        query = "query A { hello } query B { later }"
        assert post(query, operationName="A").body == {"data": {"hello": "hello world"}}
        assert post(query, operationName="B").body == {"data": {"later": 1}}
        assert len(parsed) == 1

    def test_count_is_bounded(
        self, endpoint: GraphQLEndpoint, post: Post, parsed: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "CACHED_DOCUMENTS", 3)
        texts = [f"{{ a{number}: hello }}" for number in range(4)]
        for text in (*texts[:3], texts[0], texts[3]):
            post(text)
        assert list(endpoint.documents) == [texts[2], texts[0], texts[3]]
        assert len(parsed) == 4
        assert endpoint.documents.characters == sum(map(len, endpoint.documents))

    def test_size_is_bounded(
        self, endpoint: GraphQLEndpoint, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "CACHED_CHARACTERS", 40)
        monkeypatch.setattr(module, "LONGEST_CACHED", 20)
        for text in ("{ abc: hello }", "{ def: hello }", "{ ghi: hello }", "{ " + "hello " * 10 + "}"):
            assert post(text).status == 200
        assert list(endpoint.documents) == ["{ def: hello }", "{ ghi: hello }"]
        assert endpoint.documents.characters == 28


class TestConstruction:
    def test_extensions_would_be_ignored(self) -> None:
        schema = strawberry.Schema(Query, extensions=[lambda: QueryDepthLimiter(3)])
        with pytest.raises(ValueError, match="schema extensions"):
            GraphQLEndpoint(schema, dict)

    def test_max_tokens(self) -> None:
        client = Client(GraphQLEndpoint(SCHEMA, dict, limits=Limits(tokens=4)))
        headers = {"accept": GRAPHQL}
        assert client.post("/graphql", json={"query": "{ hello }"}, headers=headers).status == 200
        assert client.post("/graphql", json={"query": "{ hello later node }"}, headers=headers).status == 400

    def test_suggestions_can_be_hidden(self) -> None:
        for hidden in (False, True):
            client = Client(GraphQLEndpoint(SCHEMA, dict, suggestions=not hidden))
            answer = client.post("/graphql", json={"query": "{ helo }"})
            assert ("Did you mean" in answer.message) is not hidden
            query = "query ($p: Point!) { size(point: $p) }"
            members = {"query": query, "variables": {"p": {"x": 1, "yy": 2}}}
            answer = client.post("/graphql", json=members)
            assert answer.code == "BAD_USER_INPUT"
            assert ("Did you mean" in answer.message) is not hidden

    @pytest.mark.parametrize(
        "query", ["{ __schema { types { name } } }", '{ __type(name: "Query") { name } }']
    )
    def test_introspection_can_be_switched_off(self, query: str) -> None:
        for allowed in (True, False):
            client = Client(GraphQLEndpoint(SCHEMA, dict, introspection=allowed))
            answer = client.post("/graphql", json={"query": query}, headers={"accept": GRAPHQL})
            assert answer.status == (200 if allowed else 400)
        assert answer.code == "INTROSPECTION_DISABLED"
        fragment = "query { ...F } fragment F on Query { a: __schema { queryType { name } } }"
        assert client.post("/graphql", json={"query": fragment}).code == "INTROSPECTION_DISABLED"
        answer = client.post("/graphql", json={"query": "{ __typename node { __typename } }"})
        assert answer.body == {"data": {"__typename": "Query", "node": {"__typename": "Node"}}}

    def test_http_error_carries_headers(self) -> None:
        error = HTTPError(405, "no", {"allow": "GET"})
        assert (error.status, error.message, str(error), error.headers) == (405, "no", "no", {"allow": "GET"})
