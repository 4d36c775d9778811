"""Facebook as a stage. Customers' own words are posts on the Page."""

from __future__ import annotations

from pathlib import Path

from kikite.networks.contract import Network
from kikite.networks.facebook import network

from .meta_stage import MetaStage


class FacebookStage(MetaStage):
    network: Network = network
    platform = "facebook"
    token_name = "page_token"


def open_stage(folder: Path) -> FacebookStage:
    return FacebookStage(folder)
