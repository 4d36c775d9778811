"""The practice network's own pages as HTML. Every value goes through `escape`; nothing else may put in words."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from html import escape

from .feed import MENTION

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]、。」』）]")
_KANA = re.compile("[\u3040-\u30ff]")
DEEPEST = 3  # replies to replies are indented up to here


def page(title: str, here: str, main: str, side: str, *, live: bool = True) -> str:
    """A whole page. `live`: its main part is fetched again whenever something happens; never where somebody chooses."""
    links = "".join(
        f'<a href="{href}"{" aria-current=page" if href == here else ""}>{label}</a>'
        for href, label in (("/", "Timeline"), ("/messages", "Private messages"), ("/people", "People"))
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · Practice network</title>
<link rel="icon" href="/page/mark.svg">
<link rel="stylesheet" href="/page/page.css">
<script type="module" src="/page/page.js"></script>
</head>
<body>
<header class="top"><a class="brand" href="/"><img src="/page/mark.svg" alt="">Practice network</a>
<nav aria-label="Pages">{links}</nav><a class="to-write" href="#write">Write</a></header>
<main>
<button class="fresh" id="fresh" hidden></button>
<div id="feed"{" data-live" if live else ""}>{main}</div>
</main>
<aside>{side}
<p class="about">Everything here is practice: no person and no company is real, and nothing leaves this machine.</p>
</aside>
</body>
</html>
"""


def post(row: sqlite3.Row, author: sqlite3.Row, media: Iterable[sqlite3.Row], likes: int, *, depth: int = 0) -> str:
    """One post or private message. `depth` is how far it is indented."""
    kind = " ours" if author["brand"] else ""
    kind += " private" if row["conversation"] is not None else ""
    said = "said by the brand" if author["brand"] else ""
    liked = f'<span class="likes">♥ {likes}<span class="unseen"> likes</span></span>' if likes else ""
    return f"""<article id="p{row["id"]}" class="post depth{min(depth, DEEPEST)}{kind}" data-id="{row["id"]}">
<a class="face" href="/@{escape(author["handle"])}" tabindex="-1" aria-hidden="true">{face(author)}</a>
<div><header><a class="name" href="/@{escape(author["handle"])}">{escape(author["name"])}</a>
<span class="handle">@{escape(author["handle"])}</span><span class="unseen">{said}</span>
<a class="when" href="/posts/{row["id"]}">{moment(row["at"])}</a>{_edited(row)}</header>
<div class="text"{language(row)}>{rich(row["text"])}</div>{"".join(map(picture, media))}
<footer>{_lock(row)}{liked}{_reply(row) if row["conversation"] is None else ""}</footer></div>
</article>"""


def gone(depth: int = 0) -> str:
    return f'<article class="post gone depth{min(depth, DEEPEST)}"><p>This post was deleted.</p></article>'


def _edited(row: sqlite3.Row) -> str:
    return '<span class="edited">edited</span>' if row["edited_at"] else ""


def _lock(row: sqlite3.Row) -> str:
    return '<span class="how">private</span>' if row["conversation"] is not None else ""


def _reply(row: sqlite3.Row) -> str:
    return f"""<details><summary>Reply</summary>
<form method="post" action="/write"><input type="hidden" name="reply_to" value="{row["id"]}">
{who()}{words("Your reply")}<button>Reply</button></form></details>"""


def who(chosen: str = "", label: str = "As") -> str:
    """The field that says who is writing: anybody who is here, or a new name."""
    return (
        f'<label class="who"><span>{label}</span><input name="as" list="people" required maxlength="31"'
        f' pattern="@?[A-Za-z0-9_]{{1,30}}" title="Letters, digits and underscores" value="{escape(chosen)}"'
        ' placeholder="a handle, known or new" autocomplete="off" autocapitalize="none" spellcheck="false"></label>'
    )


def words(label: str) -> str:
    area = '<textarea name="text" rows="3" required></textarea>'
    return f'<label class="words"><span class="unseen">{label}</span>{area}</label>'


def people_list(rows: Iterable[sqlite3.Row]) -> str:
    options = "".join(f'<option value="{escape(row["handle"])}">{escape(row["name"])}</option>' for row in rows)
    return f'<datalist id="people">{options}</datalist>'


def face(author: sqlite3.Row) -> str:
    return f'<img src="/avatars/{escape(author["handle"])}.svg" alt="" width="40" height="40" loading="lazy">'


def moment(at: str) -> str:
    """A time; the page's script says it in the reader's own zone and keeps it fresh."""
    return f'<time datetime="{escape(at)}">{escape(at[:16].replace("T", " "))} UTC</time>'


def language(row: sqlite3.Row) -> str:
    lang = row["lang"] or ("ja" if _KANA.search(row["text"]) else "")
    return f' lang="{escape(lang)}"' if lang else ""


def picture(row: sqlite3.Row) -> str:
    size = f' width="{row["width"]}" height="{row["height"]}"' if row["width"] and row["height"] else ""
    return f'<img class="shot" src="/media/{escape(row["id"])}" alt="{escape(row["alt"])}"{size} loading="lazy">'


def rich(text: str) -> str:
    """Text with its links and @names to be clicked, and its line breaks kept."""
    parts, end = [], 0
    for link in _LINK.finditer(text):
        url = escape(link[0])
        parts += [_named(text[end : link.start()]), f'<a href="{url}" rel="nofollow noopener noreferrer">{url}</a>']
        end = link.end()
    return "".join([*parts, _named(text[end:])]).replace("\n", "<br>")


def _named(text: str) -> str:
    parts, end = [], 0
    for name in MENTION.finditer(text):
        parts += [escape(text[end : name.start()]), f'<a href="/@{name[1]}">@{name[1]}</a>']
        end = name.end()
    return "".join([*parts, escape(text[end:])])
