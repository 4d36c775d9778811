"""The browser that journeys and screenshots use: Debian's Chromium, or Playwright's own where that is installed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

_DEBIAN = os.environ.get("KIKITE_CHROMIUM", "/usr/bin/chromium")

OPTIONS: dict[str, Any] = {
    "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--font-render-hinting=none"],
} | ({"executable_path": _DEBIAN} if Path(_DEBIAN).exists() else {})  # fmt: skip
