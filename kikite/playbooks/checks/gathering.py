"""What the checks are given, read from the database: three queries, and a fourth for a draft with links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kikite.accounts.models import Agent, Brand
from kikite.cases.models import Attachment, Case, Message
from kikite.playbooks import links
from kikite.playbooks.voice import spoken
from kikite.playbooks.voice_models import Voice

from .frame import Context, Draft, File, Finding, Said
from .running import findings
from .wording import LINK, language

BACK = 60  # messages; more than a case of care has


def draft(case: Case, by: Agent, text: str, *, private: bool) -> Draft:
    """The draft of an agent with its files, in the language that it seems to be in."""
    files = Attachment.objects.filter(case=case, agent=by, part=None).order_by("position", "pk")
    kept = tuple(File(*row) for row in files.values_list("name", "kind", "alt"))
    signs = case.brand.sign_offs != Brand.SignOffs.NEVER
    tongue = language(text, likely="ja" if by.language == "ja" else "en")
    return Draft(text, private, tongue, kept, by.signature() if signs else "")


def context(case: Case, written: Draft) -> Context:
    """What the desk knows of the case."""
    rows = Message.objects.filter(case=case, deleted_at=None).order_by("-posted_at", "-id")
    messages = list(rows.values_list("direction", "text", "visibility", "profile__name", "profile__handle")[:BACK])[
        ::-1
    ]
    theirs = [row for row in messages if row[0] == Message.Direction.IN]
    voice = Voice.objects.filter(brand=case.brand_id, language=written.language).first()
    return Context(
        customer=_said(theirs),
        ours=_said(row for row in messages if row[0] == Message.Direction.OUT),
        waiting=_said(_waiting(messages)),
        name=theirs[-1][3] or "" if theirs else "",
        handle=theirs[-1][4] or "" if theirs else "",
        brand=case.brand.name,
        voice=spoken(voice),
        signs=case.brand.sign_offs != Brand.SignOffs.NEVER,
    )


type Row = tuple[str, str, str, str | None, str | None]


def _said(rows: Iterable[Row]) -> tuple[Said, ...]:
    return tuple(Said(text, visibility == "private") for _, text, visibility, _, _ in rows)


def _waiting(messages: Sequence[Row]) -> list[Row]:
    """The customer's words behind our last."""
    last = max((at for at, row in enumerate(messages) if row[0] == Message.Direction.OUT), default=-1)
    return list(messages[last + 1 :])


def with_links(known: Context, written: Draft) -> tuple[Context, bool]:
    """The same with what is known of the draft's links, and whether some are being looked at."""
    found = {link[0] for link in LINK.finditer(written.text)}
    if not found:
        return known, False
    dead, waiting = links.standing(found)
    return replace(known, dead=frozenset(dead)), waiting


def blocked(case: Case, by: Agent, text: str, *, private: bool) -> Finding | None:
    """What keeps this reply from being sent by the brand's own wish, if anything does."""
    written = draft(case, by, text, private=private)
    known, _ = with_links(context(case, written), written)
    return next(iter(findings(written, known, blocking=True)), None)
