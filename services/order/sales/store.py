"""Writes store sales, a frame at a time, and asks which of what they name is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kit.access import Actor
from kit.postgres import Tx
from services.order.sales.domain import Names

_KNOWN = """
SELECT 'sku' AS kind, sku AS name, variants.name AS title FROM variants
 WHERE sku = ANY($1::text[]) AND NOT placeholder
 UNION ALL SELECT 'staff', staff_code, '' FROM staff_codes WHERE staff_code = ANY($2::text[])
 UNION ALL SELECT 'member', member_id::text, '' FROM member_tiers WHERE member_id = ANY($3::uuid[])
 UNION ALL SELECT 'member', alias_id::text, '' FROM member_aliases WHERE alias_id = ANY($3::uuid[])
 UNION ALL SELECT 'location', location_id, '' FROM locations WHERE location_id = ANY($4::text[])
 UNION ALL SELECT 'channel', channel_id, '' FROM channels WHERE channel_id = ANY($5::text[])
"""
_RULES = """
SELECT array(SELECT rule ->> 'id' FROM jsonb_array_elements(rules_json::jsonb -> 'rules') AS rule) AS rule_ids
  FROM rule_sets WHERE number = $1
"""
# A sale is born CONFIRMED. Lines, tenders and reviews say by number which sale is theirs; those of a sale that was
# there already find no head to join.
_INSERT = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[], $6::text[], $7::bool[],
                         $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                         $14::text[], $15::text[], $16::text[], $17::bool[], $18::text[])
           WITH ORDINALITY AS head (order_id, order_no, channel_id, member_id, business_time, currency, tax_included,
                    list_total, discount_total, tax_total, grand_total, catalogue_version, price_list_version,
                    rules_version, cashier, external_id, offline, flags, number)
), heads AS (
    INSERT INTO orders (order_id, order_no, state, channel_kind, channel_id, location_id, terminal_id, member_id,
        business_time, currency, tax_included, list_total, discount_total, tax_total, grand_total, catalogue_version,
        price_list_version, rules_version, cashier_staff_code, external_id, offline, review_flags, actor_kind, actor_id,
        actor_terminal_id)
    SELECT order_id, order_no, 'CONFIRMED', 'STORE', channel_id, $19, $20, member_id, business_time, currency,
           tax_included, list_total, discount_total, tax_total, grand_total, catalogue_version, price_list_version,
           rules_version, cashier, external_id, offline, string_to_array(flags, ','), $21, $22, $23
      FROM given ORDER BY order_id
    ON CONFLICT (order_id) DO NOTHING
    RETURNING order_id
), kept AS (
    SELECT order_id, number, business_time FROM heads JOIN given USING (order_id)
), lines AS (
    INSERT INTO order_lines (order_id, line_no, sku, name, quantity, by_measure, list_total, discount_total, net_total,
        tax_total, earn_base, discounts, units, method, fulfilment_location_id, seller_staff_code)
    SELECT kept.order_id, line_no, sku, name, quantity, by_measure, list_total, list_total - net_total, net_total,
           tax_total, earn_base, discounts::jsonb, units::jsonb, method, $19, seller
      FROM unnest($24::bigint[], $25::int[], $26::text[], $27::bigint[], $28::bool[], $29::bigint[], $30::bigint[],
                  $31::bigint[], $32::bigint[], $33::text[], $34::text[], $35::text[], $36::text[], $37::text[])
           AS line (number, line_no, sku, quantity, by_measure, list_total, net_total, tax_total, earn_base, discounts,
                    units, method, seller, name)
      JOIN kept USING (number)
), tenders AS (
    INSERT INTO order_tenders (order_id, tender_no, entry, kind, amount, reference, business_time, actor_kind, actor_id,
        actor_terminal_id)
    SELECT order_id, tender_no, 'CAPTURED', kind, amount, reference, business_time, $21, $22, $23
      FROM unnest($38::bigint[], $39::int[], $40::text[], $41::bigint[], $42::text[])
           AS tender (number, tender_no, kind, amount, reference)
      JOIN kept USING (number)
), reviews AS (
    INSERT INTO sale_reviews (order_id, flag, subject, location_id)
    SELECT order_id, flag, subject, $19
      FROM unnest($43::bigint[], $44::text[], $45::text[]) AS review (number, flag, subject) JOIN kept USING (number)
), counted AS (
    INSERT INTO sale_terminals (terminal_id, version) VALUES ($20, $46::bigint)
    ON CONFLICT (terminal_id) DO UPDATE SET version = sale_terminals.version + excluded.version
    RETURNING version
)
SELECT order_id, (SELECT version FROM counted) AS version FROM heads
"""
# the first sale stands; that another came under its id is written beside it
_KEEP_SPENDS = """
WITH spent AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS spent (order_id, spends, points)
), kept AS (
    INSERT INTO order_spends (order_id, spends)
    SELECT order_id, spends::jsonb FROM spent WHERE spends <> '[]'
    ON CONFLICT (order_id) DO NOTHING
)
UPDATE orders SET points_spent = spent.points FROM spent
 WHERE orders.order_id = spent.order_id AND spent.points > 0
"""
_KEEP_ASIDE = """
WITH kept AS (
    INSERT INTO sale_duplicates (terminal_id, sequence, order_id, payload) VALUES ($1, $2, $3, $4)
), review AS (
    INSERT INTO sale_reviews (order_id, flag, subject, location_id)
    VALUES ($3, 'DUPLICATE_SALE', $1 || '#' || $2::bigint, $5)
)
UPDATE orders SET version = version + 1, update_time = now(),
       review_flags = array_append(array_remove(review_flags, 'DUPLICATE_SALE'), 'DUPLICATE_SALE')
 WHERE order_id = $3 RETURNING version
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """A frame's rows, by columns; lines, tenders and reviews begin with the number of their sale, from 1."""

    heads: Sequence[Sequence[Any]]
    lines: Sequence[Sequence[Any]]
    tenders: Sequence[Sequence[Any]]
    reviews: Sequence[Sequence[Any]]


async def known(tx: Tx, names: Names) -> tuple[Names, dict[str, str]]:
    """Which of these names we have heard of, and the known goods' names as people say them."""
    asked = (names.skus, names.staff_codes, names.member_ids, names.location_ids, names.channel_ids)
    rows = await tx.fetch(_KNOWN, *map(list, asked))
    found: dict[str, set[str]] = {"sku": set(), "staff": set(), "member": set(), "location": set(), "channel": set()}
    for kind, name, _ in rows:
        found[kind].add(name)
    titles = {name: title for kind, name, title in rows if kind == "sku"}
    return Names(*(frozenset(each) for each in found.values())), titles


async def rule_ids(tx: Tx, number: int) -> frozenset[str] | None:
    """The rules of a set that was published, or None."""
    row = await tx.fetchrow(_RULES, number)
    return frozenset(row[0]) if row else None


async def insert(
    tx: Tx, rows: Rows, location_id: str, terminal_id: str, actor: Actor, events: int
) -> tuple[set[str], int]:
    """Stores sales in one round trip; gives the ids of those that are new, and the number of the last of `events`."""
    who = (location_id, terminal_id, actor.kind, actor.id, actor.terminal_id)
    found = await tx.fetch(_INSERT, *rows.heads, *who, *rows.lines, *rows.tenders, *rows.reviews, events)
    return {row[0] for row in found}, found[0][1] if found else 0


async def keep_spends(tx: Tx, documents: Sequence[tuple[str, str, int]]) -> None:
    """What sales used of what their members hold; most used nothing."""
    if documents:
        await tx.execute(_KEEP_SPENDS, *[list(column) for column in zip(*documents, strict=True)])


async def keep_aside(tx: Tx, terminal_id: str, sequence: int, order_id: str, payload: bytes, location_id: str) -> int:
    """Keeps a sale whose id was taken; gives the first one's new version."""
    return int(await tx.fetchval(_KEEP_ASIDE, terminal_id, sequence, order_id, payload, location_id))
