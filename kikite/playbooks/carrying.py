"""Canned answers as CSV: out to a spreadsheet and back. All lines are taken, or none."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kikite.accounts.models import Brand

from . import filling
from .answer_models import Answer

COLUMNS = ("title", "shortcut", "language", "network", "audience", "text", "review_days")
MOST = 5000
# What no sheet tells.
_OURS = ("id", "brand", "used", "used_at", "reviewed_at")
# A spreadsheet would run a cell that begins so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Unreadable(ValueError):
    """Some lines cannot be taken; `problems` says which and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Taken:
    """How many answers were new, and how many were there and changed."""

    new: int
    changed: int


def export(brand: Brand) -> str:
    """All of a brand's answers; with a byte order mark, so that spreadsheets read it as UTF-8."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(COLUMNS)
    for answer in Answer.objects.filter(brand=brand).order_by("title", "pk"):
        writer.writerow([_safe(str(getattr(answer, column))) for column in COLUMNS])
    return f"\ufeff{sheet.getvalue()}"


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


@transaction.atomic
def take(brand: Brand, body: bytes) -> Taken:
    """Read answers; one with the shortcut and language of a kept one changes that. Raises Unreadable."""
    rows = _rows(body)
    kept = {(one.language, one.shortcut): one for one in Answer.objects.filter(brand=brand).exclude(shortcut="")}
    problems: list[str] = []
    new: list[Answer] = []
    changed: list[Answer] = []
    seen: set[tuple[str, str]] = set()
    for line, row in rows:
        key = (row.get("language", "").strip(), row.get("shortcut", "").strip())
        answer = kept.get(key) or Answer(brand=brand)
        wrong = _("its shortcut stands on another line too") if key[1] and key in seen else _put(answer, row)
        seen.add(key)
        if wrong:
            problems.append(_("Line %(line)s: %(wrong)s") % {"line": line, "wrong": wrong})
        (changed if answer.pk else new).append(answer)
    if problems:
        raise Unreadable(problems[:20])
    Answer.objects.bulk_create(new)
    Answer.objects.bulk_update(changed, COLUMNS)
    return Taken(len(new), len(changed))


def _rows(body: bytes) -> list[tuple[int, dict[str, str]]]:
    """Each line's number and cells. Raises Unreadable for what is no such table."""
    try:
        reader = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        heads = {(name or "").strip().lower(): name for name in reader.fieldnames or []}
        if "title" not in heads or "text" not in heads:
            raise Unreadable([_("The first line must name the columns, at least title and text.")])
        columns = [one for one in COLUMNS if one in heads]
        rows = [(reader.line_num, {one: _plain(raw[heads[one]] or "") for one in columns}) for raw in reader]
    except UnicodeDecodeError:
        raise Unreadable([_("This is not UTF-8 text. Save the sheet as “CSV UTF-8”.")]) from None
    except csv.Error as error:
        raise Unreadable([_("This is no CSV file: %(error)s") % {"error": error}]) from None
    if len(rows) > MOST:
        raise Unreadable([_("These are more than %(most)s answers.") % {"most": MOST}])
    return rows


def _put(answer: Answer, row: dict[str, str]) -> str:
    """Write a line's cells into an answer; what is wrong with them, "" when nothing is."""
    for column, cell in row.items():
        setattr(answer, column, cell if column == "text" else cell.strip())
    try:
        if "review_days" in row:
            answer.review_days = int(row["review_days"].strip() or 180)
        answer.clean_fields(exclude=_OURS)
        filling.check(answer.text)
    except filling.Unfillable as error:
        return told(error)
    except ValidationError as error:
        return " ".join(f"{column}: {' '.join(words)}" for column, words in error.message_dict.items())
    except ValueError:
        return _("review_days must be a whole number")
    return ""


def told(error: filling.Unfillable) -> str:
    """What is wrong with a variable, and where."""
    return _("“%(found)s” (line %(line)s, character %(column)s) is no variable.") % {
        "found": error.found, "line": error.line, "column": error.column,
    }  # fmt: skip
