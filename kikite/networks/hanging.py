"""Which pictures and files hang on which part of a reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .contract import Accepts, Limits


@dataclass(frozen=True, slots=True)
class PlannedMedia:
    """Something to go with a reply, by its kind and media type (as `Media`)."""

    kind: str  # "image" | "video" | "audio" | "file"
    mime: str = ""


def hung(media: Sequence[PlannedMedia], limits: Limits, private: bool) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """For each part from the first on the places of the media that hang on it; and those that no part can take.

    They stay in their order. A part takes as many as the limits say, and one alone of what cannot be mixed.
    """
    most = limits.media if not private or limits.private_media is None else limits.private_media
    accepts = limits.accepts if not private or limits.private_accepts is None else limits.private_accepts
    groups: list[tuple[int, ...]] = []
    left: list[int] = []
    alone = False
    for place, medium in enumerate(media):
        kind = _accepted(medium, accepts)
        if most < 1 or (accepts and kind is None):
            left.append(place)
            continue
        single = kind is not None and kind.alone
        if groups and not alone and not single and len(groups[-1]) < most:
            groups[-1] += (place,)
        else:
            groups.append((place,))
        alone = single
    return groups, tuple(left)


def _accepted(medium: PlannedMedia, accepts: Sequence[Accepts]) -> Accepts | None:
    """The rule that a file goes by: one that names its type before one of its kind."""
    kinds = [kind for kind in accepts if kind.kind == medium.kind]
    named = [kind for kind in kinds if medium.mime in kind.types]
    return next(iter(named or ([] if medium.mime else kinds)), None)
