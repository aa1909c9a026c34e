"""Finds orders and returns for those who may handle them: shoppers their own, whoever works for the brand any."""

import uuid
from datetime import datetime

from kit import access
from kit.access import Kind, NotYours
from kit.errors import invalid
from kit.postgres import Tx
from omo.order.v1 import returns_pb2
from services.order.checkout import domain_numbers, store_reads
from services.order.checkout.domain import Order
from services.order.fulfilment import store_reads as fulfilments
from services.order.fulfilment.domain_units import Run
from services.order.returns import domain_units, store, store_refunds, wire
from services.order.returns.domain import Return, ReturnUnknown
from services.order.returns.domain_till import TakenBack


async def order(tx: Tx, name: str) -> Order:
    """The order of this id or number: any order comes back at any place."""
    try:
        candidates = [str(uuid.UUID(name))]
    except ValueError:
        candidates = await store_reads.by_number(tx, domain_numbers.read(name) or name)
    if access.current().kind is Kind.MEMBER:
        candidates = [one for one in candidates if await store_reads.visible(tx, one, access.current())]
    found = await store_reads.orders(tx, candidates)
    if len(found) > 1:
        own = [one for one in found if one.location_id in access.current().location_ids]
        found = own if len(own) == 1 else found
    if not found:
        raise NotYours("no such order", field="order_id", order_id=name)
    if len(found) > 1:
        raise invalid("order_id", "is the number of more than one receipt: name the id of one")
    return found[0]


async def told(tx: Tx, given: TakenBack) -> Order | None:
    """The order that a till means; a number that several receipts have is that of its own store's."""
    candidates = [given.order_id] if given.order_id else []
    if not candidates and given.order_no:
        candidates = await store_reads.by_number(tx, domain_numbers.read(given.order_no) or given.order_no)
    found = await store_reads.orders(tx, candidates) if candidates else []
    if len(found) > 1:
        found = [one for one in found if one.location_id == given.location_id]
    return found[0] if len(found) == 1 else None


async def by_id(tx: Tx, order_id: str) -> Order:
    """The order of a return."""
    (found,) = await store_reads.orders(tx, [order_id])
    return found


async def locked(tx: Tx, return_id: str) -> tuple[Order, Return]:
    """A return with its order; nobody else decides about that order's units until the transaction ends."""
    order_id = await store.order_of(tx, return_id)
    if order_id is None:
        raise ReturnUnknown("no such return", return_id=return_id)
    await store.lock_order(tx, order_id)
    # before it is read: whoever hears how a consequence ended holds the refund, and may close the return
    await store_refunds.lock(tx, return_id)
    given = (await store.by_ids(tx, [return_id]))[return_id]
    return await by_id(tx, order_id), await mine(tx, given)


async def mine(tx: Tx, given: Return) -> Return:
    """The return, if the caller may know of it."""
    who = access.current()
    if who.kind is Kind.MEMBER and not await store_reads.visible(tx, given.order_id, who):
        raise ReturnUnknown("no such return", return_id=given.return_id)
    return given


async def hands(tx: Tx, given: Order) -> dict[int, list[tuple[Run, datetime]]]:
    """By line, which units are in the shopper's hands, and since when."""
    return domain_units.handed_over(given, await fulfilments.of_orders(tx, [given.order_id]))


async def shown(tx: Tx, given: Return) -> returns_pb2.Return:
    """A return with its refund."""
    refunds = await store_refunds.get(tx, [given.return_id])
    return wire.shown(given, await by_id(tx, given.order_id), refunds.get(given.return_id))
