"""The practice network's own pages: what stands on it, for people, and forms to write as anybody."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from . import markup, people, posts
from .answers import Handler, body, number
from .refusal import Refusal
from .store import Store

THREADS = 30  # on one page
LOOKED_AT = 1_000  # newest posts among which a page finds its threads, so that a long history costs nothing
FORM_BYTES = 100_000
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
FILES = {"page.css": "text/css", "page.js": "text/javascript", "mark.svg": "image/svg+xml"}


class Pages:
    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> list[Route]:
        pages = [
            ("/", self.timeline), ("/posts/{key}", self.thread), ("/messages", self.conversations),
            ("/messages/{key}", self.conversation), ("/people", self.everybody), ("/@{handle}", self.profile),
        ]  # fmt: skip
        return [
            *(Route(path, readable(does)) for path, does in pages),
            Route("/write", readable(self.write), methods=["POST"]),
            Route("/posts/{key}/change", readable(self.change), methods=["POST"]),
            Route("/live", self.live),
            Route("/page/{name}", self.file),
        ]

    # --- reading ---

    async def timeline(self, request: Request) -> Response:
        before = number(request, "before", 2**62)
        rows = self.store.rows(
            "SELECT root, max(id) AS newest FROM (SELECT id, root FROM post WHERE conversation IS NULL"
            " AND deleted_at IS NULL AND id < ? ORDER BY id DESC LIMIT ?) GROUP BY root ORDER BY newest DESC LIMIT ?",
            before, LOOKED_AT, THREADS,
        )  # fmt: skip
        shown = "".join(f'<section class="thread">{self._thread(row["root"])}</section>' for row in rows)
        older = f'<a class="older" href="/?before={rows[-1]["newest"]}">Older posts</a>' if len(rows) == THREADS else ""
        empty = '<p class="empty">Nobody has said anything yet. Posts will appear here as they are written.</p>'
        return self._answer(request, "Timeline", (shown or empty) + older)

    async def thread(self, request: Request) -> Response:
        row = posts.get(self.store, request.path_params["key"])
        if row["conversation"] is not None:
            return RedirectResponse(f"/messages/{row['conversation']}#p{row['id']}", 303)
        return self._answer(request, "Post", f'<section class="thread">{self._thread(row["root"])}</section>', row=row)

    async def conversations(self, request: Request) -> Response:
        rows = self.store.rows(
            "SELECT c.*, max(post.id) AS newest FROM conversation c JOIN post ON post.conversation = c.id"
            " WHERE post.deleted_at IS NULL GROUP BY c.id ORDER BY newest DESC LIMIT ?", THREADS,
        )  # fmt: skip
        shown = "".join(self._talk(row, 4) for row in rows)
        empty = '<p class="empty">No private messages yet. Whatever is said to one account alone will appear here.</p>'
        return self._answer(request, "Private messages", shown or empty)

    async def conversation(self, request: Request) -> Response:
        row = self.store.row("SELECT * FROM conversation WHERE id = ?", request.path_params["key"])
        if row is None:
            raise Refusal(404, "gone", "There is no such conversation.")
        return self._answer(request, "Private messages", self._talk(row, 500))

    async def everybody(self, request: Request) -> Response:
        rows = self.store.rows("SELECT * FROM account ORDER BY brand DESC, name LIMIT 500")
        items = "".join(f"<li>{_person(row)}</li>" for row in rows)
        return self._answer(request, "People", f'<ul class="people">{items}</ul>')

    async def profile(self, request: Request) -> Response:
        row = people.get(self.store, request.path_params["handle"])
        said = self.store.rows(
            "SELECT * FROM post WHERE author = ? AND conversation IS NULL AND deleted_at IS NULL"
            " ORDER BY id DESC LIMIT 100", row["id"],
        )  # fmt: skip
        apps = self.store.rows("SELECT DISTINCT app FROM permit WHERE account = ?", row["id"])
        bio = f"<p>{markup.rich(row['bio'])}</p>{_apps(row, [found['app'] for found in apps])}"
        head = f'<section class="profile">{_person(row, heading=True)}{bio}</section>'
        shown = "".join(f'<section class="thread">{self._post(post)}</section>' for post in said)
        empty = '<p class="empty">Has not posted anything yet.</p>'
        return self._answer(request, row["name"], head + (shown or empty), writer=row["handle"])

    def _thread(self, root: int) -> str:
        """A post and everything below it, each reply under what it answers."""
        rows = self.store.rows("SELECT * FROM post WHERE root = ? ORDER BY id", root)
        below: dict[int, list[sqlite3.Row]] = {}
        for row in rows:
            below.setdefault(row["reply_to"] or 0, []).append(row)
        shown, waiting = [], [(row, 0) for row in reversed(below.get(0, []))]
        while waiting:
            row, depth = waiting.pop()
            shown.append(markup.gone(depth) if row["deleted_at"] else self._post(row, depth))
            waiting += [(reply, depth + 1) for reply in reversed(below.get(row["id"], []))]
        return "".join(shown)

    def _talk(self, talk: sqlite3.Row, count: int) -> str:
        one, other = (people.by_id(self.store, talk[side]) for side in ("first", "second"))
        if one["brand"]:
            one, other = other, one
        rows = self.store.rows(
            "SELECT * FROM post WHERE conversation = ? AND deleted_at IS NULL ORDER BY id DESC LIMIT ?",
            talk["id"],
            count,
        )
        said = "".join(self._post(row) for row in reversed(rows))
        return f"""<section class="talk"><h2><a href="/messages/{talk["id"]}">{escape(one["name"])} and
{escape(other["name"])}</a></h2>{said}
<details><summary>Write here</summary><form method="post" action="/write">
<input type="hidden" name="conversation" value="{talk["id"]}">{markup.who(one["handle"])}{markup.words("Your message")}
<button class="secret">Send privately</button></form></details></section>"""

    def _post(self, row: sqlite3.Row, depth: int = 0) -> str:
        likes = self.store.row("SELECT count(*) AS n FROM liked WHERE post = ?", row["id"])
        author = people.by_id(self.store, row["author"])
        return markup.post(row, author, posts.attached(self.store, row["id"]), likes["n"] if likes else 0, depth=depth)

    def _answer(
        self, request: Request, title: str, main: str, *, writer: str = "", row: sqlite3.Row | None = None
    ) -> Response:
        """The page, or for its own script only the part that changes."""
        if request.headers.get("x-part") == "feed":
            return HTMLResponse(main, headers=HEADERS)
        everybody = self.store.rows("SELECT * FROM account ORDER BY brand DESC, id DESC LIMIT 300")
        side = _change_form(row) if row is not None else _write_form(writer, title)
        brands = [account for account in everybody if account["brand"]]
        side += markup.people_list(everybody) + _brands(brands)
        return HTMLResponse(markup.page(title, request.url.path, main, side), headers=HEADERS)

    # --- writing ---

    async def write(self, request: Request) -> Response:
        form = await form_of(self.store, request)
        author = people.ensure(self.store, form.get("as", ""))
        if form.get("conversation") or form.get("to"):
            row = posts.whisper(self.store, author, self._recipient(form, author), form.get("text", ""))
            return RedirectResponse(f"/messages/{row['conversation']}#p{row['id']}", 303)
        row = posts.publish(self.store, author, form.get("text", ""), reply_to=form.get("reply_to", ""))
        return RedirectResponse(f"/#p{row['id']}", 303)

    def _recipient(self, form: dict[str, str], author: sqlite3.Row) -> sqlite3.Row:
        if "conversation" not in form:
            return people.get(self.store, form["to"])
        talk = self.store.row("SELECT * FROM conversation WHERE id = ?", form["conversation"])
        if talk is None or author["id"] not in (talk["first"], talk["second"]):
            raise Refusal(403, "forbidden", f"@{author['handle']} has no part in this conversation.")
        return people.by_id(self.store, talk["second"] if talk["first"] == author["id"] else talk["first"])

    async def change(self, request: Request) -> Response:
        form = await form_of(self.store, request)
        row = posts.get(self.store, request.path_params["key"])
        if form.get("do") == "delete":
            posts.delete(self.store, row)
            return RedirectResponse("/", 303)
        posts.edit(self.store, row, form.get("text", ""))
        return RedirectResponse(f"/posts/{row['id']}", 303)

    # --- what the page's script needs ---

    async def live(self, request: Request) -> Response:
        return StreamingResponse(self._ticks(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _ticks(self) -> AsyncIterator[bytes]:
        """A word whenever something changed, at most one a second."""
        fresh = asyncio.Event()
        with self.store.watched(fresh.set):
            yield b"retry: 1000\n\n"
            while True:
                try:
                    async with asyncio.timeout(15):
                        await fresh.wait()
                    fresh.clear()
                    yield b"data: changed\n\n"
                except TimeoutError:
                    yield b": here\n\n"
                await asyncio.sleep(1)

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            return Response("Not found", 404)
        content = (Path(__file__).parent / "page" / name).read_bytes()
        return Response(content, media_type=FILES[name], headers={"Cache-Control": "no-cache"})


async def form_of(store: Store, request: Request) -> dict[str, str]:
    """The form's fields. Raises Refusal 403 for what another site submits, also by a name that leads here."""
    origin, host = request.headers.get("origin", ""), request.headers.get("host", "")
    ours = {urlsplit(store.base_url).hostname, "localhost", "127.0.0.1", "::1"}
    if urlsplit(f"//{host}").hostname not in ours or (origin and urlsplit(origin).netloc != host):
        raise Refusal(403, "forbidden", "This form was sent from another site.")
    fields = parse_qs((await body(request, FORM_BYTES)).decode("utf-8", "replace"), max_num_fields=100)
    return {name: values[0].replace("\r\n", "\n").strip() for name, values in fields.items()}


def readable(does: Handler) -> Handler:
    """A refusal as a page for people."""

    async def handled(request: Request) -> Response:
        try:
            return await does(request)
        except Refusal as refusal:
            main = f'<p class="empty">{escape(refusal.sentence)} <a href="/">Back to the timeline</a></p>'
            return HTMLResponse(markup.page("Sorry", "", main, "", live=False), refusal.status, headers=HEADERS)

    return handled


def _write_form(writer: str, title: str) -> str:
    private = title == "Private messages"
    to = '<label class="who"><span>To</span><input name="to" list="people" required value="TsubameAir"></label>'
    label, button = ("Your message", "Send privately") if private else ("Your post", "Post")
    return f"""<section class="write" id="write"><h2>{"Write privately" if private else "Post"}</h2>
<form method="post" action="/write">{markup.who(writer)}{to if private else ""}{markup.words(label)}
<button{' class="secret"' if private else ""}>{button}</button></form></section>"""


def _change_form(row: sqlite3.Row) -> str:
    return f"""<section class="write" id="write"><h2>Change this post</h2>
<form method="post" action="/posts/{row["id"]}/change">
<label class="words"><span class="unseen">Its words</span>
<textarea name="text" rows="4" required>{escape(row["text"])}</textarea></label>
<div class="both"><button name="do" value="edit">Save</button>
<button class="quiet" name="do" value="delete">Delete the post</button></div></form></section>"""


def _apps(row: sqlite3.Row, names: list[str]) -> str:
    """The apps that may act for an account, and the owner's way to end it."""
    if not names:
        return ""
    return f"""<form class="apps" method="post" action="/permits/{escape(row["handle"])}">
<p>{escape(", ".join(names))} may act for this account.</p><button class="quiet">Take this back</button></form>"""


def _brands(rows: list[sqlite3.Row]) -> str:
    items = "".join(f"<li>{_person(row)}</li>" for row in rows[:5])
    return f'<section><h2>Brands here</h2><ul class="people">{items}</ul></section>' if items else ""


def _person(row: sqlite3.Row, *, heading: bool = False) -> str:
    tag = "h1" if heading else "b"
    followers = f" · {row['followers']:,} followers" if row["followers"] else ""
    return f"""<a class="person" href="/@{escape(row["handle"])}">{markup.face(row)}
<span><{tag}>{escape(row["name"])}</{tag}><small>@{escape(row["handle"])}{followers}</small></span></a>"""
