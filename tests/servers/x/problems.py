"""How X says no: `application/problem+json`, by RFC 9457.

Some of X's answers have a `type` that its own description does not list; `UNDESCRIBED` are those that X's documentation
or its real answers show.
"""

from __future__ import annotations

from typing import Any

PROBLEMS = "https://api.x.com/2/problems/"
UNDESCRIBED = frozenset(
    {
        "about:blank",
        f"{PROBLEMS}unsupported-authentication",
        f"{PROBLEMS}streaming-connection",
        f"{PROBLEMS}duplicate-rules",
    }
)


class Problem(Exception):
    """The request is refused with this status."""

    def __init__(self, status: int, title: str, detail: str, kind: str = "about:blank", **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.headers: dict[str, str] = {}
        self.data: dict[str, Any] = {"title": title, "detail": detail, "type": kind, "status": status, **more}

    @classmethod
    def invalid(cls, why: str, parameter: str = "", value: str = "") -> Problem:
        errors = [{"parameters": {parameter: [value]} if parameter else {}, "message": why}]
        said = "One or more parameters to your request was invalid."
        return cls(400, "Invalid Request", said, f"{PROBLEMS}invalid-request", errors=errors)

    @classmethod
    def unauthorised(cls) -> Problem:
        return cls(401, "Unauthorized", "Unauthorized")

    @classmethod
    def forbidden(cls, why: str) -> Problem:
        return cls(403, "Forbidden", why)

    @classmethod
    def not_found(cls, what: str, parameter: str, value: str) -> Problem:
        return cls(404, "Not Found Error", **missing(what, parameter, value))

    @classmethod
    def wrong_way(cls, given: str, allowed: list[str]) -> Problem:
        said = f"Authenticating with {given} is forbidden for this endpoint.  Supported authentication types are"
        said = f"{said} [{', '.join(allowed)}]."
        return cls(403, "Unsupported Authentication", said, f"{PROBLEMS}unsupported-authentication")


def missing(what: str, parameter: str, value: str) -> dict[str, Any]:
    """What a problem says of a thing that is not there; the same inside the `errors` of an answer that succeeded."""
    return {
        "detail": f"Could not find {what} with {parameter}: [{value}].",
        "kind": f"{PROBLEMS}resource-not-found",
        "resource_type": what,
        "parameter": parameter,
        "resource_id": value,
        "value": value,
    }


def partial(what: str, parameter: str, value: str) -> dict[str, Any]:
    """One of the `errors` in an answer that otherwise succeeded."""
    told = missing(what, parameter, value)
    return {"title": "Not Found Error", "type": told.pop("kind"), **told}
