"""What X takes together, as plans know it."""

from __future__ import annotations

from kikite.networks.planning import PlannedMedia, plan
from kikite.networks.x.abilities import LIMITS


def test_a_film_hangs_on_a_post_of_its_own() -> None:
    media = [PlannedMedia("image", "image/png"), PlannedMedia("image", "image/gif"), PlannedMedia("video", "video/mp4")]
    planned = plan("Here is the gate.", LIMITS, media=media)
    assert [tuple(part.media) for part in planned.parts] == [(0,), (1,), (2,)]
