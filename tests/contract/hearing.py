"""What is said to nobody in particular, what became of posts, whose words they are, and what cannot be read."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from kikite.networks.contract import Message, Revoked, Seen, Sent

from .desk import PATIENCE, Desk, Listener, State, needs_private, part, words
from .stage import Cannot, Stage


class Hearing:
    """Listeners find, sweeps notice, sealed words are known to be there."""

    def test_search_finds_what_names_nobody(self, stage: Stage, desk: Desk, customer: str) -> None:
        if "search" not in stage.network.able(stage.account).searches:
            raise Cannot("nothing can be searched for here")
        word = _word()
        first = stage.post(customer, f"Lost my bag {word}", mention=False)
        other = stage.post(customer, words("Lost my hat"), mention=False)
        state, cursor = _searched(stage, word, "", lambda state: first in state.messages)
        assert other not in state.messages
        assert state.messages[first].author.key == desk_author(stage, state.messages[first])
        second = stage.post(customer, f"Still no bag {word}", mention=False)
        state, _ = _searched(stage, word, cursor, lambda state: second in state.messages)
        assert word in state.messages[second].text

    def test_listening_hears_what_names_nobody(self, stage: Stage, customer: str) -> None:
        if "stream" not in stage.network.able(stage.account).searches:
            raise Cannot("nobody can be listened to here as they speak")
        word = _word()
        listener = Listener(stage, lambda connection: connection.listen([word]))
        stage.post(customer, words("Nothing that anybody listens for"), mention=False)
        key = stage.post(customer, f"The {word} is late again", mention=False)
        listener.until(key)
        assert all(word in message.text for message in listener.state.messages.values())
        listener.ending = True
        stage.post(customer, f"The last {word}", mention=False)
        listener.join()

    def test_refresh_tells_what_became_of_posts(self, stage: Stage, desk: Desk, customer: str) -> None:
        if not stage.network.able(stage.account).refreshes:
            raise Cannot("what became of a post cannot be asked here")
        stays, goes = stage.post(customer, words("This stays")), stage.post(customer, words("This goes"))
        desk.message(stays), desk.message(goes)
        stage.erase(customer, goes)
        with stage.network.connect(stage.account) as connection:
            found = connection.refresh([stays, goes])
        state = State()
        state.read(stage, found)
        assert goes in state.gone and stays not in state.gone
        assert state.messages[stays].text == desk.state.messages[stays].text

    def test_profiles(self, stage: Stage, customer: str) -> None:
        key = stage.person(customer)
        with stage.network.connect(stage.account) as connection:
            found = {author.key: author for author in connection.profiles([key])}
            if not found and not stage.network.capabilities.profiles_apart:
                raise Cannot("profiles come with the messages here")
            assert customer in found[key].handle + found[key].name
            assert connection.profiles([]) == []

    def test_sealed_words_are_known_to_be_there(self, stage: Stage, customer: str) -> None:
        if not stage.network.capabilities.sealed_messages:
            raise Cannot("nothing is sealed here")
        listener = Listener(stage)
        stage.seal(customer)
        listener.wait(lambda: any(one.sealed for one in listener.state.messages.values()), "the sealed message")
        (sealed,) = [one for one in listener.state.messages.values() if one.sealed]
        assert sealed.text == "" and sealed.url.startswith("https://")
        assert sealed.author.key == stage.person(customer)
        _end(listener, stage, customer)

    def test_what_was_seen_is_told(self, stage: Stage, desk: Desk, customer: str) -> None:
        needs_private(stage)
        if not stage.network.able(stage.account).receipts:
            raise Cannot("nobody tells here what they read")
        (sent,) = desk.send(part(words("Seat 14A is yours"), desk.message(stage.whisper(customer, words("A seat?")))))
        assert isinstance(sent, Sent)
        if "stream" not in stage.network.able(stage.account).reads_by:
            _seen_by_hook(stage, desk, customer)
            return
        listener = Listener(stage)
        stage.see(customer)
        listener.wait(lambda: any(isinstance(one, Seen) for one in listener.state.others), "the receipt")
        assert stage.person(customer) in {one.by for one in listener.state.others if isinstance(one, Seen)}
        _end(listener, stage, customer)

    def test_permission_taken_back(self, stage: Stage) -> None:
        stream = "stream" in stage.network.able(stage.account).reads_by
        listener = Listener(stage) if stream else None
        try:
            stage.revoke()
            if listener is not None:
                listener.wait(lambda: any(isinstance(one, Revoked) for one in listener.state.others), "the revocation")
        finally:
            stage.account = stage.renew()


def _seen_by_hook(stage: Stage, desk: Desk, customer: str) -> None:
    by = stage.person(customer)
    stage.hook()
    try:
        stage.see(customer)
        desk.until(lambda: any(isinstance(one, Seen) and one.by == by for one in desk.state.others), "the receipt")
    finally:
        stage.unhook()


def _end(listener: Listener, stage: Stage, customer: str) -> None:
    listener.ending = True
    stage.post(customer, words("The last word"))
    listener.join()


def _word() -> str:
    return f"zq{uuid.uuid4().hex[:12]}"


def desk_author(stage: Stage, message: Message) -> str:
    """The author's key as the stage knows it, where it does."""
    try:
        return stage.person(message.author.handle)
    except Cannot:
        return message.author.key


def _searched(stage: Stage, word: str, cursor: str, seen: Callable[[State], bool]) -> tuple[State, str]:
    """What searching on from the cursor brings, until it is there; and the cursor after it."""
    state, end = State(), time.monotonic() + PATIENCE
    with stage.network.connect(stage.account) as connection:
        while not seen(state):
            page = connection.search(word, cursor)
            cursor = page.cursor
            state.read(stage, page.deliveries)
            assert time.monotonic() < end, "the search does not find it"
            time.sleep(0.0 if page.more else 0.1)
    return state, cursor
