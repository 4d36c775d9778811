"""Variables in canned answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.playbooks.filling import VARIABLES, Unfillable, check, fill, stands_in


def test_values_go_in_and_fall_backs_where_there_are_none() -> None:
    text = "Hi {{customer.first_name|there}}, this is {{ agent.first_name }}."
    assert fill(text, {"customer.first_name": "Mara", "agent.first_name": "Chie"}).text == "Hi Mara, this is Chie."
    assert fill(text, {"agent.first_name": "Chie"}).text == "Hi there, this is Chie."


def test_what_nobody_knows_leaves_no_hole_and_is_told() -> None:
    filled = fill("Hi {{customer.name}}, thanks.", {})
    assert (filled.text, filled.missing) == ("Hi, thanks.", ("customer.name",))


def test_a_value_is_never_read_as_a_variable() -> None:
    assert fill("{{customer.name}}!", {"customer.name": "{{agent.name}}", "agent.name": "X"}).text == "{{agent.name}}!"


@pytest.mark.parametrize(
    ("text", "place"),
    [("a {{customer.nmae}}", (1, 3)), ("one\ntwo {{x}}", (2, 5)), ("{{customer.name", (1, 1)), ("{{}}", (1, 1)),
     ("{{customer.name|a{b}}", (1, 1))],
)  # fmt: skip
def test_an_unknown_variable_is_refused_with_its_place(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(Unfillable) as refused:
        check(text)
    assert (refused.value.line, refused.value.column) == place


@given(
    st.lists(st.one_of(st.text(alphabet="ab{}|. \n", max_size=6), st.sampled_from([f"{{{{{v}}}}}" for v in VARIABLES])))
)
def test_what_is_accepted_leaves_no_braces_when_it_is_filled(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        check(text)
    except Unfillable:
        return
    assert "{{" not in fill(text, dict.fromkeys(VARIABLES, "v")).text


def test_a_reply_says_an_answer_when_one_of_its_pieces_is_left() -> None:
    answer = "Hi {{customer.first_name|there}}, send us your booking code privately. Thanks!"
    assert stands_in(answer, "Mara, sorry. Send us? , send us your booking code privately")
    assert not stands_in(answer, "Hi Mara, no idea. Thanks!")
    assert stands_in("承知いたしました。", "はい、承知いたしました。")
