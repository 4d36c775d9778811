"""`python -m tests.servers.meta FOLDER PORT`"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from .app import Server


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    app = Server(folder, f"http://127.0.0.1:{port}").app()
    # The date is the server's own, whose clock the admin moves.
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning", date_header=False)


if __name__ == "__main__":
    main()
