"""By what the further payments of an order are authorised, as long as its saga runs."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.order.checkout.domain_parts import Instrument

_KEEP = """
INSERT INTO checkout_instruments (order_id, tender_no, instrument_token, return_url)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING
"""
_OF = "SELECT tender_no, instrument_token, return_url FROM checkout_instruments WHERE order_id = $1"
_FORGET = "DELETE FROM checkout_instruments WHERE order_id = ANY($1::uuid[])"
_LEAD = """
WITH saga AS (
    UPDATE checkouts SET redirect_url = $2, update_time = now() WHERE order_id = $1
)
UPDATE orders SET version = version + 1, update_time = now() WHERE order_id = $1 RETURNING version
"""


async def keep(tx: Tx, given: Sequence[tuple[str, Instrument]]) -> None:
    """In the transaction that begins the orders."""
    rows = [(order_id, one.tender_no, one.instrument_token, one.return_url) for order_id, one in given]
    if rows:
        await tx.execute(_KEEP, *map(list, zip(*rows, strict=True)))


async def of(tx: Tx, order_id: str) -> dict[int, Instrument]:
    """By the payment's number."""
    return {row[0]: Instrument(*row) for row in await tx.fetch(_OF, order_id)}


async def forget(tx: Tx, order_ids: Sequence[str]) -> None:
    """Their sagas have ended."""
    await tx.execute(_FORGET, order_ids)


async def lead(tx: Tx, order_id: str, redirect_url: str) -> int:
    """Where the shopper is to go now, after a payment before this one was secured; gives the order's new version."""
    return int(await tx.fetchval(_LEAD, order_id, redirect_url))
