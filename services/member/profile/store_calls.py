"""Every SQL statement about whom to call."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from kit.postgres import Tx
from services.member.profile.domain_calls import LAPSED_AFTER, POINTS_AHEAD, Cause, Price, Reason

_PUT_PRICES = """
INSERT INTO sku_prices AS p (sku, price_list_id, amount, change_time, start_time, end_time, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
                     $7::bigint[])
    ON CONFLICT (sku, price_list_id) DO UPDATE
   SET before_amount = CASE WHEN excluded.amount < p.amount THEN p.amount
                            WHEN excluded.amount > p.amount THEN NULL ELSE p.before_amount END,
       change_time = CASE WHEN excluded.amount <> p.amount THEN excluded.change_time ELSE p.change_time END,
       amount = excluded.amount, start_time = excluded.start_time, end_time = excluded.end_time,
       version = excluded.version
 WHERE p.version <= excluded.version
"""

_DROP_PRICES = """
DELETE FROM sku_prices WHERE (sku, price_list_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""

_BOUND = """
SELECT member_id FROM member_advisers
 WHERE staff_code = $1 AND active AND (valid_until_time IS NULL OR valid_until_time > $2)
 ORDER BY member_id LIMIT $3
"""

# On offer: fallen within the last $3, or cheaper for a time than in another list that holds now.
_OFFERS = """
SELECT DISTINCT ON (w.member_id, w.sku) w.member_id, w.sku, p.amount, p.end_time
  FROM wishes AS w JOIN sku_prices AS p ON p.sku = w.sku
 WHERE w.member_id = ANY($1::uuid[]) AND NOT w.removed
   AND (p.start_time IS NULL OR p.start_time <= $2) AND (p.end_time IS NULL OR p.end_time > $2)
   AND ((p.before_amount > p.amount AND p.change_time > $2 - $3::interval)
        OR (p.end_time IS NOT NULL AND EXISTS (
                SELECT FROM sku_prices AS usual
                 WHERE usual.sku = p.sku AND usual.amount > p.amount
                   AND (usual.start_time IS NULL OR usual.start_time <= $2)
                   AND (usual.end_time IS NULL OR usual.end_time > $2))))
 ORDER BY w.member_id, w.sku, p.amount
"""

_POINTS = """
SELECT member_id, sum(active)::bigint AS points, min(expire_time) AS expire_time FROM points_lots
 WHERE member_id = ANY($1::uuid[]) AND active > 0
   AND expire_time > $2::timestamptz AND expire_time <= $2::timestamptz + $3::interval
 GROUP BY member_id
"""

_LAST_ORDERS = """
SELECT own.member_id, last.business_time
  FROM unnest($1::uuid[]) AS own (member_id)
 CROSS JOIN LATERAL (
    SELECT business_time FROM timeline_records AS r
     WHERE r.member_id = own.member_id AND r.kind IN ('ORDER', 'SALE') ORDER BY business_time DESC LIMIT 1) AS last
 WHERE last.business_time <= $2::timestamptz - $3::interval
"""

_COMPLAINTS = """
SELECT r.member_id, r.record_id, r.business_time FROM timeline_records AS r
 WHERE r.member_id = ANY($1::uuid[]) AND r.kind = 'COMPLAINT' AND NOT r.data ? 'settles'
   AND NOT EXISTS (SELECT FROM timeline_records AS s
                    WHERE s.member_id = r.member_id AND s.kind = 'COMPLAINT'
                      AND s.data ->> 'settles' = r.record_id::text)
"""

_BIRTHDAYS = """
SELECT member_id, day_lookup FROM birthdays WHERE member_id = ANY($1::uuid[]) AND day_lookup = ANY($2::bytea[])
"""

_CONTACTS = """
SELECT own.member_id, last.business_time
  FROM unnest($1::uuid[]) AS own (member_id)
 CROSS JOIN LATERAL (
    SELECT business_time FROM timeline_records AS r
     WHERE r.member_id = own.member_id AND r.kind IN ('CALL', 'CHAT') ORDER BY business_time DESC LIMIT 1) AS last
"""

_NEVER = """
SELECT DISTINCT member_id FROM timeline_records
 WHERE member_id = ANY($1::uuid[]) AND kind = 'CALL' AND data ->> 'outcome' = 'not_again'
"""


async def put_prices(tx: Tx, prices: Sequence[Price]) -> None:
    """Keeps prices, one per SKU and list, with what they were before they fell."""
    if prices:
        names = ("sku", "price_list_id", "amount", "change_time", "start_time", "end_time", "version")
        await tx.execute(_PUT_PRICES, *([getattr(one, name) for one in prices] for name in names))


async def drop_prices(tx: Tx, gone: Sequence[tuple[str, str]]) -> None:
    """These (SKU, list) have no price any more."""
    if gone:
        await tx.execute(_DROP_PRICES, *map(list, zip(*gone, strict=True)))


async def bound(tx: Tx, staff_code: str, now: datetime, limit: int) -> list[str]:
    """The members who are bound to a staff member."""
    return [str(row["member_id"]) for row in await tx.fetch(_BOUND, staff_code, now, limit)]


async def causes(tx: Tx, member_ids: Sequence[str], now: datetime) -> list[Cause]:
    """Every reason to call one of these."""
    ids = list(member_ids)
    found = [
        Cause(str(row["member_id"]), Reason.WISH_ON_OFFER, row["sku"], row["amount"], row["end_time"])
        for row in await tx.fetch(_OFFERS, ids, now, timedelta(days=30))
    ]
    found += [
        Cause(str(row["member_id"]), Reason.POINTS_EXPIRING, "", row["points"], row["expire_time"])
        for row in await tx.fetch(_POINTS, ids, now, POINTS_AHEAD)
    ]
    found += [
        Cause(str(row["member_id"]), Reason.LAPSED, "", (now - row["business_time"]).days, row["business_time"])
        for row in await tx.fetch(_LAST_ORDERS, ids, now, LAPSED_AFTER)
    ]
    found += [
        Cause(str(row["member_id"]), Reason.COMPLAINT_OPEN, str(row["record_id"]), 0, row["business_time"])
        for row in await tx.fetch(_COMPLAINTS, ids)
    ]
    return found


async def birthdays(tx: Tx, member_ids: Sequence[str], days: Mapping[bytes, datetime]) -> list[Cause]:
    """Who of these has his birthday on one of these days, given by their keyed hashes."""
    found = await tx.fetch(_BIRTHDAYS, list(member_ids), list(days))
    return [Cause(str(row["member_id"]), Reason.BIRTHDAY, "", 0, days[row["day_lookup"]]) for row in found]


async def contacts(tx: Tx, member_ids: Sequence[str]) -> dict[str, datetime]:
    """When each of these was last spoken to."""
    return {str(row["member_id"]): row["business_time"] for row in await tx.fetch(_CONTACTS, list(member_ids))}


async def never(tx: Tx, member_ids: Sequence[str]) -> set[str]:
    """Who said that he does not want to be called."""
    return {str(row["member_id"]) for row in await tx.fetch(_NEVER, list(member_ids))}
