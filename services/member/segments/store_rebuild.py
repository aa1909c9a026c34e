"""Every SQL statement by which facts are fetched anew from member's other books."""

from collections.abc import Sequence

from kit.postgres import Tx

_NEXT = "SELECT member_id FROM member_facts WHERE member_id > $1 ORDER BY member_id LIMIT $2"
# Every id that means these members: what was bought under one is kept under it.
_IDS = """
SELECT one AS member_id FROM unnest($1::uuid[]) AS one
 UNION ALL SELECT alias_id FROM member_aliases WHERE member_id = ANY($1::uuid[])
"""
# The sum of the lines is on the timeline since it is needed here; before, the total that was paid stands for it.
_ORDERS = """
INSERT INTO fact_orders (order_id, member_id, business_time, in_store, location_id, staff_code, amount)
SELECT t.subject_id::uuid, t.member_id, t.business_time, t.kind = 'SALE', t.location_id, t.staff_code,
       coalesce(t.data ->> 'net_total', t.data ->> 'grand_total')::bigint
  FROM timeline_records AS t
 WHERE t.member_id = ANY($1::uuid[]) AND t.kind IN ('SALE', 'ORDER') AND t.source = 'order'
 ORDER BY t.subject_id
    ON CONFLICT (order_id) DO NOTHING
RETURNING true
"""
_TAKINGS = """
WITH bought AS (SELECT order_id FROM fact_orders WHERE member_id = ANY($1::uuid[]))
INSERT INTO fact_takings (order_id, source, line_no, first_unit, amount)
SELECT order_id, 'order', 0, 0, 0 FROM bought JOIN cancelled_orders USING (order_id)
 UNION ALL
SELECT order_id, 'units', line_no, first_unit, net_total FROM bought JOIN cancelled_units USING (order_id)
 UNION ALL
SELECT order_id, refund_id, line_no, first_unit, net_total FROM bought JOIN returned_units USING (order_id)
 ORDER BY 1, 2, 3, 4
    ON CONFLICT (order_id, source, line_no, first_unit) DO NOTHING
"""


async def following(tx: Tx, after: str, limit: int) -> list[str]:
    """The next members in order."""
    return [row["member_id"] for row in await tx.fetch(_NEXT, after, limit)]


async def fetch(tx: Tx, member_ids: Sequence[str]) -> int:
    """Their orders, and what of these does not stand; answers how many orders were not known."""
    ids = [row["member_id"] for row in await tx.fetch(_IDS, list(member_ids))]
    orders = len(await tx.fetch(_ORDERS, ids))
    await tx.execute(_TAKINGS, ids)
    return orders
