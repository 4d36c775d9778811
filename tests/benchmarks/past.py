"""A made-up past: a year of cases as lines for COPY, the same for the same seed.

Of every hundred cases 95 are resolved, two wait for an answer, the others for the customer or for their hour. A case
has five messages on average and never more than two hundred; one in five customers writes Japanese; one case in seven
goes private.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from .wording import language, sentence

COLUMNS = {
    "customers_customer": "id, brand_id, name, since",
    "customers_profile": "id, brand_id, customer_id, network, realm, key, handle, name, avatar, url, followers,"
    " automated, seen_at",
    "cases_case": "id, brand_id, customer_id, channel_id, state, first_at, last_customer_at, last_ours_at, last_at,"
    " waiting_since, unanswered, messages_count, title, preview, preview_private, assignee_id, assigned_at, snoozed_at,"
    " snoozed_until, resolved_at, resolved_by_id",
    "cases_message": "id, brand_id, case_id, channel_id, realm, key, direction, customer_id, profile_id, agent_id,"
    " visibility, text, lang, url, media, reply_to, root, thread, posted_at, received_at, edited_at, deleted_at,"
    " floating, delivery_id",
    "history_event": "brand_id, case_id, verb, agent_id, at, data",
}
YEAR = timedelta(days=365)
WAITING, WAITING_FOR_THEM, ASLEEP = 0.02, 0.025, 0.005
ASKING = 4  # agents whose own lists are measured
ASKING_HAVE = 60  # unresolved cases of each of these, at any size, so that their pages are equally full
NULL = r"\N"
FIRST_KEY = 10**12


class Said(NamedTuple):
    """One message: whether it is ours, its text, when it was written (as COPY reads it), whether it is private."""

    ours: bool
    text: str
    at: str
    hidden: bool


@dataclass
class Past:
    """Makes `cases` cases that end at `until`. Ids begin at 1 in every table; `agents` and `channel` exist already."""

    brand: int
    channel: int
    agents: list[int]
    cases: int
    until: datetime
    lines: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in COLUMNS})
    messages: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(f"past {self.cases}")
        self.customers = max(1, self.cases * 6 // 10)
        self.texts = {lang: [sentence(self.rng, lang) for _ in range(5000)] for lang in ("en", "ja")}
        self.languages = [language(self.rng) for _ in range(1000)]
        self.given = 0

    def chunks(self, size: int) -> Iterator[dict[str, list[str]]]:
        """The lines of each table, some thousand cases at a time; customers come before their cases."""
        self._people()
        for number in range(1, self.cases + 1):
            self._case(number)
            if number % size == 0 or number == self.cases:
                yield self.lines
                self.lines = {table: [] for table in COLUMNS}

    # --- people ---

    def _people(self) -> None:
        since = at(self.until - YEAR)
        customers, profiles = self.lines["customers_customer"], self.lines["customers_profile"]
        for number in range(1, self.customers + 1):
            name, followers = f"Traveller {number}", int(self.rng.paretovariate(0.9)) % 1_000_000
            customers.append(f"{number}\t{self.brand}\t{name}\t{since}\n")
            profiles.append(
                f"{number}\t{self.brand}\t{number}\tpractice\tpractice\tt{number}\ttraveller{number}\t{name}\t"
                f"\thttp://practice.invalid/@traveller{number}\t{followers}\tf\t{since}\n"
            )

    # --- one case ---

    def _case(self, number: int) -> None:
        rng = self.rng
        state = self._state(number)
        customer = 1 + int(rng.random() * self.customers)
        agent = self._agent(state)
        begun = self._begun(number, state)
        says = self._conversation(number, customer, agent, begun, state)
        self._write_case(number, customer, agent, state, says)
        self._tell(number, agent, state, says)

    def _state(self, number: int) -> str:
        """The newest cases are the ones that wait; the others are spread over the year."""
        if number > self.cases * (1 - WAITING):
            return "waits"
        chance = self.rng.random() * (1 - WAITING)
        if chance < WAITING_FOR_THEM:
            return "waiting"
        return "snoozed" if chance < WAITING_FOR_THEM + ASLEEP else "resolved"

    def _agent(self, state: str) -> int | None:
        if state == "resolved":
            return self.rng.choice(self.agents)
        if state == "waits" and self.rng.random() < 0.5:
            return None
        if self.given < ASKING * ASKING_HAVE:
            self.given += 1
            return self.agents[self.given % ASKING]
        return self.rng.choice(self.agents[ASKING:])

    def _begun(self, number: int, state: str) -> datetime:
        if state == "waits":
            return self.until - timedelta(seconds=3600 + self.rng.random() * 200_000)
        return self.until - YEAR + (YEAR - timedelta(days=4)) * (number / self.cases)

    def _conversation(self, case: int, customer: int, agent: int | None, begun: datetime, state: str) -> list[Said]:
        """Writes the messages."""
        rng, write = self.rng, self.lines["cases_message"].append
        count = min(1 + int(rng.expovariate(1 / 4.5)), 200)
        if state in ("waiting", "snoozed") and count == 1:
            count = 2
        lang = self.languages[customer % 1000]
        private = rng.random() < 0.14
        says: list[Said] = []
        when, key, root = begun, "", ""
        for number in range(count):
            ours = number > 0 and (number % 2 == 1 or rng.random() < 0.1)
            if number == count - 1 and count > 1 and state != "resolved":
                ours = state != "waits"
            if state == "waits" and agent is None:
                ours = False
            self.messages += 1
            before, key = key, str(FIRST_KEY + self.messages)
            root = root or key
            text, moment = rng.choice(self.texts[lang]), at(when)
            hidden = private and number > 0
            write(
                f"{self.messages}\t{self.brand}\t{case}\t{self.channel}\tpractice\t{key}\t{'out' if ours else 'in'}\t"
                f"{customer}\t{NULL if ours else customer}\t{agent or NULL if ours else NULL}\t"
                f"{'private' if hidden else 'public'}\t{text}\t{lang}\thttp://practice.invalid/posts/{key}\t[]\t"
                f"{before}\t{root}\t{'t' + root if hidden else ''}\t{moment}\t{moment}\t{NULL}\t{NULL}\tf\t{NULL}\n"
            )
            says.append(Said(ours, text, moment, hidden))
            when += timedelta(seconds=30 + rng.random() * (600 if state == "waits" else 7200))
        return says

    def _write_case(self, number: int, customer: int, agent: int | None, state: str, says: list[Said]) -> None:
        theirs = [said for said in says if not said.ours]
        answers = [said.at for said in says if said.ours]
        waiting = [said.at for said in theirs if not answers or said.at > answers[-1]]
        first, newest, last = theirs[0], theirs[-1], says[-1].at
        word = ("open" if agent else "new") if state == "waits" else state
        asleep = f"{last}\t{at(self.until + timedelta(days=2))}" if state == "snoozed" else f"{NULL}\t{NULL}"
        resolved = f"{last}\t{agent}" if state == "resolved" else f"{NULL}\t{NULL}"
        self.lines["cases_case"].append(
            f"{number}\t{self.brand}\t{customer}\t{self.channel}\t{word}\t{first.at}\t{newest.at}\t"
            f"{answers[-1] if answers else NULL}\t{last}\t{waiting[0] if state == 'waits' else NULL}\t{len(waiting)}\t"
            f"{len(says)}\t{first.text[:200]}\t{newest.text[:200]}\t{'t' if newest.hidden else 'f'}\t"
            f"{agent or NULL}\t{says[0].at if agent else NULL}\t{asleep}\t{resolved}\n"
        )

    def _tell(self, case: int, agent: int | None, state: str, says: list[Said]) -> None:
        write = self.lines["history_event"].append
        first = self.messages - len(says) + 1
        write(f"{self.brand}\t{case}\topened\t{NULL}\t{says[0].at}\t{{}}\n")
        for message, said in enumerate(says, first):
            verb = f"sent\t{agent}" if said.ours else f"received\t{NULL}"
            write(f'{self.brand}\t{case}\t{verb}\t{said.at}\t{{"message": {message}}}\n')
        if agent:
            write(f'{self.brand}\t{case}\tassigned\t{agent}\t{says[0].at}\t{{"to": {agent}, "was": null}}\n')
        if state == "resolved":
            write(f"{self.brand}\t{case}\tresolved\t{agent}\t{says[-1].at}\t{{}}\n")


def at(moment: datetime) -> str:
    """As COPY reads it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
