"""Graph's error bodies, with the codes, types and sentences of Meta's documentation."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse


class Refusal(Exception):
    def __init__(
        self, code: int, message: str, subcode: int = 0, *, status: int = 400, kind: str = "OAuthException",
        headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.error: dict[str, Any] = {"message": message, "type": kind, "code": code, "fbtrace_id": "AbCdEfGhIjK"}
        if subcode:
            self.error["error_subcode"] = subcode

    def answer(self) -> JSONResponse:
        return JSONResponse({"error": self.error}, self.status, self.headers)


def missing(key: str) -> Refusal:
    sentence = (
        f"Unsupported get request. Object with ID '{key}' does not exist, cannot be loaded due to missing permissions,"
        " or does not support this operation."
    )
    return Refusal(100, sentence, 33, kind="GraphMethodException")


def no_token() -> Refusal:
    return Refusal(104, "An access token is required to request this resource.")


def bad_token() -> Refusal:
    return Refusal(190, "Invalid OAuth access token - Cannot parse access token", status=401)


def expired() -> Refusal:
    return Refusal(190, "Error validating access token: Session has expired.", 463, status=401)


def bad_proof() -> Refusal:
    return Refusal(100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException")


def unknown_field(name: str, node: str) -> Refusal:
    return Refusal(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})")


def bad_param(name: str, why: str = "is not a parameter of this request") -> Refusal:
    return Refusal(100, f"(#100) Param {name} {why}")


def needs(permission: str) -> Refusal:
    return Refusal(200, f"(#200) Requires {permission} permission to manage the object", status=403)


def outside_window(platform: str) -> Refusal:
    if platform == "instagram":
        return Refusal(10, "(#10) This message is sent outside of allowed window.", 2534022)
    return Refusal(10, "(#10) This message is sent outside of allowed window.", 2018278)


def limited(seconds: float) -> Refusal:
    use = '{"call_count":100,"total_cputime":20,"total_time":20}'
    return Refusal(
        4, "(#4) Application request limit reached", status=403,
        headers={"Retry-After": f"{seconds:g}", "X-App-Usage": use},
    )  # fmt: skip
