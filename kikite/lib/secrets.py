"""Encrypting credentials at rest, with keys that can be changed while the product runs.

Pure: the keys are given. The first key encrypts; all of them decrypt. To change keys, put a new one in front,
encrypt again what is kept (`renew`), then take the old one away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class CannotDecrypt(ValueError):
    """None of the encryption keys opens this: it was encrypted with a key that is no longer given."""


class Box:
    """Encrypts and decrypts by a list of Fernet keys (32 bytes in URL-safe base64 each)."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one encryption key is needed")
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, plain: bytes) -> bytes:
        return self._fernet.encrypt(plain)

    def decrypt(self, token: bytes) -> bytes:
        """Raises CannotDecrypt, also for what was never encrypted."""
        try:
            return self._fernet.decrypt(token)
        except InvalidToken as error:
            raise CannotDecrypt(CannotDecrypt.__doc__) from error

    def renew(self, token: bytes) -> bytes:
        """The same content, encrypted with the first key. Raises CannotDecrypt."""
        try:
            return self._fernet.rotate(token)
        except InvalidToken as error:
            raise CannotDecrypt(CannotDecrypt.__doc__) from error

    def seal(self, values: Mapping[str, str]) -> bytes:
        """Named texts (a channel's credentials) as one encrypted value."""
        return self.encrypt(json.dumps(dict(values)).encode())

    def open(self, token: bytes) -> dict[str, str]:
        """What `seal` was given; nothing for an empty token. Raises CannotDecrypt."""
        if not token:
            return {}
        values: dict[str, str] = json.loads(self.decrypt(token))
        return values
