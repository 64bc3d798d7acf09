"""Typed records as JSON, and back."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

T = TypeVar("T")

_NO_NUMBERS = ("inf", "-inf", "nan")


class WrongRecordError(Exception):
    """JSON that is not the record that it should be; the message says where and why."""


def plain(value: Any) -> Any:
    """Records, and whatever parameters are, as JSON has it; an infinite number is a text."""
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)


def pretty(value: Any, margin: str = "") -> str:
    """What `plain` gives as text, with a line for each innermost record and each list of numbers."""
    if _is_flat(value):
        return json.dumps(value, ensure_ascii=False)
    inner = margin + "  "
    if isinstance(value, dict):
        lines = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {pretty(each, inner)}"
            for key, each in value.items()
        ]
        return "{\n" + ",\n".join(lines) + f"\n{margin}}}"
    return "[\n" + ",\n".join(inner + pretty(each, inner) for each in value) + f"\n{margin}]"


def _is_flat(value: Any) -> bool:
    if isinstance(value, dict):
        return not any(isinstance(each, dict | list) for each in value.values())
    return not isinstance(value, list) or not any(
        isinstance(each, dict) or not _is_flat(each) for each in value
    )


def made(kind: type[T], value: Any, where: str = "") -> T:
    """The record that JSON stands for.

    Parameters
    ----------
    kind
        A dataclass, or the type of a field of one.
    value
        What `json.loads` gives; names that the record has not are left out.
    where
        Its place, for messages.

    Raises
    ------
    WrongRecordError
        Where anything is missing, or is of another type.
    """
    inner = get_args(kind)
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        record = _checked(dict, value, where)
        for name in hints:
            if name not in record:
                raise WrongRecordError(f"{where or 'it'} has no {name!r}")
        start = where and f"{where}."
        return kind(**{name: made(hint, record[name], start + name) for name, hint in hints.items()})
    if get_origin(kind) is tuple:
        items = _checked(list, value, where)
        return tuple(made(inner[0], each, f"{where}[{n}]") for n, each in enumerate(items))  # type: ignore[return-value]
    if get_origin(kind) is Mapping:
        named = _checked(dict, value, where).items()
        return {name: made(inner[1], each, f"{where}.{name}") for name, each in named}  # type: ignore[return-value]
    if kind is float and (type(value) is int or value in _NO_NUMBERS):
        return float(value)  # type: ignore[return-value]
    return value if kind is Any else _checked(kind, value, where)


def _checked(kind: type[T], value: Any, where: str) -> T:
    if type(value) is not kind:
        wanted = {dict: "an object", list: "a list", float: "a number", int: "a whole number", str: "a text"}
        raise WrongRecordError(f"{where or 'it'} must be {wanted.get(kind, 'true or false')}")
    return value
