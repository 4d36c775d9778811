"""Signing in with a practice server in the browser.

The HTTP client is imported when it is needed, so that the practice server, which lives in this package, need not
carry it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..contract import Account, Departure, Identity


class PracticeSignIn:
    """See `contract.SignIn`. `scopes` are what the page of consent asks for."""

    def __init__(self, scopes: Sequence[str]) -> None:
        self.scopes = tuple(scopes)

    def depart(self, account: Account, *, redirect: str, state: str, verifier: str) -> Departure:
        from . import oauth

        return oauth.depart(account, self.scopes, redirect=redirect, state=state, verifier=verifier)

    def exchange_code(
        self, account: Account, *, code: str, redirect: str, verifier: str, timeout: float = 15.0
    ) -> tuple[Identity, ...]:
        from . import oauth

        return oauth.exchange(account, self.scopes, code=code, redirect=redirect, verifier=verifier, timeout=timeout)
