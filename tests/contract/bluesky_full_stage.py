"""The stage of the Bluesky connector on a whole network, with its app view."""

from __future__ import annotations

from pathlib import Path

from tests.contract.bluesky_stage import BlueskyStage


def open_stage(folder: Path) -> BlueskyStage:
    return BlueskyStage("full")
