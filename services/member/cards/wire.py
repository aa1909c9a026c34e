"""Gift cards as the contract tells them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kit import fields
from kit.errors import invalid
from omo.member.v1 import gift_card_service_pb2 as pb
from services.member.cards.domain import Batch, Card
from services.member.value.wire import moment

_PREFIX = re.compile(r"[A-Z0-9]{2,6}")


def prefix(text: str) -> str:
    """What every code of a batch begins with."""
    if not _PREFIX.fullmatch(text):
        raise invalid("prefix", "must be 2 to 6 capital letters and digits")
    return text


def card(given: Card, now: datetime) -> pb.GiftCard:
    """A card, without its code."""
    return pb.GiftCard(
        card_id=given.card_id,
        batch_id=given.batch_id,
        state=pb.GiftCardState.Value(f"GIFT_CARD_STATE_{given.state(now)}"),
        ending=given.ending,
        amount=given.issued,
        active=given.active,
        held=given.held,
        sale_time=moment(given.sale_time),
        expire_time=moment(given.expire_time),
        member_id=given.member_id or "",
    )


def batch(given: Batch, row: Mapping[str, Any] | None = None) -> pb.GiftCardBatch:
    """A batch, with where its cards stand."""
    return pb.GiftCardBatch(
        batch_id=given.batch_id,
        name=given.name,
        prefix=given.prefix,
        count=given.count,
        make_time=fields.timestamp(given.business_time),
        **({name: row[name] for name in ("sold", "cancelled", "amount", "outstanding")} if row else {}),
    )
