"""Tells stock of goods that a store has not, whatever its books say."""

from collections.abc import Mapping
from datetime import datetime

from kit import outbox
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.fulfilment import store
from services.order.fulfilment.domain import Fulfilment
from services.order.pickups import store as pickups
from services.order.pickups import wire
from services.order.pickups.domain import Choice, Runs


async def missing(tx: Tx, held: Fulfilment, given: Mapping[str, Runs], choice: Choice, now: datetime) -> None:
    """Of these units, by why; kept, and told by one event."""
    short = wire.shortages(held, given, choice, uuid7(), now)
    await pickups.add_shortages(tx, short)
    await outbox.append(tx, wire.missing(held, short, await store.touch_order(tx, held.order_id)))
