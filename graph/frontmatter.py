"""A Markdown file's bytes → front matter and body, with the line and column of whatever is wrong.

The YAML is read from PyYAML's event stream rather than through its loader. A loader builds everything
before anyone can look at it; events can be refused one at a time, which bounds the time and memory that a
hostile file takes (aliases, nesting), refuses tags before anything is made of them, and tells the place of
every key. What a scalar means is still decided by PyYAML's own resolvers and constructors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from .plainyaml import Place, read_plain
from .scalars import SCALAR_TAGS, TAG, TYPED, converted, unquoted
from .shapes import Shapes

_Parser: Any
try:
    from yaml._yaml import CParser as _Parser
except ImportError:  # PyYAML built without libyaml
    _Parser = yaml.SafeLoader

MAX_DEPTH = 64
"""Deepest nesting of lists and mappings that is read."""
MAX_SIZE = 100_000
"""Most values in one file's front matter; each alias counts as all that it repeats."""
MAX_REPEATED = 1_000_000
"""Most characters of text that the aliases of one file may repeat."""

_COLLECTION_TAGS = {TAG + "map", TAG + "seq"}
_DELIMITER = re.compile(r"^---[ \t]*$", re.MULTILINE)
_DIRECTIVE = re.compile(r"(?:\A|^\.\.\.(?:[ \t].*)?\n)(?:[ \t]*(?:#.*)?\n)*%", re.MULTILINE)
_UNPRINTABLE = yaml.reader.Reader.NON_PRINTABLE
_shapes = Shapes()


class FrontMatterError(Exception):
    """The file cannot be read as an article.

    Parameters
    ----------
    code
        Stable name of the kind of problem.
    message
        What is wrong and what to do about it.
    line, column
        Where in the file, counted from 1.
    """

    def __init__(self, code: str, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.column = column


@dataclass(slots=True)
class FrontMatter:
    """A file taken apart.

    Parameters
    ----------
    values
        The front matter as Python values.
    places
        Where each top-level key stands.
    texts
        Each top-level scalar as it is spelt: ``title: 1984`` is a number to YAML and a title to its author.
    repeated
        Keys that stand twice in one mapping, with the place of the later one, which counts.
    body
        What follows the front matter.
    """

    values: dict[Any, Any]
    places: dict[Any, Place]
    texts: dict[Any, str]
    repeated: list[tuple[str, Place]]
    body: str


def read_front_matter(data: bytes) -> FrontMatter:
    """Take a file's bytes apart into front matter and body.

    Parameters
    ----------
    data
        The whole file. UTF-8, with or without byte order mark; lines may end in LF, CRLF or CR.

    Returns
    -------
    FrontMatter
        The parsed front matter, the places of its keys, and the body.

    Raises
    ------
    FrontMatterError
        Where the file is not UTF-8 text with a YAML mapping between two ``---`` lines, or where that mapping
        uses tags, nests deeper than `MAX_DEPTH`, holds more than `MAX_SIZE` values or repeats more than
        `MAX_REPEATED` characters.
    """
    text = _decode(data)
    shaped = _shapes.read(text)
    if shaped is not None:
        (values, places, texts), end = shaped
        return FrontMatter(values, places, texts, [], text[end:])
    opening = _DELIMITER.match(text)
    if opening is None:
        raise FrontMatterError(
            "missing-front-matter",
            "the file does not begin with a '---' line; put the YAML front matter between two '---' lines",
            1,
            1,
        )
    closing = _closing(text, opening.end())
    if closing is None:
        raise FrontMatterError(
            "unclosed-front-matter", "the front matter that begins here has no closing '---' line", 1, 1
        )
    source, body = text[opening.end() + 1 : closing.start()], text[closing.end() + 1 :]
    # blank lines at the end mean nothing behind the kinds of values that are plain
    trimmed = source.rstrip("\n") + "\n" if source.endswith("\n\n") else source
    plain = read_plain(trimmed)
    if plain is not None:
        _shapes.learn(trimmed)
        values, places, texts = plain
        return FrontMatter(values, places, texts, [], body)
    builder = _Builder(source)
    return FrontMatter(builder.build(), builder.places, builder.texts, builder.repeated, body)


def _closing(text: str, start: int) -> re.Match[str] | None:
    """The next '---' line; `find` passes over the lines between many times faster than a pattern does."""
    while (start := text.find("\n---", start)) >= 0:
        start += 1
        if match := _DELIMITER.match(text, start):
            return match
    return None


def _decode(data: bytes) -> str:
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise FrontMatterError(
            "empty-file", "the file is empty; give it front matter with a title, or delete it"
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or _looks_like_utf16(data):
        raise FrontMatterError("utf-16", "the file is UTF-16; save it as UTF-8", 1, 1)
    nul = data.find(b"\0")
    if nul >= 0:
        line, column = _place_of(data[:nul].decode("utf-8", "replace"))
        raise FrontMatterError("nul-byte", "a NUL byte; remove it (is this a binary file?)", line, column)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place_of(data[: error.start].decode("utf-8", "replace"))
        message = f"byte 0x{data[error.start]:02x} is not UTF-8 here; save the file as UTF-8"
        raise FrontMatterError("encoding", message, line, column) from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _looks_like_utf16(data: bytes) -> bool:
    """Whether the file begins as '---' does in UTF-16 without a byte order mark."""
    return data.startswith((b"-\0-\0-\0", b"\0-\0-\0-"))


def _place_of(before: str) -> Place:
    """Line and column of what comes right after `before`."""
    before = before.replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


@dataclass(slots=True)
class _Builder:
    """Builds plain values from the events of one YAML document."""

    text: str
    places: dict[Any, Place] = field(default_factory=dict)
    texts: dict[Any, str] = field(default_factory=dict)
    repeated: list[tuple[str, Place]] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int, int] | None] = field(default_factory=dict)
    size: int = 0
    length: int = 0
    again: int = 0
    next: Any = None

    def build(self) -> dict[Any, Any]:
        self._refuse_directives()
        try:
            self.next = _Parser(self.text).get_event
            return self._document()
        except yaml.reader.ReaderError as error:
            bad = _UNPRINTABLE.search(self.text)
            line, column = _place_of(self.text[: bad.start()] if bad else "")
            message = f"a character that YAML does not allow ({error.reason}); remove it"
            raise FrontMatterError("yaml-syntax", message, line + 1, column) from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = ", ".join(part for part in (error.context, error.problem) if part)
            line, column = _place(mark) if mark else (1, 1)
            hint = "quote the value if it holds ': ' or '#', and indent with spaces"
            raise FrontMatterError("yaml-syntax", f"{what}; {hint}", line, column) from None
        except (ValueError, OverflowError):  # only the pure parser: "\U99999999"
            line, column = _place(self.next.__self__.get_mark())
            message = "an escape that is no character; correct or delete it"
            raise FrontMatterError("yaml-syntax", message, line, column) from None

    def _refuse_directives(self) -> None:
        """No front matter needs a %YAML or %TAG, and libyaml takes quadratic time over many."""
        if (self.text.startswith("%") or "\n%" in self.text) and (found := _DIRECTIVE.search(self.text)):
            line, column = _place_of(self.text[: found.end() - 1])
            raise FrontMatterError("yaml-syntax", "a YAML directive; delete this line", line + 1, column)

    def _document(self) -> dict[Any, Any]:
        self.next()  # the stream begins
        if not isinstance(self.next(), DocumentStartEvent):
            return {}
        event = self.next()
        if isinstance(event, ScalarEvent) and not event.value and not event.style:
            values: dict[Any, Any] = {}
        elif isinstance(event, MappingStartEvent):
            values = self._mapping(event, 1)
        else:
            kind = "a list" if isinstance(event, SequenceStartEvent) else "a single value"
            self._fail(
                "front-matter-type", f"the front matter is {kind}; write it as 'name: value' lines", event
            )
        self.next()  # the document ends
        event = self.next()
        if not isinstance(event, StreamEndEvent):
            self._fail("yaml-syntax", "a second YAML document; the front matter is one document", event)
        return values

    def _value(self, event: Any, depth: int) -> Any:
        self.size += 1
        if self.size > MAX_SIZE:
            self._fail("yaml-size", f"the front matter has more than {MAX_SIZE:,} values", event)
        kind = type(event)
        if kind is ScalarEvent:
            text: str = event.value
            self.length += len(text)
            if event.anchor is not None:
                return self._anchored(event, depth)
            if event.tag is None and event.style != '"' and text[:1] not in TYPED:
                return text  # most scalars: no other type begins like this
            return self._scalar(event)
        if kind is AliasEvent:
            return self._alias(event)
        if depth >= MAX_DEPTH:
            self._fail("yaml-depth", f"lists and mappings nest deeper than {MAX_DEPTH}", event)
        if event.anchor is not None:
            return self._anchored(event, depth)
        return self._collection(event, depth)

    def _collection(self, event: Any, depth: int) -> Any:
        if type(event) is MappingStartEvent:
            return self._mapping(event, depth + 1)
        self._check_tag(event, _COLLECTION_TAGS)
        items = []
        while type(event := self.next()) is not SequenceEndEvent:
            items.append(self._value(event, depth + 1))
        return items

    def _mapping(self, event: Any, depth: int) -> dict[Any, Any]:
        self._check_tag(event, _COLLECTION_TAGS)
        values: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        while type(key_event := self.next()) is not MappingEndEvent:
            key = self._value(key_event, depth)
            if type(key) is list or type(key) is dict:
                self._fail("yaml-syntax", "a list or mapping as a key; keys are plain names", key_event)
            event = self.next()
            value = self._value(event, depth)
            if key == "<<" and type(key_event) is ScalarEvent and not key_event.style:
                self._merge(merged, value, key_event)
                continue
            if key in values:
                self.repeated.append((str(key), _place(key_event.start_mark)))
            values[key] = value
            if depth == 1:
                self.places[key] = _place(key_event.start_mark)
                if type(event) is ScalarEvent:
                    self.texts[key] = event.value
                else:
                    self.texts.pop(key, None)
        return merged | values if merged else values

    def _merge(self, merged: dict[Any, Any], value: Any, event: Any) -> None:
        """YAML's merge key: of several mappings the earlier wins, the mapping's own keys win over all."""
        parts = value if isinstance(value, list) else [value]
        for part in reversed(parts):
            if not isinstance(part, dict):
                self._fail("yaml-syntax", "'<<' merges mappings, and this is none", event)
            self.size += len(part)
            merged.update(part)

    def _anchored(self, event: Any, depth: int) -> Any:
        if event.anchor in self.anchors:
            self._fail("yaml-syntax", f"the anchor &{event.anchor} stands twice", event)
        self.anchors[event.anchor] = None  # open: an alias to it from inside would never end
        size, length = self.size, self.length
        if type(event) is ScalarEvent:
            length -= len(event.value)
            value = self._scalar(event)
        else:
            value = self._collection(event, depth)
        self.anchors[event.anchor] = value, self.size - size, self.length - length
        return value

    def _alias(self, event: Any) -> Any:
        name = event.anchor
        if name not in self.anchors:
            self._fail("yaml-syntax", f"the alias *{name} has no anchor &{name} before it", event)
        target = self.anchors[name]
        if target is None:
            self._fail(
                "yaml-size", f"the alias *{name} stands inside its own anchor and would never end", event
            )
        value, size, length = target
        self.size += size
        self.length += length
        self.again += length
        if self.size > MAX_SIZE or self.again > MAX_REPEATED:
            what = f"{MAX_SIZE:,} values or {MAX_REPEATED:,} characters"
            self._fail("yaml-size", f"aliases expand to more than {what}", event)
        return value

    def _scalar(self, event: Any) -> Any:
        value: str = event.value
        tag = event.tag
        if event.style == '"' and not value.isascii():
            self._check_surrogates(value, event)
        if tag is not None and tag != "!":
            self._check_tag(event, SCALAR_TAGS)
        elif event.style and tag is None:
            return value
        else:
            return unquoted(value)
        return converted(tag, value)

    def _check_surrogates(self, value: str, event: Any) -> None:
        try:
            value.encode()
        except UnicodeEncodeError:
            self._fail("yaml-syntax", "half of a surrogate pair is no character", event)

    def _check_tag(self, event: Any, allowed: set[str]) -> None:
        if event.tag is not None and event.tag != "!" and event.tag not in allowed:
            shown = event.tag.replace(TAG, "!!")
            self._fail("yaml-tag", f"the YAML tag {shown} is not supported; write a plain value", event)

    def _fail(self, code: str, message: str, event: Any) -> NoReturn:
        line, column = _place(event.start_mark)
        raise FrontMatterError(code, message, line, column)


def _place(mark: Any) -> Place:
    """Place in the file of a mark in the YAML, which begins on the file's second line."""
    return mark.line + 2, mark.column + 1
