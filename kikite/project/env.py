"""Settings by environment: what there is, what it means, and whether it is right.

Every wrong variable is told at once, with what to do. No Django here: the supervisor reads it too.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class WrongSettings(Exception):
    """Some environment variables are missing or wrong; `problems` says which and how to mend each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


# --- how one value is read --------------------------------------------------------------------------------------


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a whole address such as https://care.example.com")
    if parts.path.strip("/") or parts.query:
        raise ValueError("must not have a path: Kikite wants a host name of its own")
    return text.rstrip("/")


def _database(text: str) -> str:
    if text and urlsplit(text).scheme not in ("postgres", "postgresql"):
        raise ValueError("must look like postgresql://user:password@host:5432/name (Kikite knows PostgreSQL only)")
    return text


def _smtp(text: str) -> str:
    if not text:
        return text
    parts = urlsplit(text)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must look like smtp://user:password@mail.example.com:587 (smtps:// for TLS from the start)")
    if parts.path.strip("/") or dict(parse_qsl(parts.query)).keys() - {"tls"}:
        raise ValueError("knows nothing after the host but ?tls=no")
    _ = parts.port  # raises ValueError for what is no port
    return text


def _sender(text: str) -> str:
    address = parseaddr(text)[1]
    if text and ("@" not in address or "\n" in text):
        raise ValueError("must be an e-mail address, such as Kikite <kikite@example.com>")
    return text


def _flag(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError("must be yes or no")
    return words[text.lower()]


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return read


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _secret(text: str) -> str:
    if text and len(text) < 32:
        raise ValueError("must have 32 characters or more; make one with: openssl rand -base64 48")
    return text


def _encryption_keys(text: str) -> tuple[str, ...]:
    keys = _list(text)
    for number, key in enumerate(keys, 1):
        if not _is_fernet_key(key):
            raise ValueError(
                f"has a wrong key at place {number}: each is 32 random bytes in URL-safe base64; "
                "make one with: openssl rand -base64 32 | tr '+/' '-_'"
            )
    return keys


def _is_fernet_key(key: str) -> bool:
    try:
        return len(urlsafe_b64decode(key)) == 32
    except ValueError:
        return False


def _variable(name: str, default: str, read: Callable[[str], Any], help: str) -> Any:
    return field(metadata={"name": name, "default": default, "read": read, "help": help})


# --- what there is ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Environment:
    """Kikite's settings. The table in docs/operating.md is drawn from these fields."""

    data: Path = _variable(
        "KIKITE_DATA",
        "data",
        lambda text: Path(text).expanduser().absolute(),
        "The data folder: the embedded database, generated keys, logs. Back it up, keep others out.",
    )
    database_url: str = _variable(
        "DATABASE_URL",
        "",
        _database,
        "Any PostgreSQL 16 or newer. Empty: the embedded PostgreSQL in the data folder.",
    )
    database_pool: int = _variable(
        "KIKITE_DATABASE_POOL",
        "10",
        _whole(0, 200),
        "The most connections that one web process keeps open. 0: none are kept.",
    )
    url: str = _variable(
        "KIKITE_URL",
        "http://127.0.0.1:8000",
        _url,
        "Where people and networks reach Kikite. With https, cookies are sent over https only.",
    )
    allowed_hosts: tuple[str, ...] = _variable(
        "KIKITE_ALLOWED_HOSTS",
        "",
        _list,
        "Further host names under which Kikite answers, separated by commas.",
    )
    behind_proxy: bool = _variable(
        "KIKITE_BEHIND_PROXY",
        "no",
        _flag,
        "yes when a reverse proxy stands in front and sets X-Forwarded-Proto itself.",
    )
    secret_key: str = _variable(
        "KIKITE_SECRET_KEY",
        "",
        _secret,
        "Signs sessions. Generated into the data folder when the database is embedded, otherwise needed.",
    )
    encryption_keys: tuple[str, ...] = _variable(
        "KIKITE_ENCRYPTION_KEYS",
        "",
        _encryption_keys,
        "Encrypt the channels' credentials, separated by commas: the first encrypts, all decrypt. "
        "Generated into the data folder when the database is embedded, otherwise needed.",
    )
    language: str = _variable("KIKITE_LANGUAGE", "en", _one_of("en", "ja"), "The language before anybody chose one.")
    practice_url: str = _variable(
        "KIKITE_PRACTICE_URL",
        "http://127.0.0.1:8001",
        _url,
        "Where the practice network runs.",
    )
    practice_token: str = _variable(
        "KIKITE_PRACTICE_ADMIN_TOKEN",
        "",
        _secret,
        "Lets kikite replay and the demo act on the practice network. Generated into the data folder when empty.",
    )
    keep_raw_hours: int = _variable(
        "KIKITE_KEEP_RAW_HOURS",
        "72",
        _whole(1, 100_000),
        "For how many hours the raw body of a delivery is kept after it was read. Set-aside ones are kept for ever.",
    )
    senders: int = _variable(
        "KIKITE_SENDERS", "4", _whole(1, 64), "How many replies one worker sends at the same time."
    )
    send_timeout: int = _variable(
        "KIKITE_SEND_TIMEOUT",
        "15",
        _whole(1, 300),
        "Seconds until a request to a network is given up. Only then is a reply without an answer looked up.",
    )
    smtp: str = _variable(
        "KIKITE_SMTP",
        "",
        _smtp,
        "The mail server that tells admins when a channel needs them, as smtp://user:password@host:587: STARTTLS "
        "(?tls=no without it), or smtps://. Empty: nobody is told by e-mail.",
    )
    mail_from: str = _variable(
        "KIKITE_MAIL_FROM", "", _sender, "Whom those e-mails come from. Needed with KIKITE_SMTP."
    )
    log_level: str = _variable(
        "KIKITE_LOG_LEVEL",
        "info",
        _one_of("debug", "info", "warning", "error"),
        "How much is logged. No level logs credentials or what customers wrote.",
    )
    debug: bool = _variable("KIKITE_DEBUG", "no", _flag, "yes shows Django's error pages. Never on a public address.")

    @property
    def embedded(self) -> bool:
        return not self.database_url


def read(environ: Mapping[str, str] | None = None) -> Environment:
    """The settings of this process. Raises WrongSettings with everything that is wrong."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    problems: list[str] = []
    for setting in fields(Environment):
        meta = setting.metadata
        text = environ.get(meta["name"], "").strip() or meta["default"]
        try:
            values[setting.name] = meta["read"](text)
        except ValueError as error:
            problems.append(f"{meta['name']} {error}.")
    if values.get("smtp") and values.get("mail_from") == "":
        problems.append("KIKITE_MAIL_FROM is needed with KIKITE_SMTP: an address that your mail server may send from.")
    if problems:
        raise WrongSettings(problems)
    return Environment(**values)


# --- keys -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs sessions and what encrypts credentials."""

    secret: str
    encryption: tuple[str, ...]


def keys(env: Environment) -> Keys:
    """The keys that were given; with the embedded database the missing ones are kept in the data folder."""
    if not env.embedded and not (env.secret_key and env.encryption_keys):
        raise WrongSettings(_missing_keys(env))
    secret = env.secret_key or _kept(env.data / "secret.key", lambda: secrets.token_urlsafe(48))
    encryption = env.encryption_keys or _list(_kept(env.data / "encryption.keys", new_encryption_key))
    return Keys(secret, encryption)


def practice_token(env: Environment) -> str:
    """What the practice network and those who act on it share."""
    return env.practice_token or _kept(env.data / "practice.token", lambda: secrets.token_urlsafe(32))


def new_encryption_key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _missing_keys(env: Environment) -> list[str]:
    missing = []
    if not env.secret_key:
        missing.append("KIKITE_SECRET_KEY is needed with DATABASE_URL. Make one with: openssl rand -base64 48")
    if not env.encryption_keys:
        missing.append(
            "KIKITE_ENCRYPTION_KEYS is needed with DATABASE_URL. Make one with: openssl rand -base64 32 | tr '+/' '-_'"
        )
    return missing


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The key in a file of mode 0600, made at the first start; two processes at once end with the same one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        with contextlib.suppress(FileExistsError):  # another process was first; its key counts
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()
