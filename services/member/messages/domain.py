"""What a message is, and when it may be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum


class Purpose(IntEnum):
    """Why a member is written to: what he asked for himself, what serves what he bought, what he may refuse to hear."""

    TRANSACTIONAL = 1
    SERVICE = 2
    MARKETING = 3


class State(IntEnum):
    """How far a message is; UNKNOWN may have been sent and is not sent again."""

    WAITING = 1
    HANDED_OVER = 2
    SENT = 3
    UNKNOWN = 4
    REFUSED = 5
    WITHHELD = 6


@dataclass(frozen=True, slots=True)
class Outbound:
    """A message that is meant for a member; the same `message_key` is never a second message.

    `params` name goods, orders, sums: nothing personal, for they are kept in clear. What is personal (the member's
    name) is named by the template and opened when the message is sent. Times are business time.
    """

    message_key: str
    member_id: str
    purpose: Purpose
    template_id: str
    not_before: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    channels: Sequence[str] = ()
    campaign_id: str = ""
    end_time: datetime | None = None
