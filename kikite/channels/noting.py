"""What we learn of a channel besides what its network said of itself, kept in its settings under a name of ours."""

from __future__ import annotations

import json

from django.db import connection

from .models import Channel


def note(channel: Channel, name: str, value: object) -> None:
    """Keep `value` (JSON) under `name`, None forgets it; what others note at the same time stays."""
    sql = "UPDATE channels_channel SET settings = (settings - %(name)s) || %(value)s::jsonb WHERE id = %(id)s"
    kept = {} if value is None else {name: value}
    with connection.cursor() as cursor:
        cursor.execute(sql, {"name": name, "value": json.dumps(kept), "id": channel.pk})
    channel.settings = {key: old for key, old in channel.settings.items() if key != name} | kept
