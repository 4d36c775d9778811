"""Graph's field expansion: `id,message,comments.filter(stream).limit(5){id,from{name}}`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .refusals import Refusal

_NAME = re.compile(r"[a-z_0-9]+")
_MODIFIER = re.compile(r"\.([a-z_0-9]+)\(([^()]*)\)")


@dataclass
class Wanted:
    name: str
    args: dict[str, str] = field(default_factory=dict)
    fields: list[Wanted] = field(default_factory=list)


def parse(text: str) -> list[Wanted]:
    """Raises Refusal for what Graph would not parse."""
    found, rest = _list(text.strip())
    if rest:
        raise _syntax(rest)
    return found


def _list(text: str) -> tuple[list[Wanted], str]:
    found: list[Wanted] = []
    while text:
        match = _NAME.match(text)
        if match is None:
            raise _syntax(text)
        wanted, text = Wanted(match[0]), text[match.end() :]
        while modifier := _MODIFIER.match(text):
            wanted.args[modifier[1]] = modifier[2]
            text = text[modifier.end() :]
        if text.startswith("{"):
            wanted.fields, text = _list(text[1:])
            if not text.startswith("}"):
                raise _syntax(text)
            text = text[1:]
        found.append(wanted)
        if not text.startswith(","):
            return found, text
        text = text[1:]
    return found, text


def _syntax(rest: str) -> Refusal:
    return Refusal(2500, f'Syntax error "Expected end of string instead of "{rest[:20]}"."')
