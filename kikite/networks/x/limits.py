"""The limits of X's endpoints, each counted by itself (https://docs.x.com/x-api/fundamentals/rate-limits). What they
are is learnt from the answers; here stands only whose they are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One endpoint's. `app`: asked with the app's own token, so that all its accounts share the limit. `days`: whose
    requests are counted by the day besides."""

    name: str
    app: bool = False
    days: tuple[str, ...] = ()


ME = Limit("me")
MENTIONS = Limit("mentions")
OWN_POSTS = Limit("own-posts")
POSTS = Limit("posts")
PEOPLE = Limit("people")
SEARCH = Limit("search")
POST = Limit("post", days=("app",))
DELETE = Limit("delete")
HIDE = Limit("hide")
LIKE = Limit("like", days=("user",))
UNLIKE = Limit("unlike", days=("user",))
DMS = Limit("dms")
CONVERSATION = Limit("conversation")
CONVERSATION_WITH = Limit("conversation-with")
SEND_DM = Limit("send-dm", days=("app", "user"))
SEND_GROUP_DM = Limit("send-group-dm", days=("app", "user"))
DELETE_DM = Limit("delete-dm", days=("app", "user"))
UPLOAD = Limit("upload")
UPLOAD_STATUS = Limit("upload-status")
UPLOAD_PART = Limit("upload-part")
DESCRIBE = Limit("describe")
SUBSCRIBE = Limit("subscribe")
SUBSCRIPTIONS = Limit("subscriptions", app=True)
WEBHOOKS = Limit("webhooks", app=True)
REPLAY = Limit("replay", app=True)
ACTIVITY = Limit("activity", app=True)
FILTERED = Limit("filtered", app=True)
RULES = Limit("rules", app=True)
