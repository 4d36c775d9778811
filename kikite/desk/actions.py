"""What can be done by a key: the sheet of keys, the palette of commands and the keys themselves draw on this list.

A new action is one entry here when it presses a button that the page shows; any other also says what it does in
`js/actions.js`, by its id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Group(StrEnum):
    """Where the sheet of keys shows an action."""

    LISTS = "lists"
    CASE = "case"
    WRITING = "writing"

    @property
    def label(self) -> Promise:
        return {"lists": _("Lists"), "case": _("Case"), "writing": _("While writing")}[self.value]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `keys` are written as on the sheet: "j", "g q" (one after the other), "u|Esc" (either),
    "Ctrl+Enter" (together). `press` is the selector of the button that does it, where one does."""

    id: str
    words: Promise
    keys: str
    group: Group
    press: str = ""

    def shown(self) -> list[str]:
        """The keys, one by one."""
        return self.keys.replace("|", " ").replace("+", " ").split()


ACTIONS = (
    Action("palette", _("Find a command"), "Ctrl+k", Group.LISTS),
    Action("next", _("Next case"), "j", Group.LISTS),
    Action("previous", _("Previous case"), "k", Group.LISTS),
    Action("enter", _("Open the case"), "Enter", Group.LISTS),
    Action("back", _("Back to the list"), "u|Esc", Group.LISTS),
    Action("queue", _("Go to the queue"), "g q", Group.LISTS, ".nav [data-shelf='queue']"),
    Action("unassigned", _("Go to unassigned"), "g u", Group.LISTS, ".nav [data-shelf='unassigned']"),
    Action("mine", _("Go to mine"), "g m", Group.LISTS, ".nav [data-shelf='mine']"),
    Action("all", _("Go to all"), "g a", Group.LISTS, ".nav [data-shelf='all']"),
    Action("choose", _("Choose cases to act on together"), "x", Group.LISTS, ".list [data-choose='begin']"),
    Action("keys", _("Keys"), "?", Group.LISTS, ".nav [data-keys]"),
    Action("reply", _("Reply publicly"), "r", Group.CASE),
    Action("private", _("Send privately"), "p", Group.CASE),
    Action("note", _("Write a note"), "n", Group.CASE),
    Action("take", _("Take the case"), "a", Group.CASE, "[data-act='take']"),
    Action("snooze", _("Snooze"), "s", Group.CASE, "[data-act='wake'], [data-act='snooze']"),
    Action("resolve", _("Resolve, reopen"), "e", Group.CASE, "[data-act='resolve']"),
    Action("undo", _("Undo what was just done"), "z", Group.CASE),
    Action("customer", _("Show or hide the customer"), "i", Group.CASE),
    Action("send", _("Send what is written"), "Ctrl+Enter", Group.WRITING),
    Action("finding", _("Next thing to look at in the draft"), "Alt+.", Group.WRITING),
    Action("mend", _("Mend it as proposed"), "Alt+Enter", Group.WRITING),
    Action("leave", _("Let it be"), "Alt+Backspace", Group.WRITING),
    Action("word", _("It is a word of ours"), "Alt+k", Group.WRITING),
)


def sheet() -> list[tuple[Group, list[Action]]]:
    """The actions as the sheet of keys shows them."""
    return [(group, list(found)) for group, found in groupby(ACTIONS, lambda one: one.group)]


@cache
def told(language: str) -> list[dict[str, str]]:
    """The actions as `js/actions.js` reads them; the same for everybody who reads that language, which is active."""
    return [_told(one) for one in _outside(ACTIONS)]


def _outside(actions: Iterable[Action]) -> Iterable[Action]:
    """Not those that the composer's own scripts do while one writes."""
    return (one for one in actions if one.group is not Group.WRITING)


def _told(one: Action) -> dict[str, str]:
    return {"id": one.id, "words": str(one.words), "keys": one.keys, "press": one.press}
