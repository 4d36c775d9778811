"""The checks, found in the folder `rules`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from . import rules
from .frame import Check


@cache
def checks() -> tuple[Check, ...]:
    """All of them, in the order of their files' names."""
    names = sorted(module.name for module in iter_modules(rules.__path__) if not module.name.startswith("_"))
    found = tuple(import_module(f"{rules.__name__}.{name}").CHECK for name in names)
    assert len({check.name for check in found}) == len(found), "two checks have one name"
    return found
