"""The stage of the Bluesky connector: a real PDS, on which people act by the official `atproto` client."""

from __future__ import annotations

import contextlib
import shutil
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

from kikite.networks.bluesky import network
from kikite.networks.contract import Account, Moderation, Network
from tests.contract.stage import Cannot, Stage, Standing
from tests.servers.bluesky import BlueskyServer, running

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from atproto import Client, client_utils, models

BRAND = "brand.test"
PASSWORD = "only for tests"
POST = "app.bsky.feed.post"
LIKE = "app.bsky.feed.like"
THREADGATE = "app.bsky.feed.threadgate"


class BlueskyStage(Stage):
    """`mode`: "pds" (no app view, read by its firehose) or "full" (with an app view, read by notifications)."""

    network: Network = network

    def __init__(self, mode: str = "pds") -> None:
        _needs("node", "npm", *(["redis-server"] if mode == "full" else []))
        self._open = contextlib.ExitStack()
        self.server: BlueskyServer = self._open.enter_context(running(mode))
        self._people: dict[str, Any] = {}
        self._chats: dict[str, Any] = {}
        self._passwords = 0
        try:
            self.account = self.renew()
            self.welcome(BRAND, "all")
        except BaseException:
            self._open.close()
            raise

    # --- people ---

    def post(self, customer: str, text: str, *, reply_to: str = "", mention: bool = True, picture: bytes = b"") -> str:
        person = self.client(customer)
        words = client_utils.TextBuilder()
        if mention:
            words.mention(f"@{BRAND}", self.account.key).text(" ")
        record = models.AppBskyFeedPost.Record(
            text=words.text(text).build_text(),
            facets=words.build_facets(),
            langs=["en"],
            created_at=person.get_current_time_iso(),
            reply=self._reply(reply_to) if reply_to else None,
            embed=self._embed(person, picture) if picture else None,
        )
        return str(person.app.bsky.feed.post.create(person.did, record).uri)

    def like(self, customer: str, key: str) -> None:
        person = self.client(customer)
        record = models.AppBskyFeedLike.Record(subject=self._strong(key)[0], created_at=person.get_current_time_iso())
        person.app.bsky.feed.like.create(person.did, record)

    def whisper(self, customer: str, text: str) -> str:
        """In their one conversation with the brand, begun if need be."""
        chat, person = self.chat(customer), self.client(customer)
        convo = chat.get_convo_for_members({"members": [self.account.key]}).convo
        sent = chat.send_message({"convo_id": convo.id, "message": {"text": text}})
        assert sent.sender.did == person.did
        return f"chat:{convo.id}/{sent.id}"

    def chat(self, name: str) -> Any:
        """Somebody's calls of the chat service, through their server."""
        person = self.client(name)
        if name not in self._chats:
            did, kind = self.server.chat.split("#")
            self._chats[name] = person.with_proxy(kind, did)
        return self._chats[name].chat.bsky.convo

    def welcome(self, name: str, whom: str) -> None:
        """Who may write to `name` first: "all", "following" or "none"."""
        person = self.client(name)
        record = {"$type": "chat.bsky.actor.declaration", "allowIncoming": whom}
        where = {"repo": person.did, "collection": "chat.bsky.actor.declaration", "rkey": "self"}
        person.com.atproto.repo.put_record({**where, "record": record})

    def edit(self, customer: str, key: str, text: str) -> None:
        raise Cannot("posts on Bluesky cannot be changed")

    def erase(self, customer: str, key: str) -> None:
        person = self.client(customer)
        person.app.bsky.feed.post.delete(person.did, key.rpartition("/")[2])
        if self.server.appview:
            self.server.order("settle")  # the app view is late with it

    def person(self, customer: str) -> str:
        return str(self.client(customer).did)

    def client(self, name: str) -> Any:
        """Somebody's client by name or handle, their account made on first use."""
        handle = name if name.endswith(".test") else f"{''.join(filter(str.isalnum, name)).lower() or 'somebody'}.test"
        if handle not in self._people:
            client: Any = Client(base_url=f"{self.server.pds}/xrpc")
            with contextlib.suppress(Exception):  # made before
                data = {"handle": handle, "email": f"{handle}@example.com", "password": PASSWORD}
                client.com.atproto.server.create_account(data)
            client.login(handle, PASSWORD, fetch_bsky_profile=False)
            client.did = client.com.atproto.server.get_session().did
            self._people[handle] = client
        return self._people[handle]

    def _strong(self, key: str) -> Any:
        """A reference to a post as it stands now."""
        did, collection, rkey = key.removeprefix("at://").split("/")
        query = {"repo": did, "collection": collection, "rkey": rkey}
        found = self.client(BRAND).com.atproto.repo.get_record(query)
        return models.ComAtprotoRepoStrongRef.Main(uri=found.uri, cid=found.cid), found.value

    def _reply(self, key: str) -> Any:
        parent, value = self._strong(key)
        answered = getattr(value, "reply", None)
        return models.AppBskyFeedPost.ReplyRef(parent=parent, root=answered.root if answered else parent)

    def _embed(self, person: Any, picture: bytes) -> Any:
        with warnings.catch_warnings():  # the client hands bytes to httpx in a way that httpx no longer likes
            warnings.simplefilter("ignore")
            blob = person.upload_blob(picture).blob
        image = models.AppBskyEmbedImages.Image(alt="A picture", image=blob)
        return models.AppBskyEmbedImages.Main(images=[image])

    def marks(self, key: str) -> set[Moderation]:
        brand = self.client(BRAND)
        likes = self._records(brand, LIKE)
        hidden = [uri for one in self._records(brand, THREADGATE) for uri in one.value.hidden_replies or []]
        found = {Moderation.LIKE} if any(one.value.subject.uri == key for one in likes) else set()
        return found | ({Moderation.HIDE} if key in hidden else set())

    def lessened(self, permission: str) -> Account:
        if permission != "chat":
            raise Cannot("an app password may do everything but read direct messages, or that too")
        return self.asks(privileged=False)

    def standing(self) -> list[Standing]:
        """Read from the brand's repository with a session of its own, which no expiry touches."""
        brand = self.client(BRAND)
        found = self._records(brand, POST)
        posts = [
            Standing(one.uri, brand.did, one.value.text, one.value.reply.parent.uri if one.value.reply else "")
            for one in reversed(found)
        ]
        return [*posts, *self._whispered(brand)]

    def _records(self, person: Any, collection: str) -> list[Any]:
        """All of one collection in somebody's repository, newest first."""
        query: dict[str, Any] = {"repo": person.did, "collection": collection, "limit": 100}
        found: list[Any] = []
        while True:
            answer = person.com.atproto.repo.list_records(query)
            found += answer.records
            if not answer.cursor:
                return found
            query["cursor"] = answer.cursor

    def _whispered(self, brand: Any) -> list[Standing]:
        """What the brand said in private."""
        chat = self.chat(BRAND)
        return [
            Standing(f"chat:{convo.id}/{message.id}", brand.did, message.text)
            for convo in chat.list_convos({"limit": 100}).convos
            for message in reversed(chat.get_messages({"convo_id": convo.id, "limit": 100}).messages)
            if message.sender.did == brand.did and hasattr(message, "text")
        ]

    # --- trouble ---

    def limit(self, wait: timedelta) -> None:
        self.server.order("fault", kind="limit", wait=wait.total_seconds())

    def expire(self) -> None:
        """The password is revoked on the server itself; the proxy makes the tokens expire that it gave out."""
        self.client(BRAND).com.atproto.server.revoke_app_password({"name": self._password_name})
        self.server.order("fault", kind="expire")

    def renew(self, *, privileged: bool = True) -> Account:
        """`privileged`: the app password allows direct messages."""
        account = self.asks(privileged=privileged)
        with network.connect(account) as connection:
            identity = connection.identify()
        author = identity.author
        return Account(author.key, author.handle, account.base_url, identity.secrets, identity.settings)

    def asks(self, *, privileged: bool) -> Account:
        """The account as its form was filled in, with a new app password."""
        self._passwords += 1
        asked = {"name": self._password_name, "privileged": privileged}
        made = self.client(BRAND).com.atproto.server.create_app_password(asked)
        services = {"chat": self.server.chat, "jetstream": self.server.jetstream}
        secrets = {"handle": BRAND, "app_password": made.password, **services}
        return Account(key="", handle=BRAND, base_url=self.server.brand, secrets=secrets)

    @property
    def _password_name(self) -> str:
        return f"kikite {self._passwords}"

    def lose_request(self) -> None:
        self.server.order("fault", kind="lose_request")

    def lose_answer(self) -> None:
        self.server.order("fault", kind="lose_answer")

    def stop(self) -> None:
        self.server.order("stop")

    def start(self) -> None:
        self.server.order("start")

    def close(self) -> None:
        for client in (*self._people.values(), *self._chats.values()):
            client.request.close()
        self._open.close()


def _needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            raise Cannot(f"the Bluesky test network needs {program}, which is not installed")


def open_stage(folder: Path) -> BlueskyStage:
    return BlueskyStage()
