"""Runs the server: `python -m tests.servers.x FOLDER PORT`, its admin's token in X_ADMIN_TOKEN."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import uvicorn

from tests.servers.strict import described

from .serving import application


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument(
        "--limits", action="store_true", help="hold the rate limits as they are on X, instead of wide ones"
    )
    parser.add_argument("--keep-alive", type=float, default=20.0, help="seconds between a quiet stream's empty lines")
    options = parser.parse_args()
    description = described("x-api-v2")
    if description is None:
        sys.stderr.write("X's API DESCRIPTION IS NOT THERE: nothing is checked against it\n")
    app = application(
        options.folder, f"http://127.0.0.1:{options.port}", description, admin_token=os.environ["X_ADMIN_TOKEN"],
        limits=options.limits, keep_alive=options.keep_alive,
    )  # fmt: skip
    uvicorn.run(
        app, host="127.0.0.1", port=options.port, access_log=False, log_level="warning", date_header=False, ws="none",
        timeout_graceful_shutdown=1,
    )  # fmt: skip


if __name__ == "__main__":
    main()
