"""Instagram as a stage. Customers' own words are comments on a post of the brand."""

from __future__ import annotations

from pathlib import Path

from kikite.networks.contract import Network
from kikite.networks.instagram import network

from .meta_stage import MetaStage
from .stage import Cannot


class InstagramStage(MetaStage):
    network: Network = network
    platform = "instagram"
    token_name = "access_token"
    verify_token = "words of our own choice"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ground = str(self.act("ground", text="New: the morning flight to Fukuoka"))

    def post(self, customer: str, text: str, *, reply_to: str = "", mention: bool = True, picture: bytes = b"") -> str:
        if picture:
            raise Cannot("comments hold no pictures")
        return super().post(customer, text, reply_to=reply_to or self.ground)

    def dashboard(self, address: str) -> None:
        """Where the app is called, a person enters by hand."""
        self.act("dashboard", address=address, token=self.account.secrets["verify_token"])

    def end_access(self) -> None:
        raise Cannot("what is over is not renewed here: it is renewed before")


def open_stage(folder: Path) -> InstagramStage:
    return InstagramStage(folder)
