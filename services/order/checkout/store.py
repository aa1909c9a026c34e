"""How a new order is written: its head, its lines down to the unit, their places, and the first tender entries."""

from collections.abc import Sequence
from typing import Any

import msgspec

from services.order.checkout.domain import Line, Order

# The parts of the insert with which a checkout begins: heads from $1..$34, lines from $35..$50, tenders from
# $51..$62. Columns come as arrays, so that many that begin together cost one round trip.
ROWS = """
heads AS (
    INSERT INTO orders (order_id, order_no, state, channel_kind, channel_id, location_id, terminal_id, member_id,
        business_time, currency, tax_included, list_total, discount_total, tax_total, points_value, grand_total,
        points_spent, catalogue_version, price_list_version, rules_version, version, reason, contact_id, masked_name,
        staff_link_token, cashier_staff_code, external_id, offline, review_flags, actor_kind, actor_id,
        actor_terminal_id, record_time, delivery)
    SELECT head.order_id, order_no, state, channel_kind, channel_id, location_id, terminal_id, member_id,
           business_time, currency, tax_included, list_total, discount_total, tax_total, points_value, grand_total,
           points_spent, catalogue_version, price_list_version, rules_version, version, reason, contact_id, masked_name,
           staff_link_token, cashier_staff_code, external_id, offline, string_to_array(flags, ','), actor_kind,
           actor_id, actor_terminal_id, coalesce(recorded, now()), delivery::jsonb
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[],
                  $9::timestamptz[], $10::text[], $11::bool[], $12::bigint[], $13::bigint[], $14::bigint[],
                  $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::text[],
                  $21::bigint[], $22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::text[],
                  $28::bool[], $29::text[], $30::text[], $31::text[], $32::text[], $33::timestamptz[],
                  $34::text[])
           AS head (order_id, order_no, state, channel_kind, channel_id, location_id, terminal_id, member_id,
                    business_time, currency, tax_included, list_total, discount_total, tax_total, points_value,
                    grand_total, points_spent, catalogue_version, price_list_version, rules_version, version, reason,
                    contact_id, masked_name, staff_link_token, cashier_staff_code, external_id, offline, flags,
                    actor_kind, actor_id, actor_terminal_id, recorded, delivery)
     WHERE head.order_id::text IN (SELECT aggregate_id FROM asked)
    ON CONFLICT (order_id) DO NOTHING
    RETURNING order_id, order_no, channel_kind, business_time, actor_terminal_id
), lines AS (
    INSERT INTO order_lines (order_id, line_no, sku, name, quantity, by_measure, list_total, discount_total, net_total,
        tax_total, points_value, earn_base, discounts, units, method, fulfilment_location_id, seller_staff_code)
    SELECT heads.order_id, line_no, sku, name, quantity, by_measure, list_total, list_total - net_total, net_total,
           tax_total, points_value, earn_base, discounts::jsonb, units::jsonb, method, place, seller
      FROM unnest($35::uuid[], $36::int[], $37::text[], $38::text[], $39::bigint[], $40::bool[], $41::bigint[],
                  $42::bigint[], $43::bigint[], $44::bigint[], $45::bigint[], $46::text[], $47::text[], $48::text[],
                  $49::text[], $50::text[])
           AS line (order_id, line_no, sku, name, quantity, by_measure, list_total, net_total, tax_total, points_value,
                    earn_base, discounts, units, method, place, seller)
      JOIN heads USING (order_id)
    RETURNING order_id, fulfilment_location_id
), places AS (
    INSERT INTO order_places (location_id, business_time, order_id)
    SELECT DISTINCT lines.fulfilment_location_id, heads.business_time, heads.order_id
      FROM lines JOIN heads USING (order_id)
     WHERE heads.channel_kind = 'ONLINE' AND lines.fulfilment_location_id <> ''
), tenders AS (
    INSERT INTO order_tenders (order_id, tender_no, entry, key, kind, provider, amount, reference, code, business_time,
        actor_kind, actor_id, actor_terminal_id)
    SELECT heads.order_id, tender_no, entry, key, kind, provider, amount, reference, code, tender.business_time,
           tender.actor_kind, tender.actor_id, heads.actor_terminal_id
      FROM unnest($51::uuid[], $52::int[], $53::text[], $54::text[], $55::text[], $56::text[], $57::bigint[],
                  $58::text[], $59::text[], $60::timestamptz[], $61::text[], $62::text[])
           AS tender (order_id, tender_no, entry, key, kind, provider, amount, reference, code, business_time,
                      actor_kind, actor_id)
      JOIN heads USING (order_id)
)"""

_encode = msgspec.json.Encoder().encode


def arguments(orders: Sequence[Order]) -> list[Any]:
    """The columns of ROWS, $1 to $62."""
    return [*_heads(orders), *_lines(orders), *_tenders(orders)]


def _heads(orders: Sequence[Order]) -> list[Any]:
    sums = [order.totals for order in orders]
    return [
        [order.order_id for order in orders],
        [order.order_no for order in orders],
        [order.state for order in orders],
        [order.channel_kind for order in orders],
        [order.channel_id for order in orders],
        [order.location_id for order in orders],
        [order.terminal_id for order in orders],
        [order.member_id for order in orders],
        [order.business_time for order in orders],
        [order.currency for order in orders],
        [order.tax_included for order in orders],
        [total.list_total for total in sums],
        [total.discount_total for total in sums],
        [total.tax_total for total in sums],
        [total.points_value for total in sums],
        [total.grand_total for total in sums],
        [order.points_spent for order in orders],
        [order.catalogue_version for order in orders],
        [order.price_list_version for order in orders],
        [order.rules_version for order in orders],
        [order.version for order in orders],
        [order.reason for order in orders],
        [order.contact_id for order in orders],
        [order.masked_name for order in orders],
        [order.staff_link_token for order in orders],
        [order.cashier_staff_code for order in orders],
        [order.external_id for order in orders],
        [order.offline for order in orders],
        [",".join(order.review_flags) for order in orders],
        [order.actor_kind for order in orders],
        [order.actor_id for order in orders],
        [order.actor_terminal_id for order in orders],
        [order.record_time for order in orders],
        [_encode(order.delivery).decode() if order.delivery else None for order in orders],
    ]


def _lines(orders: Sequence[Order]) -> list[Any]:
    lines = [line for order in orders for line in order.lines]
    return [
        [order.order_id for order in orders for _ in order.lines],
        [line.line_no for line in lines],
        [line.sku for line in lines],
        [line.name for line in lines],
        [line.quantity for line in lines],
        [line.by_measure for line in lines],
        [line.list_total for line in lines],
        [line.net_total for line in lines],
        [line.tax_total for line in lines],
        [line.points_value for line in lines],
        [line.earn_base for line in lines],
        [_discounts(line) for line in lines],
        [_units(line) for line in lines],
        [line.method for line in lines],
        [line.fulfilment_location_id for line in lines],
        [line.seller_staff_code for line in lines],
    ]


def _tenders(orders: Sequence[Order]) -> list[Any]:
    rows = [(order, tender) for order in orders for tender in order.tenders]
    return [
        [order.order_id for order, _ in rows],
        [tender.tender_no for _, tender in rows],
        [tender.entry for _, tender in rows],
        [tender.key for _, tender in rows],
        [tender.kind for _, tender in rows],
        [tender.provider for _, tender in rows],
        [tender.amount for _, tender in rows],
        [tender.reference for _, tender in rows],
        [tender.code for _, tender in rows],
        [tender.business_time for _, tender in rows],
        [order.actor_kind for order, _ in rows],
        [order.actor_id for order, _ in rows],
    ]


def _discounts(line: Line) -> str:
    if not line.discounts:
        return "[]"
    return _encode([(each.rule_id, each.rule_version, each.stage, each.amount) for each in line.discounts]).decode()


def _units(line: Line) -> str:
    runs = line.units
    if len(runs) == 1 and not runs[0].discounts:
        run = runs[0]
        return f"[[{run.last},{run.list_amount},{run.net_amount},{run.tax_amount},{run.points_value},[]]]"
    return _encode(
        [(run.last, run.list_amount, run.net_amount, run.tax_amount, run.points_value, run.discounts) for run in runs]
    ).decode()
