"""A mail server of our own: takes what it is given, or refuses everything."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage


class Mailbox:
    """Listens on a port of this machine until it is closed; `refuses` answers every sender with an error."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuses = False
        box = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 here\r\n")
                for line in self.rfile:
                    verb = line[:4].upper()
                    if verb == b"DATA":
                        self._take()
                    elif verb == b"MAIL" and box.refuses:
                        self.wfile.write(b"451 not now\r\n")
                    else:
                        self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")

            def _take(self) -> None:
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                letter = message_from_bytes(b"".join(lines), policy=policy.default)
                assert isinstance(letter, EmailMessage)
                box.letters.append(letter)
                self.wfile.write(b"250 kept\r\n")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._server.server_address[1]}?tls=no"

    def subjects(self) -> list[str]:
        return [str(letter["subject"]) for letter in self.letters]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
