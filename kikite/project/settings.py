"""Django's settings, drawn from the environment (`env.py`)."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.csp import CSP

from kikite.project import demo, embedded, env
from kikite.project.installed import APPS

ENV = env.read()
KEYS = env.keys(ENV)
ROLE = os.environ.get("KIKITE_ROLE", "command")  # "web" and "worker" are set by the command line
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = KEYS.secret
ENCRYPTION_KEYS = KEYS.encryption
DEBUG = ENV.debug
ROOT_URLCONF = "kikite.project.urls"
ASGI_APPLICATION = "kikite.project.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.Agent"
PUBLIC_URL = ENV.url
PRACTICE_URL = ENV.practice_url
# The sign-in page of a desk that only this machine reaches says who may try the practice airline.
PRACTICE = partial(demo.seeded, ENV.data) if urlsplit(ENV.url).hostname in ("127.0.0.1", "localhost") else None
DATA = ENV.data
KEEP_RAW_HOURS = ENV.keep_raw_hours
SENDERS = ENV.senders
SEND_TIMEOUT = ENV.send_timeout

INSTALLED_APPS = list(APPS)

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "kikite.project.middleware.InOneThread",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- the database -----------------------------------------------------------------------------------------------


def database(url: str) -> dict[str, Any]:
    """Django's words for a postgresql:// address; what stands after its ? goes to libpq."""
    parts = urlsplit(url)
    options: dict[str, Any] = {
        "application_name": f"kikite-{ROLE}",
        "connect_timeout": 10,
        "keepalives_idle": 10,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }
    given = dict(parse_qsl(parts.query))
    host = given.pop("host", "") or parts.hostname or ""
    port = given.pop("port", "") or str(parts.port or "")
    if ROLE == "web" and ENV.database_pool:
        options["pool"] = {"min_size": 2, "max_size": ENV.database_pool, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 0 if "pool" in options else 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options | given,
    }


DATABASES = {"default": database(ENV.database_url or embedded.cluster(ENV.data).url)}

# --- e-mail -----------------------------------------------------------------------------------------------------


def mailer(url: str) -> dict[str, Any]:
    """Django's words for an smtp:// or smtps:// address; without one, what is sent goes nowhere."""
    if not url:
        return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(url)
    at_once = parts.scheme == "smtps"
    options = {
        "host": parts.hostname,
        "port": parts.port or (465 if at_once else 587),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": at_once,
        "use_tls": not at_once and dict(parse_qsl(parts.query)).get("tls") != "no",
        "timeout": 15,
    }
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


MAILERS = {"default": mailer(ENV.smtp)}
MAILS = bool(ENV.smtp)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.mail_from or "kikite@localhost"

# --- languages and time -----------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = ENV.language
LANGUAGES = [("en", "English"), ("ja", "日本語")]
LOCALE_PATHS = [PACKAGE / "locale"]

# --- safety -----------------------------------------------------------------------------------------------------

_HOST = urlsplit(ENV.url).hostname or ""
_HTTPS = ENV.url.startswith("https://")
ALLOWED_HOSTS = [_HOST, "localhost", "127.0.0.1", "[::1]", *ENV.allowed_hosts]
CSRF_TRUSTED_ORIGINS = [ENV.url]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.behind_proxy else None
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "connect-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- static files -----------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing is uploaded into files
    "staticfiles": {"BACKEND": "kikite.project.static.Storage"},
}

# --- logging ----------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        "kikite": {"level": ENV.log_level.upper()},
        "procrastinate": {"level": "WARNING"},
    },
}
