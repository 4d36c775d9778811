from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from kikite.project.settings import database

from .running import environ

SHOWN = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")


def settings_with(data: Path, **more: str) -> dict[str, object]:
    """The settings of a fresh process."""
    code = f"import json, kikite.project.settings as s; print(json.dumps([getattr(s, n) for n in {SHOWN}]))"
    said = subprocess.run([sys.executable, "-c", code], env=environ(data, **more), capture_output=True, check=True)
    return dict(zip(SHOWN, json.loads(said.stdout), strict=True))


def test_https_makes_cookies_secure(tmp_path: Path) -> None:
    found = settings_with(tmp_path, KIKITE_URL="https://care.example.org", KIKITE_ALLOWED_HOSTS="desk.internal, other")
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"] and found["SECURE_HSTS_SECONDS"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://care.example.org"]
    assert set(found["ALLOWED_HOSTS"]) >= {"care.example.org", "desk.internal", "other"}  # type: ignore[call-overload]


def test_http_on_a_laptop_works_without(tmp_path: Path) -> None:
    found = settings_with(tmp_path)
    assert not found["SESSION_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"] == 0


@pytest.mark.django_db
def test_pages_allow_nothing_inline_and_no_frames() -> None:
    answer = Client().get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_database_address_in_django_words() -> None:
    found = database("postgresql://me:p%40ss@db.example:6432/care%20desk?sslmode=require&keepalives_idle=30")
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("me", "p@ss", "care desk")
    assert (found["HOST"], found["PORT"]) == ("db.example", "6432")
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["OPTIONS"]["keepalives_idle"] == "30"
    assert found["OPTIONS"]["application_name"].startswith("kikite-")


def test_a_database_on_a_socket() -> None:
    found = database("postgresql://kikite@/kikite?host=/var/run/pg&port=5432")
    assert (found["HOST"], found["PORT"], found["USER"]) == ("/var/run/pg", "5432", "kikite")
