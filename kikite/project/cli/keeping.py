"""`kikite backup` and `kikite restore`: pg_dump's custom format, by the binaries that come with Kikite."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import typer

from kikite.project import embedded, env
from kikite.project.cli import ground
from kikite.project.cli.problems import Problem

MAGIC = b"PGDMP"  # how every custom-format dump starts


def backup(file: Path) -> None:
    """Write the database into `file`, whole or not at all. Raises Problem when pg_dump fails."""
    settings = env.read()
    part = file.with_name(file.name + ".part")
    with ground.database(settings) as url:
        try:
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))  # it holds customers' words
            _run("pg_dump", "--format=custom", "--no-owner", "--verbose", f"--dbname={url}", f"--file={part}")
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        part.replace(file)
    print(f"Wrote {file} ({_size(file)}).")
    print(f"Keep the keys beside it, apart and safe: {_where_keys_are(settings)}. Without them no channel can sign in.")


def restore(file: Path, yes: bool) -> None:
    """Replace the database's content. Raises Problem when the file is no backup, or Kikite runs on the database."""
    with file.open("rb") as opened:
        if opened.read(len(MAGIC)) != MAGIC:
            raise Problem(f"{file} was not written by kikite backup.")
    with ground.database() as url:
        _require_nobody(url)
        if not yes:
            typer.confirm("This replaces everything in the database. Go on?", abort=True)
        _run("psql", url, "-qc", "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        _run(
            "pg_restore",
            "--no-owner",
            "--exit-on-error",
            "--single-transaction",
            "--verbose",
            f"--dbname={url}",
            str(file),
        )
    print("Restored. Run kikite migrate if the backup was made by an older version (kikite serve does so itself).")


def _require_nobody(url: str) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE %s"
        row = connection.execute(query, ["kikite-%"]).fetchone()
    if row and row[0]:
        raise Problem(f"Kikite runs on this database ({row[0]} connections). Stop it first.")


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, showing what it does. Raises Problem with its last words."""
    process = subprocess.Popen([embedded.binary(program), *arguments], stderr=subprocess.PIPE, text=True)
    said = ""
    assert process.stderr is not None
    for line in process.stderr:
        said = line.strip()
        print(said)
    if process.wait() != 0:
        raise Problem(f"{program} failed: {said}")


def _size(file: Path) -> str:
    size = file.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _where_keys_are(settings: env.Environment) -> str:
    if settings.encryption_keys:
        return "KIKITE_ENCRYPTION_KEYS and KIKITE_SECRET_KEY of your environment"
    return f"{settings.data / 'encryption.keys'} and {settings.data / 'secret.key'}"
