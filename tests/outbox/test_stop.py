"""A worker that is asked to stop ends what it began: nobody has to look up what it knows."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from kikite.cases.models import Case, ReplyPart
from kikite.cases.states import PartState
from kikite.workflows import replying
from tests.workflows.ground import a_brand, an_agent, until

from .towns import PracticeTown
from .zygote import Workers


def test_the_reply_under_way_is_brought_to_its_end(workers: Workers, tmp_path: Path) -> None:
    town, brand = PracticeTown(tmp_path), a_brand()
    try:
        town.connect(brand)
        workers.begin()
        town.stage.post("mara", "Where is my bag?")
        until(Case.objects.exists, "the case")
        town.stage.server.admin("POST", "/faults", kind="late", seconds=0.6, next=1)
        replying.send(Case.objects.get(), an_agent(brand), "We look for it.", False, uuid4())
        until(ReplyPart.objects.filter(state=PartState.SENDING).exists, "the beginning of the request")
        pid = workers.ask_to_stop(0)
        until(lambda: not Path(f"/proc/{pid}").exists(), "the worker's end")
        assert ReplyPart.objects.get().state == PartState.SENT
        assert [post.text for post in town.standing()] == ["We look for it."]
    finally:
        town.close()
