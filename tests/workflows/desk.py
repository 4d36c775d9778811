"""A desk on the practice network, driven step by step: hear what was said, answer, send what is due."""

from __future__ import annotations

import itertools
from datetime import timedelta
from uuid import UUID, uuid4

from django.db.models import F
from django.utils import timezone

from kikite.cases.models import Case, Message, ReplyPart
from kikite.cases.states import PartState
from kikite.channels import vault
from kikite.channels.models import Budget, Channel
from kikite.history.models import Event, Verb
from kikite.networks import registry
from kikite.workflows import connecting, metering, receive, replying
from kikite.workflows.sending import Sender
from tests.contract.practice_stage import PracticeStage
from tests.contract.stage import Standing

from .ground import a_brand, an_agent

TIMEOUT = 0.5  # seconds that a request may take
_numbers = itertools.count(1)


class Desk:
    """One brand, one agent, one channel, one sender. Customers are new for each desk."""

    def __init__(self, stage: PracticeStage) -> None:
        self.stage = stage
        self.brand = a_brand()
        self.agent = an_agent(self.brand)
        self.channel = self.connect()
        self.sender = Sender(TIMEOUT)
        self.customer = f"guest{next(_numbers)}x"
        self._hush()
        self._before = {post.key for post in stage.standing()}

    def connect(self) -> Channel:
        account = self.stage.account
        return connecting.connect(self.brand, None, "practice", account.base_url, account.secrets)

    def _hush(self) -> None:
        """What was said before this test is none of its business."""
        with registry.network("practice").connect(vault.account(self.channel)) as link:
            while (page := link.poll(self.channel.cursor)).more or page.deliveries:
                self.channel.cursor = page.cursor
        self.channel.save(update_fields=["cursor"])

    # --- customers ---

    def post(self, text: str = "Where is my bag?", *, reply_to: str = "") -> Case:
        """The customer posts; the case that it became (or joined)."""
        return self.case_of(self.stage.post(self.customer, text, reply_to=reply_to))

    def whisper(self, text: str = "My locator is QK7T2M") -> Case:
        return self.case_of(self.stage.whisper(self.customer, text))

    def case_of(self, key: str) -> Case:
        self.hear()
        case = Message.objects.get(brand=self.brand, key=key).case
        assert case is not None
        return case

    def hear(self) -> None:
        """Everything that the network has for us arrives."""
        with registry.network("practice").connect(vault.account(self.channel)) as link:
            page = link.poll(self.channel.cursor)
        receive.keep(self.channel, page.deliveries, page.cursor)
        self.channel.cursor = page.cursor
        receive.Reader().read_all()

    # --- agents ---

    def reply(
        self, case: Case, text: str = "We look for it.", *, private: bool = False, token: UUID | None = None
    ) -> list[ReplyPart]:
        reply = replying.send(case, self.agent, text, private, token or uuid4())
        return list(reply.parts.order_by("number"))

    def send(self) -> None:
        """Send what is due, and what becomes due by it."""
        while self.sender.send_due():
            pass

    def begun(self) -> ReplyPart:
        """A part whose sender has written its intent, and nothing since."""
        (part,) = self.reply(self.post())
        ReplyPart.objects.filter(pk=part.pk).update(state=PartState.SENDING, attempts=1, attempted_at=timezone.now())
        whole = ReplyPart.objects.select_related("reply__answers__profile", "reply__agent", "channel", "case")
        return whole.get(pk=part.pk)

    def later(self) -> None:
        """So much time goes by that nothing has to wait any more."""
        past = timezone.now() - timedelta(seconds=1)
        ReplyPart.objects.update(not_before=past, attempted_at=F("attempted_at") - timedelta(hours=1))
        Channel.objects.update(send_after=None)
        Budget.objects.update(resets_at=past, told_at=past - timedelta(hours=1))
        metering.forget()

    def standing(self) -> list[Standing]:
        """What the brand has on the network since this desk opened."""
        return [post for post in self.stage.standing() if post.key not in self._before]

    def verbs(self, case: Case) -> list[str]:
        return list(Event.objects.filter(case_id=case.pk).order_by("id").values_list("verb", flat=True))

    def told(self, case: Case, verb: Verb) -> list[dict[str, object]]:
        return list(Event.objects.filter(case_id=case.pk, verb=verb).order_by("id").values_list("data", flat=True))

    def close(self) -> None:
        self.sender.close()


def fresh(part: ReplyPart) -> ReplyPart:
    """The part as the database has it now."""
    return ReplyPart.objects.select_related("message").get(pk=part.pk)
