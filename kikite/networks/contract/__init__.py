"""What Kikite and a network say to each other.

A network's folder turns its raw JSON into the neutral values of this package and a planned reply into a post that
stands on the network. Nothing here knows Django or a database, so a connector can be read, tested and run alone.

Times are aware datetimes in UTC. Keys are the network's own ids, unique within a *realm* (one Mastodon server, all
of Bluesky): the same post seen by two channels of one realm has one key.
"""

from .abilities import Accepts, Addresses, Capabilities, Counting, Limits, Price
from .accounts import Account, Departure, Field, Identity, Permission, Renewal, SignIn, Step, Way
from .arriving import (
    Author,
    BadSignature,
    Deletion,
    Delivery,
    Gap,
    Handshake,
    Incoming,
    Media,
    Message,
    Named,
    Page,
    Reaction,
    Revoked,
    Seen,
    Unreadable,
    Visibility,
)
from .metering import Budget, Meter, Unmetered, Urgency
from .sending import Absent, Finding, Later, Moderation, Outcome, Part, Reason, Refused, Sent, Signal, Unknown
from .speaking import Connection, Network
from .trouble import Forbidden, NetworkTrouble, RateLimited, Unauthorised, Unreachable

__all__ = [
    "Absent",
    "Accepts",
    "Account",
    "Addresses",
    "Author",
    "BadSignature",
    "Budget",
    "Capabilities",
    "Connection",
    "Counting",
    "Deletion",
    "Delivery",
    "Departure",
    "Field",
    "Finding",
    "Forbidden",
    "Gap",
    "Handshake",
    "Identity",
    "Incoming",
    "Later",
    "Limits",
    "Media",
    "Message",
    "Meter",
    "Moderation",
    "Named",
    "Network",
    "NetworkTrouble",
    "Outcome",
    "Page",
    "Part",
    "Permission",
    "Price",
    "RateLimited",
    "Reaction",
    "Reason",
    "Refused",
    "Renewal",
    "Revoked",
    "Seen",
    "Sent",
    "SignIn",
    "Signal",
    "Step",
    "Unauthorised",
    "Unknown",
    "Unmetered",
    "Unreachable",
    "Unreadable",
    "Urgency",
    "Visibility",
    "Way",
]
