from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.lib.secrets import Box, CannotDecrypt
from kikite.project.env import new_encryption_key

OLD, NEW = new_encryption_key(), new_encryption_key()


@given(st.dictionaries(st.text(), st.text()))
def test_what_is_sealed_opens_again(values: dict[str, str]) -> None:
    box = Box([OLD])
    assert box.open(box.seal(values)) == values


def test_nothing_is_readable_in_the_token() -> None:
    assert b"hunter2" not in Box([OLD]).seal({"password": "hunter2"})


def test_an_empty_token_holds_nothing() -> None:
    assert Box([OLD]).open(b"") == {}


def test_old_keys_still_open_and_new_ones_seal() -> None:
    token = Box([OLD]).seal({"a": "b"})
    both = Box([NEW, OLD])
    assert both.open(token) == {"a": "b"}
    assert Box([NEW]).open(both.seal({"c": "d"})) == {"c": "d"}


def test_renewing_lets_the_old_key_go() -> None:
    renewed = Box([NEW, OLD]).renew(Box([OLD]).seal({"a": "b"}))
    assert Box([NEW]).open(renewed) == {"a": "b"}


@pytest.mark.parametrize(
    "token",
    [b"nonsense", Box([OLD]).encrypt(b"x")[:-4] + b"AAAA", Box([OLD]).encrypt(b"x")],
    ids=["nonsense", "spoilt", "another key"],
)
def test_what_no_key_opens_is_an_error(token: bytes) -> None:
    with pytest.raises(CannotDecrypt):
        Box([NEW]).decrypt(token)
    with pytest.raises(CannotDecrypt):
        Box([NEW]).renew(token)


def test_there_is_no_box_without_a_key() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Box([])
