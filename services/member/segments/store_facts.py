"""Every SQL statement that keeps what is known of members up to what the books say."""

from collections.abc import Sequence
from datetime import datetime

from kit.audit import Check
from kit.postgres import Tx
from services.member.segments.domain_facts import Order, Taking

_ROW = "INSERT INTO member_facts (member_id) SELECT unnest($1::uuid[]) ON CONFLICT (member_id) DO NOTHING"
_LOCK = "SELECT member_id FROM member_facts WHERE member_id = ANY($1::uuid[]) ORDER BY member_id FOR UPDATE"

_MEANT = "SELECT told, resolve_member(told) AS meant FROM unnest($1::uuid[]) AS told"

_ORDERS = """
INSERT INTO fact_orders (order_id, member_id, business_time, in_store, location_id, staff_code, amount)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::boolean[], $5::text[], $6::text[], $7::bigint[])
    ON CONFLICT (order_id) DO NOTHING
"""

_TAKINGS = """
INSERT INTO fact_takings (order_id, source, line_no, first_unit, amount)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[], $5::bigint[])
    ON CONFLICT (order_id, source, line_no, first_unit) DO NOTHING
"""

_BUYERS = "SELECT DISTINCT member_id FROM fact_orders WHERE order_id = ANY($1::uuid[])"

_LOGINS = """
INSERT INTO fact_logins AS l (member_id, day, last_time)
SELECT member_id, day, max(at) FROM unnest($1::uuid[], $2::date[], $3::timestamptz[]) AS t (member_id, day, at)
 GROUP BY 1, 2
    ON CONFLICT (member_id, day) DO UPDATE SET last_time = greatest(l.last_time, excluded.last_time)
"""

# All ids that mean the members asked for; what is left of each of their orders; and the sums.
_SUMS = """people AS ({people}), ids AS (
    SELECT member_id AS person, member_id AS told FROM people
     UNION ALL
    SELECT a.member_id, a.alias_id FROM people AS m JOIN member_aliases AS a USING (member_id)
), kept AS (
    SELECT ids.person, o.business_time, o.in_store, o.location_id, o.amount, coalesce(t.amount, 0) AS taken
      FROM ids JOIN fact_orders AS o ON o.member_id = ids.told
      LEFT JOIN LATERAL (SELECT bool_or(source = 'order') AS ended, sum(amount) AS amount
                           FROM fact_takings AS t WHERE t.order_id = o.order_id) AS t ON true
     WHERE t.ended IS NOT TRUE AND (coalesce(t.amount, 0) < o.amount OR o.amount = 0)
), orders AS (
    SELECT person, count(*)::int AS orders, count(*) FILTER (WHERE in_store)::int AS store_orders,
           count(*) FILTER (WHERE NOT in_store)::int AS online_orders, sum(amount - taken)::bigint AS spend,
           min(business_time) AS first_order_time, max(business_time) AS last_order_time,
           max(business_time) FILTER (WHERE in_store) AS last_store_time,
           max(business_time) FILTER (WHERE NOT in_store) AS last_online_time,
           (array_agg(location_id ORDER BY business_time DESC, location_id) FILTER (WHERE in_store))[1] AS location_id
      FROM kept GROUP BY person
), logins AS (
    SELECT person, max(l.last_time) AS last_time
      FROM ids JOIN fact_logins AS l ON l.member_id = ids.told GROUP BY person
), sums AS (
    SELECT s.member_id, m.join_time, o.first_order_time, o.last_order_time, o.last_store_time, o.last_online_time,
           l.last_time AS last_app_time, coalesce(o.spend, 0)::bigint AS spend, coalesce(o.orders, 0) AS orders,
           coalesce(o.store_orders, 0) AS store_orders, coalesce(o.online_orders, 0) AS online_orders,
           CASE WHEN o.orders > 1
                THEN floor(extract(epoch FROM o.last_order_time - o.first_order_time) / 86400 / (o.orders - 1))::int
                END AS cycle_days,
           CASE WHEN m.kind = 'member' THEN 1 ELSE 0 END::smallint AS known,
           coalesce(m.claim_time IS NOT NULL, false) AS claimed, coalesce(b.tier, '') AS tier,
           coalesce(m.source, '') AS source, coalesce(o.location_id, '') AS last_location_id
      FROM people AS s
      LEFT JOIN members AS m USING (member_id)
      LEFT JOIN points_balances AS b USING (member_id)
      LEFT JOIN orders AS o ON o.person = s.member_id
      LEFT JOIN logins AS l ON l.person = s.member_id
)
"""
_NAMES = (
    "join_time", "first_order_time", "last_order_time", "last_store_time", "last_online_time", "last_app_time",
    "spend", "orders", "store_orders", "online_orders", "cycle_days", "known", "claimed", "tier", "source",
    "last_location_id",
)  # fmt: skip
_COLUMNS = ", ".join(_NAMES)
_KEPT, _SUMMED = (f"row({', '.join(f'{table}.{name}' for name in _NAMES)})" for table in ("f", "s"))
_REFRESH = f"""WITH {_SUMS.format(people="SELECT unnest($1::uuid[]) AS member_id").strip()}
UPDATE member_facts AS f SET ({_COLUMNS}) = (SELECT {_COLUMNS} FROM sums WHERE sums.member_id = f.member_id)
 WHERE f.member_id = ANY($1::uuid[])
"""

_DROP = "DELETE FROM member_facts WHERE member_id = ANY($1::uuid[])"

# Touches are in no book of ours: they only grow, so the later of both holds.
_INHERIT = """
UPDATE member_facts AS f
   SET last_touch_time = greatest(f.last_touch_time, o.last_touch_time),
       last_open_time = greatest(f.last_open_time, o.last_open_time),
       last_click_time = greatest(f.last_click_time, o.last_click_time)
  FROM member_facts AS o WHERE f.member_id = $1 AND o.member_id = $2
"""

_TOUCH = """
UPDATE member_facts AS f
   SET last_touch_time = greatest(f.last_touch_time, t.touch), last_open_time = greatest(f.last_open_time, t.opened),
       last_click_time = greatest(f.last_click_time, t.clicked)
  FROM (SELECT resolve_member(member_id) AS member_id, max(touch) AS touch, max(opened) AS opened,
               max(clicked) AS clicked
          FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[])
               AS one (member_id, touch, opened, clicked) GROUP BY 1) AS t
 WHERE f.member_id = t.member_id
"""

_REPAIR = """'omoctl call SegmentService.RefreshFacts ''{"member_id":"' || member_id || '"}''' """
_DRIFTED = f"""WITH {_SUMS.format(people="SELECT member_id FROM member_facts").strip()}
SELECT member_id::text AS subject, {_SUMMED}::text AS expected, {_KEPT}::text AS found, {_REPAIR} AS repair
  FROM member_facts AS f JOIN sums AS s USING (member_id)
 WHERE {_SUMMED} IS DISTINCT FROM {_KEPT} LIMIT 100
"""
_ABSENT = f"""
SELECT member_id::text AS subject, 'a row of facts' AS expected, 'none' AS found, {_REPAIR} AS repair
  FROM members AS m LEFT JOIN member_facts AS f USING (member_id)
 WHERE f.member_id IS NULL AND NOT EXISTS (SELECT FROM member_aliases AS a WHERE a.alias_id = m.member_id)
   AND NOT EXISTS (SELECT FROM member_tombstones AS gone WHERE gone.member_id = m.member_id)
   AND NOT EXISTS (SELECT FROM member_tombstones AS gone WHERE gone.member_id = m.member_id)
 LIMIT 100
"""

CHECKS = (
    Check("segments.facts_follow_the_books", "SELECT count(*) FROM member_facts", _DRIFTED),
    Check("segments.everybody_has_facts", "SELECT count(*) FROM members", _ABSENT),
)


async def meant(tx: Tx, told: Sequence[str]) -> dict[str, str]:
    """Whom ids mean."""
    return {row["told"]: row["meant"] for row in await tx.fetch(_MEANT, sorted(set(told)))}


async def lock(tx: Tx, member_ids: Sequence[str]) -> None:
    """Takes these persons' rows, in key order; what is read afterwards is read with nobody else writing."""
    ids = sorted(set(member_ids))
    await tx.execute(_ROW, ids)
    await tx.execute(_LOCK, ids)


async def buyers(tx: Tx, order_ids: Sequence[str]) -> set[str]:
    """Whose these orders are, as far as they are somebody's."""
    return {row["member_id"] for row in await tx.fetch(_BUYERS, order_ids)}


async def keep_orders(tx: Tx, orders: Sequence[Order]) -> None:
    """Keeps orders, each once."""
    rows = [
        (o.order_id, o.member_id, o.business_time, o.in_store, o.location_id, o.staff_code, o.amount) for o in orders
    ]
    if rows:
        await tx.execute(_ORDERS, *map(list, zip(*rows, strict=True)))


async def keep_takings(tx: Tx, takings: Sequence[Taking]) -> None:
    """Keeps what did not stand, each once."""
    rows = [(t.order_id, t.source, t.line_no, t.first_unit, t.amount) for t in takings]
    if rows:
        await tx.execute(_TAKINGS, *map(list, zip(*rows, strict=True)))


async def keep_logins(tx: Tx, logins: Sequence[tuple[str, datetime, datetime]]) -> None:
    """Keeps (member, day of the brand, moment) of logins with the app."""
    if logins:
        members, days, moments = map(list, zip(*logins, strict=True))
        await tx.execute(_LOGINS, members, [day.date() for day in days], moments)


async def refresh(tx: Tx, member_ids: Sequence[str]) -> None:
    """Brings locked rows up to the books."""
    await tx.execute(_REFRESH, sorted(set(member_ids)))


async def drop(tx: Tx, member_ids: Sequence[str]) -> None:
    """Takes away the rows of ids that mean somebody else now, or whom nobody may know any more."""
    await tx.execute(_DROP, sorted(set(member_ids)))


async def inherit(tx: Tx, member_id: str, absorbed_id: str) -> None:
    """The later touches of both hold."""
    await tx.execute(_INHERIT, member_id, absorbed_id)


async def touch(tx: Tx, touches: Sequence[tuple[str, datetime, datetime | None, datetime | None]]) -> None:
    """Notes (member, touched, opened, clicked); only later ones count."""
    if touches:
        await tx.execute(_TOUCH, *map(list, zip(*touches, strict=True)))
