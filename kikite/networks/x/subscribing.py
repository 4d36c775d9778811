"""Having X call us: webhooks, and subscriptions to the events of one account.

An app has few webhooks and one consumer secret: its accounts share a webhook, and each event says whose it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from kikite.networks import raw
from kikite.networks.contract import Forbidden, NetworkTrouble, Unauthorised, Unreachable
from kikite.networks.raw import Json

from . import limits
from .api import Api
from .raw import maybe_number

# What we listen for; nothing works without the first. Our own posts are read by polling, at a fifth of the price.
EVENTS = (
    "post.mention.create",
    "post.reply.create",
    "post.quote.create",
    "post.delete",
    "dm.received",
    "dm.sent",
    "dm.read",
    "chat.received",
    "chat.sent",
)
TAG = "kikite"
_REPLAYED = timedelta(hours=24)  # X tells again what it sent in so long a time
_DAILY = timedelta(hours=26)  # we subscribe anew every night; after a longer time we were not there to hear


def subscribe(api: Api, hook: str) -> Mapping[str, object]:
    """Raises NetworkTrouble."""
    webhook, valid = _webhook(api, hook)
    if not valid:
        api.expect("PUT", f"/2/webhooks/{webhook}", limits.WEBHOOKS)
    ensure(api, webhook)
    now = datetime.now(UTC)
    since = _deaf_since(api, now, valid=valid)
    if since is not None:
        _replay(api, webhook, since, now)
    return {"webhook": webhook, "subscribed_at": now.isoformat()}


def ensure(api: Api, webhook: str) -> None:
    """Every event is subscribed to, by this webhook ("" leaves those alone that a webhook has, for the stream)."""
    ours = _subscriptions(api)
    for event in EVENTS:
        found = ours.get(event)
        try:
            if found is None:
                _create(api, event, webhook)
            elif webhook and raw.maybe_text(found, "webhook_id") != webhook:
                path = f"/2/activity/subscriptions/{raw.maybe_id(found, 'subscription_id')}"
                api.expect("PUT", path, limits.SUBSCRIPTIONS, data={"webhook_id": webhook, "tag": TAG})
        except Forbidden:
            # A scope that was not granted costs the events that it is for, and is told to whoever connects.
            if event == EVENTS[0]:
                raise


def unsubscribe(api: Api) -> None:
    """The account's events end; the webhook goes with the last account that uses it. Raises NetworkTrouble."""
    every = _all_subscriptions(api)
    ours = [one for one in every if _whose(one) == api.me and one.get("tag") == TAG]
    keys = [key for one in ours if (key := raw.maybe_id(one, "subscription_id"))]
    if keys:
        api.expect("DELETE", "/2/activity/subscriptions", limits.SUBSCRIPTIONS, query={"ids": ",".join(keys)})
    webhook = str(_noted(api, "webhook") or "")
    shared = any(one not in ours and raw.maybe_text(one, "webhook_id") == webhook for one in every)
    if maybe_number(webhook) and not shared:
        _forget(api, webhook)


def _forget(api: Api, webhook: str) -> None:
    known = {raw.maybe_id(one, "id") for one in _list(api, "/2/webhooks", limits.WEBHOOKS)}
    if webhook in known:
        api.expect("DELETE", f"/2/webhooks/{webhook}", limits.WEBHOOKS)


def _webhook(api: Api, hook: str) -> tuple[str, bool]:
    """The id of the webhook at our address, and whether X still trusts it. Where the app may have no further one, that
    of another of our channels serves this account too."""
    known = _list(api, "/2/webhooks", limits.WEBHOOKS)
    found = next((one for one in known if one.get("url") == hook), None)
    if found is None:
        try:
            made = api.expect("POST", "/2/webhooks", limits.WEBHOOKS, data={"url": hook})
            found = raw.maybe_object(made, "data")
        except (Unauthorised, Unreachable):
            raise
        except NetworkTrouble:
            found = next((one for one in known if _same_desk(raw.maybe_text(one, "url"), hook)), None)
            if found is None:
                raise
    key = raw.maybe_id(found, "id")
    if not key:
        raise Unreachable("X names no id of the webhook.")
    return key, found.get("valid") is True


def _same_desk(url: str, hook: str) -> bool:
    """Both addresses differ in nothing but their last part, the channel's own."""
    one, other = urlsplit(url), urlsplit(hook)
    return one[:2] == other[:2] and one.path.rpartition("/")[0] == other.path.rpartition("/")[0]


def _deaf_since(api: Api, now: datetime, *, valid: bool) -> datetime | None:
    """Since when X may have called in vain: it gave the webhook up, or nobody here renewed it."""
    before = raw.maybe_time({"at": _noted(api, "subscribed_at")}, "at")
    if before is None or (valid and now - before < _DAILY):
        return None
    return max(before, now - _REPLAYED)


def _noted(api: Api, name: str) -> object:
    """What `subscribe` returned the last time: the desk keeps it together, under "webhook"."""
    kept = api.account.settings.get("webhook")
    return kept.get(name) if isinstance(kept, Mapping) else None


def _replay(api: Api, webhook: str, since: datetime, now: datetime) -> None:
    minutes = "%Y%m%d%H%M"
    span = {"from_date": since.strftime(minutes), "to_date": now.strftime(minutes)}
    api.expect("POST", "/2/webhooks/replay", limits.REPLAY, data={"webhook_id": webhook, **span})


def _create(api: Api, event: str, webhook: str) -> None:
    data: Json = {"event_type": event, "filter": {"user_id": api.me}, "tag": TAG}
    if webhook:
        data["webhook_id"] = webhook
    api.expect("POST", "/2/activity/subscriptions", limits.SUBSCRIBE, data=data)


def _subscriptions(api: Api) -> dict[str, Json]:
    """This account's, by their event."""
    return {raw.maybe_text(one, "event_type"): one for one in _all_subscriptions(api) if _whose(one) == api.me}


def _all_subscriptions(api: Api) -> list[Json]:
    return _list(api, "/2/activity/subscriptions", limits.SUBSCRIPTIONS)


def _list(api: Api, path: str, limit: limits.Limit) -> list[Json]:
    return raw.maybe_objects(api.read(path, limit, {}), "data")


def _whose(subscription: Json) -> str:
    return maybe_number(raw.maybe_object(subscription, "filter").get("user_id"))
