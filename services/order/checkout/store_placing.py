"""Where checkouts begin and where they end, each one statement for all that are at it: begin, confirm, refuse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from kit.leases import Due
from kit.postgres import Tx
from kit.requests import Request
from services.order.checkout import store
from services.order.checkout.domain import Entry, Order, TenderEntry
from services.order.checkout.domain_saga import Cause, Checkout

PLACE_ORDER = "OrderService/PlaceOrder"
_NUMBERS = "order_numbers_pkey"

# The tables `requests` and `timers` are kit's: written here as well, because the checkout's budget is one round trip
# a step. The columns are those of kit.requests.claim and kit.timers.schedule.
_BEGIN = (
    """
WITH asked AS (
    INSERT INTO requests (request_id, principal, rpc, fingerprint, for_ever, aggregate_id)
    SELECT * FROM unnest($63::text[], $64::text[], $65::text[], $66::bytea[], $67::bool[], $68::text[])
           AS asked (request_id, principal, rpc, fingerprint, for_ever, aggregate_id)
     ORDER BY request_id, principal, rpc
    ON CONFLICT (request_id, principal, rpc) DO NOTHING RETURNING request_id, principal, aggregate_id
), """
    + store.ROWS
    + """, numbers AS (
    INSERT INTO order_numbers (order_no, order_id) SELECT order_no, order_id FROM heads
), saga AS (
    INSERT INTO checkouts (order_id, step, provider, instrument_token, return_url, cart_hold_id, principal, request_id,
        pay_until)
    SELECT order_id, 'PLACE', provider, instrument_token, return_url, cart_hold_id, principal, request_id, pay_until
      FROM unnest($69::text[], $70::text[], $71::text[], $72::text[], $68::text[], $73::timestamptz[])
           AS saga (provider, instrument_token, return_url, cart_hold_id, aggregate_id, pay_until)
      JOIN asked USING (aggregate_id) JOIN heads ON heads.order_id::text = aggregate_id
), timer AS (
    INSERT INTO timers (key, kind, due_time, next_time, payload, fence, lease_until)
    SELECT order_id::text, 'checkout', business_time, business_time, ''::bytea,
           (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, clock_timestamp() + $74::interval FROM heads
    RETURNING key, fence
), spends AS (
    INSERT INTO order_spends (order_id, spends)
    SELECT heads.order_id, spends::jsonb FROM unnest($75::uuid[], $76::text[]) AS spent (order_id, spends)
      JOIN heads USING (order_id)
), freight AS (
    INSERT INTO order_freight (order_id, line_nos, total, charge)
    SELECT heads.order_id, string_to_array(line_nos, ',')::int[], total, charge::jsonb
      FROM unnest($77::uuid[], $78::text[], $79::bigint[], $80::text[]) AS fee (order_id, line_nos, total, charge)
      JOIN heads USING (order_id)
)
SELECT key, fence, now() FROM timer
"""
)
# the fence is shown by deleting the timer under it: no row, no change. And no change, no deletion: a saga that is
# already turned keeps its timer, or nobody would come to give back what it holds.
_CONFIRM = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bytea[], $5::text[], $6::text[], $7::text[],
                         $8::bigint[], $9::text[], $10::timestamptz[], $11::text[], $12::text[])
           AS given (order_id, fence, version, answer, request_id, principal, provider, amount, reference, paid_time,
                     actor_kind, actor_id)
), locked AS (
    -- before the timers, as everybody does, so that nobody waits in a circle
    SELECT order_id FROM checkouts WHERE order_id = ANY($1) AND step IN ('PLACE', 'PAY') ORDER BY order_id FOR UPDATE
), mine AS (
    DELETE FROM timers USING locked JOIN given USING (order_id)
     WHERE key = locked.order_id::text AND kind = 'checkout' AND timers.fence = given.fence RETURNING given.*
), moved AS (
    UPDATE orders SET state = 'CONFIRMED', version = mine.version, reason = '', update_time = now()
      FROM mine WHERE orders.order_id = mine.order_id AND state IN ('PENDING', 'PENDING_PAYMENT')
    RETURNING mine.*, orders.actor_terminal_id
), ended AS (
    UPDATE checkouts SET step = 'DONE', instrument_token = '', update_time = now()
      FROM moved WHERE checkouts.order_id = moved.order_id
), answered AS (
    UPDATE requests SET answer = moved.answer
      FROM moved WHERE requests.request_id = moved.request_id AND requests.principal = moved.principal
       AND requests.rpc = $13 AND requests.answer IS NULL
), secured AS (
    INSERT INTO order_tenders (order_id, tender_no, entry, kind, provider, amount, reference, business_time,
        actor_kind, actor_id, actor_terminal_id)
    SELECT order_id, 1, 'AUTHORISED', 'PROVIDER', provider, amount, reference, paid_time, actor_kind, actor_id,
           actor_terminal_id
      FROM moved WHERE amount > 0
    ON CONFLICT DO NOTHING
), taken AS (
    INSERT INTO order_tenders (order_id, tender_no, entry, kind, provider, amount, reference, business_time,
        actor_kind, actor_id, actor_terminal_id)
    SELECT order_id, tender_no, 'CAPTURED', paid.kind, '', paid.amount, paid.reference, taken_time,
           actor_kind, actor_id, actor_terminal_id
      FROM unnest($14::uuid[], $15::int[], $16::text[], $17::bigint[], $18::text[], $19::timestamptz[])
           AS paid (order_id, tender_no, kind, amount, reference, taken_time)
      JOIN moved USING (order_id)
    ON CONFLICT DO NOTHING
)
SELECT order_id FROM moved
"""
# nothing was taken, so nothing is left to give back: the saga ends where it is turned
_REFUSE = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
           AS given (order_id, fence, version, reason, cause)
), locked AS (
    SELECT order_id FROM checkouts WHERE order_id = ANY($1) AND step IN ('PLACE', 'PAY') ORDER BY order_id FOR UPDATE
), mine AS (
    DELETE FROM timers USING locked JOIN given USING (order_id)
     WHERE key = locked.order_id::text AND kind = 'checkout' AND timers.fence = given.fence RETURNING given.*
), ended AS (
    UPDATE checkouts SET step = 'DONE', cause = mine.cause::jsonb, instrument_token = '', update_time = now()
      FROM mine WHERE checkouts.order_id = mine.order_id RETURNING mine.*
), moved AS (
    UPDATE orders SET state = 'CANCELLED', version = ended.version, reason = ended.reason, update_time = now()
      FROM ended WHERE orders.order_id = ended.order_id RETURNING orders.order_id
)
SELECT order_id FROM moved
"""

_encode = msgspec.json.Encoder().encode


class NumberTaken(Exception):
    """Another order has this number."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """An order that is asked for, with its saga and the request."""

    order: Order
    request: Request
    checkout: Checkout


@dataclass(frozen=True, slots=True)
class Confirming:
    """An order as it is when CONFIRMED, the lease to show, the payment that was secured, and what is answered."""

    order: Order
    checkout: Checkout
    due: Due
    tender: TenderEntry | None
    answer: bytes


@dataclass(frozen=True, slots=True)
class Refusing:
    """An order as it is when CANCELLED, the lease to show, and why: for one that holds nothing yet."""

    order: Order
    due: Due
    cause: Cause


async def begin(tx: Tx, asked: Sequence[Beginning], lease: timedelta) -> dict[str, tuple[int, datetime]]:
    """Stores orders, sagas and requests; by order id the lease's fence and the time, for those that are new.

    Raises NumberTaken if any of them has a number that was given out before.
    """
    requests = [one.request for one in asked]
    sagas = [one.checkout for one in asked]
    columns: tuple[list[Any], ...] = (
        [request.request_id for request in requests],
        [request.principal for request in requests],
        [request.rpc for request in requests],
        [request.fingerprint for request in requests],
        [request.for_ever for request in requests],
        [one.order.order_id for one in asked],
        [saga.provider for saga in sagas],
        [saga.instrument_token for saga in sagas],
        [saga.return_url for saga in sagas],
        [saga.cart_hold_id for saga in sagas],
        [saga.pay_until for saga in sagas],
    )
    try:
        more = (*_spends(asked), *_freight(asked))
        rows = await tx.fetch(_BEGIN, *store.arguments([one.order for one in asked]), *columns, lease, *more)
    except asyncpg.UniqueViolationError as error:
        raise (NumberTaken() if error.constraint_name == _NUMBERS else error) from error
    return {row[0]: (row[1], row[2]) for row in rows}


async def confirm(tx: Tx, given: Sequence[Confirming]) -> set[str]:
    """The pivot: these orders are CONFIRMED and their sagas ended; gives those whose lease was still ours."""
    rows = [_columns(one) for one in given]
    columns = map(list, zip(*rows, strict=True))
    return {row[0] for row in await tx.fetch(_CONFIRM, *columns, PLACE_ORDER, *_taken(given))}


async def refuse(tx: Tx, given: Sequence[Refusing]) -> set[str]:
    """These orders are CANCELLED and their sagas ended; gives those whose lease was still ours."""
    rows = [
        (one.order.order_id, one.due.fence, one.order.version, one.order.reason, _encode(one.cause).decode())
        for one in given
    ]
    return {row[0] for row in await tx.fetch(_REFUSE, *map(list, zip(*rows, strict=True)))}


def _spends(asked: Sequence[Beginning]) -> tuple[list[str], list[str]]:
    """Of the orders that use anything: which, and what."""
    using = [one.order for one in asked if one.order.spends]
    return [order.order_id for order in using], [_encode(order.spends).decode() for order in using]


def _freight(asked: Sequence[Beginning]) -> list[list[Any]]:
    """What bringing the goods costs, of the orders for which that is anything; none where no fees are in force."""
    rows = [
        (one.order.order_id, ",".join(map(str, fee.line_nos)), fee.total, _encode(fee).decode())
        for one in asked
        if (fee := one.order.freight)
    ]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], []]


def _taken(given: Sequence[Confirming]) -> list[list[Any]]:
    """The tenders that value pays; none for most orders."""
    rows = [
        (one.order.order_id, tender.tender_no, tender.kind, tender.amount, tender.reference, tender.business_time)
        for one in given
        if one.order.spends
        for tender in one.order.tenders
        if tender.entry is Entry.CAPTURED
    ]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], [], [], []]


def _columns(one: Confirming) -> tuple[Any, ...]:
    order, saga, tender = one.order, one.checkout, one.tender
    paid: tuple[Any, ...] = ("", 0, "", order.business_time)
    if tender is not None:
        paid = (tender.provider, tender.amount, tender.reference, tender.business_time)
    head = (order.order_id, one.due.fence, order.version, one.answer, saga.request_id, saga.principal)
    return (*head, *paid, order.actor_kind, order.actor_id)
