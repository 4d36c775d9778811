"""The practice network's own pages: everything stands there, and nothing in it runs."""

from __future__ import annotations

import re

import httpx
import pytest

from kikite.networks.contract import Account
from kikite.networks.practice.markup import rich
from tests.contract.desk import words
from tests.contract.practice_stage import BRAND, PracticeServer

EVIL = '<script>alert(1)</script> "onmouseover=alert(1) <img src=x onerror=alert(1)> https://x.example/"><b>'


def test_nothing_that_people_write_runs(server: PracticeServer, brand: Account, page: httpx.Client) -> None:
    server.admin("POST", "/accounts", handle="eve", name=EVIL, bio=EVIL)
    made = server.admin("POST", "/posts", author="eve", text=EVIL, lang='"><script>')
    server.admin("POST", "/messages", author="eve", to=BRAND, text=EVIL)
    for path in ("/", "/@eve", "/messages", "/people", f"/posts/{made['id']}"):
        answer = page.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text
        assert not re.search(r"<[^>]*\sonmouseover", answer.text)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    face = page.get("/avatars/eve.svg")
    assert "<script" not in face.text and "default-src 'none'" in face.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a & b", "a &amp; b"),
        ("@marak hi", '<a href="/@marak">@marak</a> hi'),
        ("one\ntwo", "one<br>two"),
        ("mail me@marak.example", "mail me@marak.example"),
        (
            "see https://a.example/?q=1&r=@x。",
            'see <a href="https://a.example/?q=1&amp;r=@x" rel="nofollow noopener noreferrer">https://a.example/?q=1&amp;r=@x</a>。',
        ),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_words(text: str, shown: str) -> None:
    assert rich(text) == shown


def test_a_reply_stands_under_what_it_answers(server: PracticeServer, brand: Account, page: httpx.Client) -> None:
    question, answer, other = words("Question"), words("Answer"), words("Other")
    first = server.admin("POST", "/posts", author="marak", text=question)["id"]
    server.admin("POST", "/posts", author="marak", text=other)
    server.admin("POST", "/posts", author=BRAND, text=answer, reply_to=first)
    shown = page.get("/").text
    assert shown.index(question) < shown.index(answer) < shown.index(other)
    assert re.search(rf'class="post depth1 ours"[^§]*?{answer}', shown)


def test_what_was_deleted_is_gone(server: PracticeServer, brand: Account, page: httpx.Client) -> None:
    text, below = words("Regretted"), words("Why?")
    made = server.admin("POST", "/posts", author="marak", text=text)["id"]
    server.admin("POST", "/posts", author="owenb", text=below, reply_to=made)
    page.post(f"/posts/{made}/change", data={"do": "delete"})
    shown = page.get("/").text
    assert text not in shown and below in shown and "This post was deleted." in shown
    assert page.get(f"/posts/{made}").status_code == 404


def test_writing_as_anybody(server: PracticeServer, brand: Account, page: httpx.Client) -> None:
    text = words("From the form\r\n二行目")
    answer = page.post("/write", data={"as": "@brand_new", "text": text})
    assert answer.status_code == 303
    shown = page.get("/@brand_new").text
    assert text.replace("\r\n", "<br>") in shown
    key = answer.headers["location"].removeprefix("/#p")
    reply = page.post("/write", data={"as": BRAND, "text": words("Reply"), "reply_to": key})
    assert reply.status_code == 303
    edited = words("Edited")
    page.post(f"/posts/{key}/change", data={"do": "edit", "text": edited})
    assert edited in page.get(f"/posts/{key}").text


def test_writing_privately(server: PracticeServer, brand: Account, page: httpx.Client) -> None:
    text = words("For your eyes")
    answer = page.post("/write", data={"as": "marak", "to": BRAND, "text": text})
    talk = answer.headers["location"].partition("#")[0]
    assert text in page.get(talk).text and text in page.get("/messages").text
    assert text not in page.get("/").text and text not in page.get("/@marak").text
    back = words("Certainly")
    page.post("/write", data={"as": BRAND, "conversation": talk.removeprefix("/messages/"), "text": back})
    assert back in page.get(talk).text
    stranger = page.post("/write", data={"as": "owenb", "conversation": talk.removeprefix("/messages/"), "text": "!"})
    assert stranger.status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.example"}, {"Host": "rebound.example"}, {"Origin": "null"}]
)
def test_other_sites_cannot_write(page: httpx.Client, brand: Account, headers: dict[str, str]) -> None:
    text = words("From elsewhere")
    assert page.post("/write", data={"as": "marak", "text": text}, headers=headers).status_code == 403
    assert text not in page.get("/").text


def test_mistakes_are_told_in_words(page: httpx.Client, brand: Account) -> None:
    for data, words_ in (
        ({"as": "no spaces allowed", "text": "x"}, "letters, digits or underscores"),
        ({"as": "marak", "text": "あ" * 141}, "280 fit"),
        ({"as": "marak", "text": ""}, "words or a picture"),
        ({"as": BRAND, "to": "somebody_cold", "text": "x"}, "no account"),
    ):
        answer = page.post("/write", data=data)
        assert answer.status_code in (404, 422) and words_ in answer.text
    assert page.get("/@nobody_here").status_code == 404
    assert page.get("/page/../store.py").status_code == 404


def test_the_page_learns_of_changes(server: PracticeServer, brand: Account, page: httpx.Client) -> None:
    with page.stream("GET", "/live", timeout=20) as stream:
        lines = stream.iter_lines()
        next(lines)
        server.admin("POST", "/posts", author="marak", text=words("Live"))
        assert any(line == "data: changed" for line in lines)
    part = page.get("/", headers={"X-Part": "feed"}).text
    assert "<html" not in part and "<article" in part
