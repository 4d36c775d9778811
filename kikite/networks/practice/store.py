"""Everything the practice network knows, in one SQLite file.

Write-ahead logging with ordinary synchronisation: what was acknowledged survives a SIGKILL of the process. All work
happens on the event loop's thread; each statement takes microseconds, so no pool and no threads are needed.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
  id INTEGER PRIMARY KEY, handle TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT NOT NULL, bio TEXT NOT NULL DEFAULT '',
  followers INTEGER NOT NULL DEFAULT 0, automated INTEGER NOT NULL DEFAULT 0, at TEXT NOT NULL,
  -- accounts with a token have a feed; `terms` are words that bring a post into it although nobody was addressed
  token TEXT UNIQUE, expired INTEGER NOT NULL DEFAULT 0, brand INTEGER NOT NULL DEFAULT 0,
  terms TEXT NOT NULL DEFAULT '', takes_private INTEGER NOT NULL DEFAULT 1,
  hook_url TEXT NOT NULL DEFAULT '', hook_secret TEXT NOT NULL DEFAULT '', hook_sent INTEGER NOT NULL DEFAULT 0);
-- Public posts and private messages share one table and one sequence of keys; private ones have a conversation.
CREATE TABLE IF NOT EXISTS post (
  id INTEGER PRIMARY KEY, author INTEGER NOT NULL, conversation INTEGER, recipient INTEGER, reply_to INTEGER,
  root INTEGER NOT NULL, text TEXT NOT NULL, lang TEXT NOT NULL, at TEXT NOT NULL, edited_at TEXT, deleted_at TEXT);
CREATE INDEX IF NOT EXISTS post_author ON post (author, id);
CREATE INDEX IF NOT EXISTS post_root ON post (root, id);
CREATE INDEX IF NOT EXISTS post_conversation ON post (conversation, id) WHERE conversation IS NOT NULL;
CREATE INDEX IF NOT EXISTS post_at ON post (at);
CREATE TABLE IF NOT EXISTS conversation (
  id INTEGER PRIMARY KEY, first INTEGER NOT NULL, second INTEGER NOT NULL, UNIQUE (first, second));
CREATE TABLE IF NOT EXISTS media (
  id TEXT PRIMARY KEY, owner INTEGER NOT NULL, post INTEGER, place INTEGER, mime TEXT NOT NULL, alt TEXT NOT NULL,
  width INTEGER, height INTEGER, bytes BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS media_post ON media (post);
CREATE TABLE IF NOT EXISTS liked (post INTEGER, account INTEGER, PRIMARY KEY (post, account)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocked (by INTEGER, account INTEGER, PRIMARY KEY (by, account)) WITHOUT ROWID;
-- A thread that came into an account's feed once keeps coming.
CREATE TABLE IF NOT EXISTS watch (root INTEGER, account INTEGER, PRIMARY KEY (root, account)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, type TEXT NOT NULL, at TEXT NOT NULL, data BLOB);
CREATE INDEX IF NOT EXISTS event_account ON event (account, id);
-- Names that bulk traffic gives its posts, so that a later batch can answer an earlier one.
CREATE TABLE IF NOT EXISTS ref (ref TEXT PRIMARY KEY, post INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS idempotency (account INTEGER, key TEXT, post INTEGER, PRIMARY KEY (account, key));
-- What an app may do for an account (OAuth 2), and the codes that become such permits; times in seconds since 1970.
CREATE TABLE IF NOT EXISTS permit (
  id INTEGER PRIMARY KEY, account INTEGER NOT NULL, app TEXT NOT NULL, scopes TEXT NOT NULL, code TEXT NOT NULL,
  access TEXT NOT NULL UNIQUE, access_until REAL NOT NULL, refresh TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS code (
  code TEXT PRIMARY KEY, accounts TEXT NOT NULL, app TEXT NOT NULL, redirect TEXT NOT NULL, challenge TEXT NOT NULL,
  scopes TEXT NOT NULL, until REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

# Ids are milliseconds since 2024 followed by 12 bits, so that two practice servers do not hand out the same key.
EPOCH_MS = 1_704_067_200_000


def now() -> str:
    return iso(datetime.now(UTC))


def iso(at: datetime) -> str:
    """UTC with milliseconds and a Z: sorts as text, and reads back by `datetime.fromisoformat`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Store:
    """The open file. `base_url` is how the outside reaches this server; it stands in the URLs of media and profiles."""

    def __init__(
        self, path: Path | str, base_url: str = "http://127.0.0.1:8001", *, remember_keys: bool = False
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.remember_keys = remember_keys
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.executescript(SCHEMA)
        self._last_id: int = max(self._greatest("post"), self._greatest("account"), self._greatest("conversation"))
        self._watchers: set[Callable[[], None]] = set()

    def _greatest(self, table: str) -> int:
        return int(self.db.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0])

    def next_id(self) -> int:
        """A key greater than all before it, also after the clock was set back."""
        self._last_id = max(self._last_id + 1, (int(time.time() * 1000) - EPOCH_MS) << 12)
        return self._last_id

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; who watches is told after the commit. Nested uses join the outer one."""
        if self.db.in_transaction:
            yield self.db
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")
        for tell in tuple(self._watchers):
            tell()

    @contextmanager
    def watched(self, tell: Callable[[], None]) -> Iterator[None]:
        """`tell` is called, on the loop's thread, after every commit."""
        self._watchers.add(tell)
        try:
            yield
        finally:
            self._watchers.discard(tell)

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self.db.execute(sql, values).fetchone()
        return found

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self.db.execute(sql, values).fetchall()

    def note(self, name: str) -> str:
        row = self.row("SELECT value FROM note WHERE name = ?", name)
        return row["value"] if row else ""

    def keep_note(self, name: str, value: str) -> None:
        with self.writing() as db:
            db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def close(self) -> None:
        self.db.close()
