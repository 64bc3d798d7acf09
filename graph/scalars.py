"""What a YAML scalar means, by PyYAML's own resolvers and constructors."""

from __future__ import annotations

import functools
import re
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

TAG = "tag:yaml.org,2002:"
SCALAR_TAGS = {TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp")}
TYPED: dict[str, list[tuple[str, re.Pattern[str]]]] = Resolver.yaml_implicit_resolvers
"""What a scalar may be that is no text, by its first character."""

_CONVERTED = SCALAR_TAGS - {TAG + "str"}
_LONGEST_NUMBER = 500
"""Longer text is text even if it is all digits: PyYAML takes quadratic time over 1:1:1:1..., and Python
refuses to print integers of some thousand digits."""
_construct = SafeConstructor()
_CONSTRUCTORS = SafeConstructor.yaml_constructors


def unquoted(value: str) -> Any:
    """What an unquoted scalar means."""
    if value[:1] not in TYPED or len(value) > _LONGEST_NUMBER:  # most text: no type begins like this
        return value
    if value.isdigit() and value.isascii() and value[0] != "0":
        return int(value)  # ids: each is another one, so remembering would not help
    return _resolved(value)


@functools.lru_cache(4096)
def _resolved(value: str) -> Any:
    """What an unquoted scalar means that may be no text; dates and scores come again and again."""
    tags = (name for name, pattern in TYPED[value[:1]] if pattern.match(value))
    return converted(next(tags, None), value)


def converted(tag: str | None, value: str) -> Any:
    """A scalar as the type that its tag names; as text where it cannot be."""
    if tag not in _CONVERTED or len(value) > _LONGEST_NUMBER:
        return value
    try:
        return _CONSTRUCTORS[tag](_construct, yaml.ScalarNode(tag, value))
    except (ValueError, KeyError, IndexError, OverflowError, AttributeError):
        return value  # '2024-13-45' looks like a date and is none: the field's own check reports it
