"""`kikite backup` and `kikite restore`: pg_dump's custom format, by the binaries that come with Kikite."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path
from subprocess import DEVNULL, PIPE

import typer

from kikite.project import embedded, env
from kikite.project.cli import ground
from kikite.project.problems import Problem

CHUNK = 1 << 20
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
        _replace(url, file)
    print("Restored. Run kikite migrate if the backup was made by an older version (kikite serve does so itself).")


def _require_nobody(url: str) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE %s"
        row = connection.execute(query, ["kikite-%"]).fetchone()
    if row and row[0]:
        raise Problem(f"Kikite runs on this database ({row[0]} connections). Stop it first.")


def _replace(url: str, file: Path) -> None:
    """In one transaction: a backup that cannot be restored, whole, leaves everything as it was."""
    empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
    apply = ("-q", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--command={empty}", "--file=-")
    with (
        subprocess.Popen([program("pg_restore"), "--no-owner", "--file=-", file], stdout=PIPE, stderr=PIPE) as reading,
        subprocess.Popen([program("psql"), url, *apply], stdin=PIPE, stdout=DEVNULL, stderr=PIPE) as writing,
    ):
        _pour(reading, writing)
        said = (reading.stderr or io.BytesIO()).read() or (writing.stderr or io.BytesIO()).read()
    if writing.returncode != 0 or reading.returncode != 0:
        raise Problem(f"Nothing was changed; PostgreSQL says: {said.decode(errors='replace').strip()}")


def _pour(reading: subprocess.Popen[bytes], writing: subprocess.Popen[bytes]) -> None:
    """All of one into the other. Half a backup must not reach the commit at the end of psql's input."""
    assert reading.stdout is not None
    assert writing.stdin is not None
    poured = 0
    try:
        while chunk := reading.stdout.read(CHUNK):
            writing.stdin.write(chunk)
            poured += len(chunk)
            print(f"\r{poured / 1e6:.0f} MB", end="", flush=True)
        if reading.wait() != 0:
            writing.kill()
        print()
        writing.stdin.close()
    except BrokenPipeError:  # psql met an error and says it on stderr
        reading.kill()


def program(name: str) -> str:
    """The machine's own program where it has one (it may know TLS), else the one that comes with Kikite."""
    if not env.read().embedded and (found := shutil.which(name)):
        return found
    return str(embedded.binary(name))


def _run(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, showing what it does. Raises Problem with its last words."""
    said = ""
    with subprocess.Popen([program(name), *arguments], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            said = line.strip()
            print(said)
    if process.returncode != 0:
        raise Problem(f"{name} failed: {said}")


def _size(file: Path) -> str:
    size = file.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _where_keys_are(settings: env.Environment) -> str:
    if settings.encryption_keys:
        return "KIKITE_ENCRYPTION_KEYS and KIKITE_SECRET_KEY of your environment"
    return f"{settings.data / 'encryption.keys'} and {settings.data / 'secret.key'}"
