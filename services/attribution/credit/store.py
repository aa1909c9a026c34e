"""Every SQL statement about sales and the credit ledger."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter

import asyncpg

from kit.access import Actor
from kit.audit import Check
from kit.postgres import Tx
from services.attribution.credit.domain import Basis, Credit, Role
from services.attribution.credit.domain_sales import Line, Sale

_CANCEL = """
INSERT INTO sales AS s (order_id, channel_kind, location_id, currency_code, staff_link_token, line_nos, skus,
                        quantities, measured, nets, sellers, fulfilling, cancelled)
VALUES ($1, 0, '', '', '', '{}', '{}', '{}', '{}', '{}', '{}', '{}', true)
    ON CONFLICT (order_id) DO UPDATE SET cancelled = true WHERE NOT s.cancelled
RETURNING s.business_time IS NOT NULL AS known
"""

_SALE_COLUMNS = """
order_id, member_id, channel_kind, location_id, business_time, currency_code, staff_link_token,
       line_nos, skus, quantities, measured, nets, sellers, fulfilling, named_id
"""

_SALES_OF_MEMBERS = f"""
SELECT {_SALE_COLUMNS}
  FROM sales
 WHERE member_id = ANY($1::uuid[]) AND business_time IS NOT NULL AND NOT cancelled
 ORDER BY order_id
"""

_SALE = f"""
SELECT {_SALE_COLUMNS} FROM sales WHERE order_id = $1 AND business_time IS NOT NULL
"""

_KNOWN = "SELECT order_id FROM sales WHERE order_id = ANY($1::uuid[]) AND business_time IS NOT NULL"

_CREDIT_COLUMNS = """
order_id, line_no, role, entry_no, credit_id, last_unit, measure, sku, beneficiary, basis, share_bp, base_amount,
       amount, currency_code, driven_location_id, business_time, rule_version, evidence, mirror_of, reason,
       first_unit, partial
"""

_INSERT_CREDITS = f"""
INSERT INTO credits ({_CREDIT_COLUMNS}, actor_kind, actor_id, terminal_id)
SELECT entry.*, $23, $24, $25
  FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::int[], $5::uuid[], $6::bigint[], $7::bigint[], $8::text[],
              $9::text[], $10::smallint[], $11::int[], $12::bigint[], $13::bigint[], $14::text[], $15::text[],
              $16::timestamptz[], $17::text[], $18::text[], $19::uuid[], $20::text[],
              $21::bigint[], $22::boolean[]) AS entry
    ON CONFLICT (order_id, line_no, role, entry_no) DO NOTHING
"""

# Less what partial mirrors took back; under the line's newest number, behind which the next entry goes.
_LIVE = """
SELECT c.order_id, c.line_no, c.role, own.newest AS entry_no, c.credit_id, c.last_unit, c.measure, c.sku,
       c.beneficiary, c.basis, c.share_bp, c.base_amount + own.base AS base_amount, c.amount + own.taken AS amount,
       c.currency_code, c.driven_location_id, c.business_time, c.rule_version, c.evidence, c.mirror_of, c.reason,
       c.first_unit, c.partial
  FROM credits AS c
 CROSS JOIN LATERAL (
       SELECT max(m.entry_no) AS newest,
              coalesce(sum(m.base_amount) FILTER (WHERE m.mirror_of = c.credit_id), 0)::bigint AS base,
              coalesce(sum(m.amount) FILTER (WHERE m.mirror_of = c.credit_id), 0)::bigint AS taken,
              coalesce(bool_or(m.mirror_of = c.credit_id AND NOT m.partial), false) AS over
         FROM credits AS m
        WHERE m.order_id = c.order_id AND m.line_no = c.line_no AND m.role = c.role) AS own
 WHERE c.order_id = ANY($1::uuid[]) AND c.mirror_of IS NULL AND NOT own.over
"""

_OF_ORDERS = f"""
SELECT {_CREDIT_COLUMNS} FROM credits WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, line_no, role, entry_no
"""

_OF_BENEFICIARY = f"""
SELECT {_CREDIT_COLUMNS}
  FROM credits
 WHERE beneficiary = $1 AND business_time >= $2 AND business_time < $3
   AND (business_time, order_id, line_no, entry_no) < ($4, $5::uuid, $6, $7)
 ORDER BY business_time DESC, order_id DESC, line_no DESC, entry_no DESC
 LIMIT $8
"""

_NEXT_VERSIONS = """
INSERT INTO order_heads AS h (order_id, version)
SELECT order_id, 1 FROM unnest($1::uuid[]) AS order_id ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE SET version = h.version + 1
RETURNING order_id, version
"""

_EXAMINED = "SELECT count(*) FROM credits"

# Every line of a sale that stands is credited to the minor unit, less the units that were given up; every line of a
# cancelled one nets to nothing.
_POTS = """
SELECT format('order=%s line=%s', s.order_id, line.line_no) AS subject,
       (CASE WHEN s.cancelled THEN 0 ELSE line.net - gone.net END)::text AS expected,
       coalesce(sum(c.amount), 0)::text AS found, '' AS repair
  FROM sales AS s
 CROSS JOIN LATERAL unnest(s.line_nos, s.nets) AS line (line_no, net)
 CROSS JOIN LATERAL (SELECT coalesce(sum(u.net), 0) AS net FROM cancelled_units AS u
                      WHERE u.order_id = s.order_id AND u.line_no = line.line_no) AS gone
  LEFT JOIN credits AS c ON c.order_id = s.order_id AND c.line_no = line.line_no AND c.role = 1
 WHERE s.business_time IS NOT NULL
 GROUP BY s.order_id, s.cancelled, line.line_no, line.net, gone.net
HAVING coalesce(sum(c.amount), 0) <> CASE WHEN s.cancelled THEN 0 ELSE line.net - gone.net END
 LIMIT 100
"""

_WINNERS = """
SELECT format('order=%s line=%s', order_id, line_no) AS subject, 'one live entry at most' AS expected,
       count(*)::text AS found, '' AS repair
  FROM credits AS c
 WHERE mirror_of IS NULL
   AND NOT EXISTS (SELECT FROM credits AS m
                    WHERE m.order_id = c.order_id AND m.mirror_of = c.credit_id AND NOT m.partial)
 GROUP BY order_id, line_no, role
HAVING count(*) > 1
 LIMIT 100
"""

CHECKS = (
    Check("credit.pots_sum_to_lines", _EXAMINED, _POTS),
    Check("credit.one_winner_per_line", _EXAMINED, _WINNERS),
)


_credit_row = attrgetter(*Credit.__slots__)


async def cancel(tx: Tx, order_id: str) -> bool:
    """Marks a sale as cancelled; True if there is a sale whose credits must be taken back now."""
    return bool(await tx.fetchval(_CANCEL, order_id))


async def sales_of(tx: Tx, member_ids: Iterable[str]) -> list[Sale]:
    """The standing sales of these members."""
    return [_sale(row) for row in await tx.fetch(_SALES_OF_MEMBERS, sorted(set(member_ids)))]


async def sale(tx: Tx, order_id: str) -> Sale | None:
    """One sale."""
    row = await tx.fetchrow(_SALE, order_id)
    return _sale(row) if row else None


async def known(tx: Tx, order_ids: Iterable[str]) -> set[str]:
    """Which of these orders were heard of as sales."""
    return {row["order_id"] for row in await tx.fetch(_KNOWN, sorted(order_ids))}


async def insert(tx: Tx, entries: Sequence[Credit], actor: Actor) -> None:
    """Appends entries to the ledger."""
    if not entries:
        return
    columns = zip(*map(_credit_row, entries), strict=True)
    await tx.execute(_INSERT_CREDITS, *map(list, columns), actor.kind.value, actor.id, actor.terminal_id)


async def live(tx: Tx, order_ids: Sequence[str]) -> dict[str, dict[int, Credit]]:
    """What stands of each line's credit in these orders: {order_id: {line_no: credit}}."""
    found: dict[str, dict[int, Credit]] = {}
    for row in await tx.fetch(_LIVE, list(order_ids)):
        credit = _credit(row)
        found.setdefault(credit.order_id, {})[credit.line_no] = credit
    return found


async def of_orders(tx: Tx, order_ids: Sequence[str]) -> list[Credit]:
    """All entries of these orders, oldest first per line."""
    return [_credit(row) for row in await tx.fetch(_OF_ORDERS, list(order_ids))]


async def of_beneficiary(
    tx: Tx, beneficiary: str, start: datetime, end: datetime, after: tuple[datetime, str, int, int], limit: int
) -> list[Credit]:
    """A beneficiary's entries in [start, end), newest first, from behind `after`."""
    rows = await tx.fetch(_OF_BENEFICIARY, beneficiary, start, end, *after, limit)
    return [_credit(row) for row in rows]


async def next_versions(tx: Tx, order_ids: Sequence[str]) -> dict[str, int]:
    """The sequence of each order's next credit event."""
    rows = await tx.fetch(_NEXT_VERSIONS, list(order_ids))
    return {row["order_id"]: row["version"] for row in rows}


def _sale(row: asyncpg.Record) -> Sale:
    names = ("line_nos", "skus", "quantities", "measured", "nets", "sellers", "fulfilling")
    return Sale(
        row["order_id"],
        row["member_id"],
        row["channel_kind"],
        row["location_id"],
        row["business_time"],
        row["currency_code"],
        row["staff_link_token"],
        tuple(Line(*values) for values in zip(*(row[name] for name in names), strict=True)),
        row["named_id"],
    )


def _credit(row: asyncpg.Record) -> Credit:
    values = dict(row)
    return Credit(**{**values, "role": Role(values["role"]), "basis": Basis(values["basis"])})
