from __future__ import annotations

import pytest

from .compare import difference


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        ('{"data":{"a":1}}', '{ "data" : {"a":1} }', None),
        ('{"data":"ü"}', '{"data":"\\u00fc"}', None),
        ('{"a":1,"b":2}', '{"b":2,"a":1}', "response: expected the members ['a', 'b'], found ['b', 'a']"),
        ('{"a":1}', '{"a":1,"a":1}', "response: expected the members ['a'], found ['a', 'a']"),
        ('{"a":[1]}', '{"a":[1.0]}', "response.a[0]: expected 1, found 1.0"),
        ('{"a":1}', '{"a":true}', "response.a: expected 1, found True"),
        ('{"a":0.0}', '{"a":-0.0}', "response.a: expected 0.0, found -0.0"),
        ('{"a":[1,2]}', '{"a":[1]}', "response.a[1]: expected 2, found nothing"),
        ('{"a":[]}', '{"a":[null]}', "response.a[0]: expected nothing, found None"),
        ('{"a":null}', '{"a":{}}', "response.a: expected None, found []"),
        ('{"a":1}', '{"a":1', "no JSON: Expecting ',' delimiter: line 1 column 7 (char 6)"),
    ],
)
def test_the_first_difference_is_told(expected: str, found: str, told: str | None) -> None:
    assert difference(expected.encode(), found.encode()) == told


def test_the_id_of_an_unexpected_error_does_not_count() -> None:
    body = b'{"errors":[{"message":"Internal server error","extensions":{"code":"%s","id":"%d"}}]}'
    assert difference(body % (b"INTERNAL_SERVER_ERROR", 1), body % (b"INTERNAL_SERVER_ERROR", 2)) is None
    assert difference(body % (b"OTHER", 1), body % (b"OTHER", 2)) is not None
