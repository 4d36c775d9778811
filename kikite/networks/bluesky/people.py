"""Who a DID is. The firehose names people by DID alone, so their handle and profile are asked of the server."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from . import raw
from .addresses import PROFILE
from .media import Place
from .raw import Json
from .session import Session
from .xrpc import Refusal

REMEMBERED = 2000
ASKED = 25  # the most that getProfiles and getPosts answer at once


class People:
    """The profiles that one connection has asked for, newest last, at most `REMEMBERED`."""

    def __init__(self, session: Session, place: Place) -> None:
        self._session = session
        self._place = place
        self._known: OrderedDict[str, Json] = OrderedDict()

    def one(self, did: str) -> Json:
        """`did` as a profile view, from the server that holds its repository. What is not told is left out."""
        if did not in self._known:
            self._keep(did, self._ask(did))
        self._known.move_to_end(did)
        return self._known[did]

    def many(self, dids: Iterable[str]) -> dict[str, Json]:
        """Profile views, with the numbers of followers, from the app view."""
        wanted = list(dict.fromkeys(dids))
        new = [did for did in wanted if did not in self._known]
        for start in range(0, len(new), ASKED):
            answer = self._session.read("app.bsky.actor.getProfiles", {"actors": new[start : start + ASKED]})
            for view in raw.objects(answer, "profiles"):
                self._keep(raw.text(view, "did"), view)
        return {did: self._known[did] for did in wanted if did in self._known}

    def forget(self, did: str) -> None:
        """Somebody's handle or profile changed."""
        self._known.pop(did, None)

    def _keep(self, did: str, view: Json) -> None:
        self._known[did] = view
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _ask(self, did: str) -> Json:
        view: Json = {"did": did}
        try:
            view["handle"] = raw.text(self._session.read("com.atproto.repo.describeRepo", {"repo": did}), "handle")
            query = {"repo": did, "collection": PROFILE, "rkey": "self"}
            profile = raw.maybe_object(self._session.read("com.atproto.repo.getRecord", query), "value")
        except Refusal:
            return view  # no such account any more, or one that never filled in its profile
        avatar = raw.text(raw.maybe_object(profile, "avatar", "ref"), "$link")
        return view | {
            "displayName": raw.text(profile, "displayName"),
            "avatar": self._place.blob(did, avatar) if avatar else "",
            "labels": raw.objects(raw.maybe_object(profile, "labels"), "values"),
        }
