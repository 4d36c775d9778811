"""How the practice network says no."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """The request is refused with this status; `code` is for programs, the sentence for people."""

    def __init__(self, status: int, code: str, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.headers = dict(headers or {})
