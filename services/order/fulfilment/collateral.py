"""What else a store cannot send, once it said that a good is not there."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from kit import timers
from kit.postgres import Tx
from services.order.checkout.domain import Method
from services.order.fulfilment import store_terms
from services.order.fulfilment.domain import Fulfilment

COLLATERAL = "shipping.collateral"
# of the store's words, the one that speaks of the shelf and not of a piece on it
MISSING = "NOT_IN_STOCK"


class Gone(msgspec.Struct):
    """Goods that a place has not."""

    location_id: str
    skus: list[str]
    reason: str


decode = msgspec.json.Decoder(Gone).decode
_encode = msgspec.json.Encoder().encode


async def spread(tx: Tx, rejected: Fulfilment, line_nos: Collection[int], reason: str, at: datetime) -> None:
    """Promises to take these goods from all that waits at the place, where the brand's terms say so."""
    if reason != MISSING or rejected.method is not Method.SHIP or not rejected.stands:
        return
    if not (await store_terms.newest(tx)).collateral_rejection:
        return
    skus = sorted({line.sku for line in rejected.lines if not line_nos or line.line_no in line_nos})
    await timers.schedule(tx, COLLATERAL, rejected.fulfilment_id, at, _encode(Gone(rejected.location_id, skus, reason)))
