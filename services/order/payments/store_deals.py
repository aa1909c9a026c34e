"""Which payments captures take from: written once, before anybody is asked."""

from collections.abc import Sequence
from datetime import datetime

from kit.postgres import Tx
from services.order.payments.domain_deals import Deal

_ADD = """
INSERT INTO tender_deals (order_id, key, tender_no, amount, business_time)
SELECT $1, key, tender_no, amount, $5 FROM unnest($2::text[], $3::int[], $4::bigint[]) AS deal (key, tender_no, amount)
"""
_OF = "SELECT key, tender_no, amount FROM tender_deals WHERE order_id = $1 ORDER BY record_time, key, tender_no"


async def add(tx: Tx, order_id: str, given: Sequence[Deal], at: datetime) -> None:
    """The caller has locked the order's saga, and seen that the key was not dealt before."""
    if given:
        columns = ([one.key for one in given], [one.tender_no for one in given], [one.amount for one in given])
        await tx.execute(_ADD, order_id, *columns, at)


async def of(tx: Tx, order_id: str) -> list[Deal]:
    """All of an order's."""
    return [Deal(*row) for row in await tx.fetch(_OF, order_id)]
