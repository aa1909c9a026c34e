"""Reads orders whole, and lists them for those who may see them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from kit.access import Kind, Principal
from kit.audit import Check
from kit.postgres import Tx
from services.order.checkout.domain import (
    ChannelKind,
    Discount,
    Entry,
    Line,
    Method,
    Order,
    State,
    TenderEntry,
    Totals,
    UnitRun,
    Waiting,
)
from services.order.checkout.domain_delivery import Delivery
from services.order.checkout.domain_freight import Charge
from services.order.checkout.domain_freight import State as Freight
from services.order.checkout.domain_spends import Use

_ORDERS = """
SELECT orders.order_id, order_no, state, channel_kind, channel_id, location_id, terminal_id,
       resolve_member(member_id) AS member_id, business_time, record_time, currency, tax_included, list_total,
       discount_total, tax_total, points_value, grand_total, points_spent, catalogue_version, price_list_version,
       rules_version, version, reason, contact_id, masked_name, staff_link_token, cashier_staff_code,
       external_id, offline, CASE WHEN review_flags = '{}' THEN review_flags ELSE open_flags(orders.order_id) END
           AS review_flags, actor_kind, actor_id, actor_terminal_id,
       delivery::text AS delivery, line.items AS lines, tender.items AS tenders,
       (SELECT redirect_url FROM checkouts WHERE checkouts.order_id = orders.order_id) AS redirect_url,
       (SELECT spends::text FROM order_spends WHERE order_spends.order_id = orders.order_id) AS spends,
       (SELECT array[charge::text, state] FROM order_freight WHERE order_freight.order_id = orders.order_id) AS freight
  FROM orders
  LEFT JOIN LATERAL (
       SELECT json_agg(json_build_array(line_no, sku, name, quantity, by_measure, list_total, net_total, tax_total,
                  points_value, earn_base, discounts, units, method, fulfilment_location_id, seller_staff_code)
                  ORDER BY line_no) AS items
         FROM order_lines WHERE order_lines.order_id = orders.order_id) AS line ON true
  LEFT JOIN LATERAL (
       SELECT json_agg(json_build_array(tender_no, entry, kind, amount, business_time, provider, reference, code, key)
                  ORDER BY record_time, tender_no, entry, key) AS items
         FROM order_tenders WHERE order_tenders.order_id = orders.order_id) AS tender ON true
 WHERE orders.order_id = ANY($1::uuid[])
"""
# $2: everything; $3: the member, by any of his ids; $4: locations that sold it or fulfil it
_VISIBLE = """
SELECT order_id FROM orders
 WHERE order_id = $1
   AND ($2 OR member_id IN (SELECT ids_of_member($3)) OR location_id = ANY($4::text[])
        OR EXISTS (SELECT FROM order_places AS place
                    WHERE place.location_id = ANY($4::text[]) AND place.business_time = orders.business_time
                      AND place.order_id = orders.order_id))
"""
# until a member has it
_VISIBLE_TO_GUEST = """
SELECT order_id FROM orders WHERE order_id = $1 AND actor_kind = 'guest' AND actor_id = $2 AND member_id IS NULL
"""
_BY_NUMBER = """
SELECT order_id FROM order_numbers WHERE order_no = $1
 UNION ALL
(SELECT order_id FROM orders WHERE order_no = $1 AND channel_kind = 'STORE' ORDER BY business_time DESC LIMIT 20)
"""
_FILTERS = "($3::text IS NULL OR state = $3) AND ($4::text IS NULL OR channel_kind = $4)"
_BEFORE = "(business_time, order_id) < ($1, $2)"
_NEWEST = "ORDER BY business_time DESC, order_id DESC LIMIT $5"
_LIST_MEMBER = f"""
SELECT own.business_time, own.order_id
  FROM ids_of_member($6) AS id
 CROSS JOIN LATERAL (
       SELECT business_time, order_id FROM orders
        WHERE member_id = id AND {_BEFORE} AND {_FILTERS}
          AND ($7::text IS NULL OR location_id = $7 OR EXISTS (
               SELECT FROM order_places AS place
                WHERE place.location_id = $7 AND place.business_time = orders.business_time
                  AND place.order_id = orders.order_id)) {_NEWEST}) AS own
 {_NEWEST}
"""
_LIST_LOCATION = f"""
(SELECT business_time, order_id FROM orders WHERE location_id = $6 AND {_BEFORE} AND {_FILTERS} {_NEWEST})
UNION
(SELECT place.business_time, place.order_id FROM order_places AS place JOIN orders USING (order_id)
  WHERE place.location_id = $6 AND (place.business_time, place.order_id) < ($1, $2) AND {_FILTERS}
  ORDER BY place.business_time DESC, place.order_id DESC LIMIT $5)
ORDER BY business_time DESC, order_id DESC LIMIT $5
"""
_LIST_ALL = f"SELECT business_time, order_id FROM orders WHERE {_BEFORE} AND {_FILTERS} {_NEWEST}"

CHECKS = (
    Check(
        "orders.totals_equal_lines",
        "SELECT count(*) FROM orders",
        """
        SELECT 'order=' || order_id AS subject, grand_total AS expected, sum.grand AS found, '' AS repair
          FROM orders JOIN LATERAL (
               SELECT sum(list_total) AS listed, sum(net_total) AS net, sum(tax_total) AS tax,
                      sum(net_total - points_value) + CASE WHEN tax_included THEN 0 ELSE sum(tax_total) END
                    + coalesce((SELECT total FROM order_freight WHERE order_freight.order_id = orders.order_id), 0)
                      AS grand
                 FROM order_lines WHERE order_lines.order_id = orders.order_id) AS sum ON true
         WHERE channel_kind = 'ONLINE'
           AND (grand_total, list_total, discount_total, tax_total)
               IS DISTINCT FROM (sum.grand, sum.listed, sum.listed - sum.net, sum.tax) LIMIT 100
        """,
    ),
    Check(
        "orders.lines_equal_list_less_discounts",
        "SELECT count(*) FROM order_lines",
        """
        SELECT 'order=' || order_id || ' line=' || line_no AS subject, list_total - net_total AS expected,
               coalesce(sum.amount, 0) AS found, '' AS repair
          FROM order_lines LEFT JOIN LATERAL (
               SELECT sum((item ->> 3)::bigint) AS amount FROM jsonb_array_elements(discounts) AS item) AS sum ON true
         WHERE list_total - net_total <> coalesce(sum.amount, 0) LIMIT 100
        """,
    ),
    Check(
        "orders.units_equal_their_line",
        "SELECT count(*) FROM order_lines WHERE jsonb_array_length(units) > 0",
        """
        SELECT 'order=' || order_id || ' line=' || line_no AS subject,
               format('%s units, %s, %s, %s', CASE WHEN by_measure THEN 1 ELSE quantity END, list_total, net_total,
                      tax_total) AS expected,
               format('%s units, %s, %s, %s', run.units, run.listed, run.net, run.tax) AS found, '' AS repair
          FROM order_lines JOIN LATERAL (
               SELECT sum(last - first + 1) AS units, sum((last - first + 1) * (item ->> 1)::bigint) AS listed,
                      sum((last - first + 1) * (item ->> 2)::bigint) AS net,
                      sum((last - first + 1) * (item ->> 3)::bigint) AS tax
                 FROM (SELECT item, (item ->> 0)::bigint AS last,
                              1 + coalesce(lag((item ->> 0)::bigint) OVER (ORDER BY number), -1) AS first
                         FROM jsonb_array_elements(order_lines.units) WITH ORDINALITY AS each (item, number)) AS run
               ) AS run ON true
         WHERE jsonb_array_length(order_lines.units) > 0
           AND (run.units, run.listed, run.net, run.tax) IS DISTINCT FROM
               (CASE WHEN by_measure THEN 1 ELSE quantity END, list_total, net_total, tax_total) LIMIT 100
        """,
    ),
)

_Lines = list[
    tuple[
        int, str, str, int, bool, int, int, int, int, int,
        list[tuple[str, str, str, int]], list[tuple[int, int, int, int, int, tuple[int, ...]]], Method, str, str,
    ]
]  # fmt: skip
_Tenders = list[tuple[int, Entry, str, int, datetime, str, str, str, str]]
_SUMS = ("list_total", "discount_total", "tax_total", "points_value", "grand_total")
_decode_lines = msgspec.json.Decoder(_Lines).decode
_decode_delivery = msgspec.json.Decoder(Delivery).decode
_decode_freight = msgspec.json.Decoder(Charge).decode
_decode_spends = msgspec.json.Decoder(tuple[Use, ...]).decode
_decode_tenders = msgspec.json.Decoder(_Tenders).decode
# after every order: where a list begins
_FIRST = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")

Cursor = tuple[datetime, str]


async def orders(tx: Tx, order_ids: Sequence[str]) -> list[Order]:
    """The orders of these ids, in their order; those that are not there are left out."""
    found = {row["order_id"]: _order(row) for row in await tx.fetch(_ORDERS, order_ids)}
    return [found[order_id] for order_id in order_ids if order_id in found]


async def visible(tx: Tx, order_id: str, principal: Principal) -> bool:
    """Whether this principal may see the order: members and guests their own, staff those of their stores."""
    if principal.kind is Kind.GUEST:
        return bool(await tx.fetchval(_VISIBLE_TO_GUEST, order_id, principal.id))
    everything = principal.kind in (Kind.HQ, Kind.SERVICE)
    member_id = principal.id if principal.kind is Kind.MEMBER else None
    places = principal.location_ids if principal.kind in (Kind.STAFF, Kind.DEVICE) else ()
    return bool(await tx.fetchval(_VISIBLE, order_id, everything, member_id, places))


async def by_number(tx: Tx, order_no: str) -> list[str]:
    """The ids of the orders that people call so; receipts newest first."""
    return [row[0] for row in await tx.fetch(_BY_NUMBER, order_no)]


async def page(
    tx: Tx,
    *,
    after: Cursor | None,
    size: int,
    state: State | None = None,
    channel_kind: ChannelKind | None = None,
    member_id: str | None = None,
    location_id: str | None = None,
) -> list[Cursor]:
    """The next orders, newest first, by their cursors: a member's, a location's, or all."""
    given = (*(after or _FIRST), state, channel_kind, size)
    if member_id is not None:
        rows = await tx.fetch(_LIST_MEMBER, *given, member_id, location_id)
    elif location_id is not None:
        rows = await tx.fetch(_LIST_LOCATION, *given, location_id)
    else:
        rows = await tx.fetch(_LIST_ALL, *given)
    return [(row[0], row[1]) for row in rows]


def _order(row: Any) -> Order:
    values = dict(row)
    delivery, spends, freight = values.pop("delivery"), values.pop("spends"), _freight(values.pop("freight"))
    lines, tenders, redirect_url = values.pop("lines"), values.pop("tenders"), values.pop("redirect_url")
    sums = {name: values.pop(name) for name in _SUMS}
    return Order(
        **values
        | {
            "state": State(row["state"]),
            "channel_kind": ChannelKind(row["channel_kind"]),
            "review_flags": tuple(row["review_flags"]),
        },
        totals=Totals(**sums, shipping_total=freight.total if freight else 0),
        lines=tuple(_line(item) for item in _decode_lines(lines)) if lines else (),
        tenders=tuple(TenderEntry(*item) for item in _decode_tenders(tenders)) if tenders else (),
        delivery=_decode_delivery(delivery) if delivery else None,
        spends=_decode_spends(spends) if spends else (),
        freight=freight,
        payment=Waiting(redirect_url or "") if row["state"] == State.PENDING_PAYMENT else None,
    )


def _freight(told: list[str] | None) -> Charge | None:
    """The fee as it was quoted, and where it stands by now."""
    if told is None:
        return None
    charge, state = told
    return replace(_decode_freight(charge), state=Freight(state))


def _line(item: tuple[Any, ...]) -> Line:
    discounts, units = item[10], item[11]
    runs, first = [], 0
    for last, listed, net, tax, points, shares in units:
        runs.append(UnitRun(first, last, listed, net, tax, points, shares))
        first = last + 1
    values = (*item[:10], tuple(Discount(*each) for each in discounts), tuple(runs), *item[12:])
    return Line(*values)
