"""A person who signs in with a practice server in a browser, as far as its page of consent goes."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx


def consent(
    url: str, *accounts: str, scopes: tuple[str, ...] = ("write", "messages"), allow: bool = True
) -> dict[str, str]:
    """Press the button on the page of consent; what the network sends back to the app with them."""
    shown = httpx.get(url)
    assert shown.status_code == 200, shown.text
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    form = query | {f"account-{handle}": "yes" for handle in accounts} | {f"scope-{name}": "yes" for name in scopes}
    answer = httpx.post(url.partition("?")[0], data=form | {"do": "allow" if allow else "deny"})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(query["redirect_uri"])
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
