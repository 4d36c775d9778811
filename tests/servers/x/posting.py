"""Posts: writing, taking back, looking up, timelines, search, hiding, liking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from . import shapes
from .activity import Activity
from .gate import Answer, Call
from .media import attached
from .problems import Problem, partial
from .shapes import Asked
from .state import EPOCH_MS, State, Thing, now
from .writing import LENGTH, matching, names, weight, written

MENTIONS_KEPT = 800
POSTS_KEPT = 3200
SEARCHED = timedelta(days=7)
NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author "
    "of the post you are replying to."
)
GONE = "You attempted to reply to a Tweet that is deleted or not visible to you."
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
TOO_LONG = (
    "Your Tweet text is too long. For more information on how Twitter determines text length see "
    "https://github.com/twitter/twitter-text."
)


@dataclass
class Posting:
    state: State
    activity: Activity

    # --- what the API does, as the signed-in user ---

    def create(self, call: Call) -> Answer:
        text = str(call.body.get("text", ""))
        parent = str(call.body.get("reply", {}).get("in_reply_to_tweet_id", ""))
        media = attached(self.state, call.user, call.body.get("media", {}).get("media_ids", []))
        quoted = str(call.body.get("quote_tweet_id", ""))
        if parent:
            self._may_reply(call.user, parent)
        if not text.strip() and not media:
            raise Problem.invalid("You need to supply at least one of text, media, poll or quote_tweet_id", "text")
        if weight(text) > LENGTH:
            raise Problem.invalid(TOO_LONG)
        if any(self._same(one, call.user, text, parent) for one in self.state.standing()):
            raise Problem.forbidden(DUPLICATE)
        post = self.publish(call.user, text, reply_to=parent, quotes=quoted, media=media, fill_in=True)
        return 201, {"data": {"id": post["id"], "text": post["text"], "edit_history_post_ids": post["history"]}}

    def _may_reply(self, user: str, key: str) -> None:
        """The summons rule: a self-serve app answers only those who named or quoted the account, and itself."""
        parent = self.state.posts.get(key)
        if parent is None or parent["gone"] or user in self.state.users[parent["author"]]["blocks"]:
            raise Problem.forbidden(GONE)
        newest = self.state.posts[parent["history"][-1]]
        quoted = self.state.posts.get(newest["quotes"])
        summoned = user in names(self.state, newest["typed"]) or (quoted is not None and quoted["author"] == user)
        if not (self.state.app["enterprise"] or summoned or parent["author"] == user):
            raise Problem.forbidden(NOT_SUMMONED)

    @staticmethod
    def _same(one: Thing, user: str, text: str, parent: str) -> bool:
        return bool(one["author"] == user and one["typed"] == text and one["reply_to"] == parent and not one["media"])

    def delete(self, call: Call) -> Answer:
        post = self.state.posts.get(call.path["id"])
        if post is None or post["gone"]:
            return 200, {"data": {"deleted": False}}
        if post["author"] != call.user:
            raise Problem.forbidden("You are not authorized to delete this Tweet.")
        self.erase(post["id"])
        return 200, {"data": {"deleted": True}}

    def hide(self, call: Call) -> Answer:
        post = self.state.post(call.path["tweet_id"])
        begun = self.state.posts.get(post["conversation"])
        if begun is None or begun["author"] != call.user or post["id"] == begun["id"]:
            raise Problem.forbidden("You are not permitted to hide this reply.")
        post["hidden"] = bool(call.body["hidden"])
        return 200, {"data": {"hidden": post["hidden"]}}

    def like(self, call: Call) -> Answer:
        self._own(call)
        post = self.state.post(str(call.body["tweet_id"]))
        self.state.likes.setdefault(post["id"], {})[call.user] = now()
        return 200, {"data": {"liked": True}}

    def unlike(self, call: Call) -> Answer:
        self._own(call)
        self.state.likes.get(call.path["tweet_id"], {}).pop(call.user, None)
        return 200, {"data": {"liked": False}}

    @staticmethod
    def _own(call: Call) -> None:
        if call.path["id"] != call.user:
            raise Problem.forbidden("The `id` path parameter must be the authenticated user.")

    # --- what anybody does ---

    def publish(
        self, author: str, text: str, *, reply_to: str = "", quotes: str = "", media: Iterable[str] = (),
        fill_in: bool = False, edits: Thing | None = None, lang: str = "en",
    ) -> Thing:  # fmt: skip
        """Post as `author`. `fill_in`: the author of what is answered is named at the front, as X does for clients."""
        key, parent, media = self.state.new_key(), self.state.posts.get(reply_to), list(media)
        shown = text
        if fill_in and parent and parent["author"] not in {author, *names(self.state, text)}:
            shown = f"@{self.state.users[parent['author']]['username']} {text}".strip()
        stands, entities = written(self.state, shown, media)
        history = [*edits["history"], key] if edits else [key]
        post = {
            "id": key, "author": author, "typed": text, "text": stands, "entities": entities, "at": now(),
            "reply_to": reply_to, "quotes": quotes, "media": media, "history": history, "gone": False, "hidden": False,
            "conversation": parent["conversation"] if parent else history[0], "lang": lang,
        }  # fmt: skip
        self.state.posts[key] = post
        for older in history[:-1]:
            self.state.posts[older]["history"] = history
        self._announce(post, parent)
        return post

    def edit(self, key: str, text: str) -> Thing:
        old = self.state.newest(key)
        return self.publish(
            old["author"], text, reply_to=old["reply_to"], quotes=old["quotes"], media=old["media"], edits=old
        )

    def erase(self, key: str) -> None:
        post = self.state.post(key)
        for version in post["history"]:
            self.state.posts[version]["gone"] = True
        for version in post["history"]:
            told = {"id": version, "author_id": post["author"]}
            self.activity.happened("post.delete", post["author"], told, {})

    def _announce(self, post: Thing, parent: Thing | None) -> None:
        payload = shapes.spelt(shapes.post(self.state, post, shapes.EVERYTHING))
        told = shapes.spelt(shapes.includes(self.state, [post], shapes.EVERYTHING))
        self.activity.happened("post.create", post["author"], payload, told)
        for user in names(self.state, post["typed"]) - {post["author"]}:
            self.activity.happened("post.mention.create", user, payload, told)
        if parent and parent["author"] != post["author"]:
            self.activity.happened("post.reply.create", parent["author"], payload, told)
        quoted = self.state.posts.get(post["quotes"])
        if quoted and quoted["author"] != post["author"]:
            self.activity.happened("post.quote.create", quoted["author"], payload, told)
        for tell in self.state.published:
            tell(post)

    # --- reading ---

    def lookup(self, call: Call) -> Answer:
        asked, found, errors = Asked(dict(call.query)), [], []
        for key in call.query["ids"].split(","):
            post = self.state.posts.get(key)
            if post is None or post["gone"]:
                errors.append(partial("tweet", "ids", key))
            else:
                found.append(post)
        told: dict[str, Any] = {"data": [shapes.post(self.state, one, asked) for one in found]} if found else {}
        told |= {"errors": errors} if errors else {}
        included = shapes.includes(self.state, found, asked)
        return 200, {**told, **({"includes": included} if included else {})}

    def one(self, call: Call) -> Answer:
        post = self.state.posts.get(call.path["id"])
        if post is None or post["gone"]:
            return 200, {"errors": [partial("tweet", "id", call.path["id"])]}
        asked = Asked(dict(call.query))
        included = shapes.includes(self.state, [post], asked)
        told = {"data": shapes.post(self.state, post, asked)}
        return 200, {**told, **({"includes": included} if included else {})}

    def mentions(self, call: Call) -> Answer:
        user = self.state.user(call.path["id"])["id"]
        found = [one for one in self.state.standing() if self._mentions(one, user)]
        return self._page(call, found[:MENTIONS_KEPT], "pagination_token")

    def _mentions(self, post: Thing, user: str) -> bool:
        parent = self.state.posts.get(post["reply_to"])
        answers = parent is not None and parent["author"] == user
        return post["author"] != user and (answers or user in names(self.state, post["typed"]))

    def timeline(self, call: Call) -> Answer:
        user = self.state.user(call.path["id"])["id"]
        found = [one for one in self.state.standing() if one["author"] == user]
        if "replies" in call.query.get("exclude", ""):
            found = [one for one in found if not one["reply_to"]]
        return self._page(call, found[:POSTS_KEPT], "pagination_token")

    def search(self, call: Call) -> Answer:
        if len(call.query["query"]) > 512:
            raise Problem.invalid("Your query is longer than 512 characters", "query", call.query["query"])
        oldest = datetime.now(UTC) - SEARCHED
        since = call.query.get("since_id", "")
        if since and int(since) < _least(oldest):
            raise Problem.invalid(
                f"'since_id' must be a tweet id created after [{oldest:%Y-%m-%dT%H:%MZ}].", "since_id"
            )
        fits = matching(call.query["query"])
        found = [one for one in self.state.standing() if int(one["id"]) >= _least(oldest) and fits(self.state, one)]
        token = "next_token" if "next_token" in call.query else "pagination_token"
        return self._page(call, found, token)

    def _page(self, call: Call, found: list[Thing], token: str) -> Answer:
        """One page of what was found, newest first."""
        asked, query = Asked(dict(call.query)), call.query
        most = int(query.get("max_results", 10))
        found = [one for one in found if _within(one, query)]
        if token in query:
            found = [one for one in found if int(one["id"]) < int(query[token])]
        page = found[:most]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if len(found) > len(page):
            meta["next_token"] = page[-1]["id"].zfill(19)
        told: dict[str, Any] = {"data": [shapes.post(self.state, one, asked) for one in page]} if page else {}
        included = shapes.includes(self.state, page, asked)
        return 200, {**told, **({"includes": included} if included else {}), "meta": meta}


def _within(post: Thing, query: Any) -> bool:
    key = int(post["id"])
    if key <= int(query.get("since_id", 0)) or ("until_id" in query and key >= int(query["until_id"])):
        return False
    if "start_time" in query and post["at"] < query["start_time"]:
        return False
    return not ("end_time" in query and post["at"] >= query["end_time"])


def _least(moment: datetime) -> int:
    """The least key of this moment."""
    return (int(moment.timestamp() * 1000) - EPOCH_MS) << 22
