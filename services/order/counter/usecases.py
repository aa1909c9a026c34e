"""Settles visits: what comes back, what is left behind and what is taken instead, in one document."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from kit import access, faultpoints, fields, requests
from kit.access import NotYours
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import counter_service_pb2 as pb
from omo.storefacts.v1 import facts_pb2
from services.order.checkout import domain_numbers, store_reads, store_saga
from services.order.checkout import wire as orders
from services.order.checkout.domain import Entry
from services.order.checkout.store_quotes import Wanted
from services.order.checkout.usecases import Orders
from services.order.counter import domain, store, wire
from services.order.counter.domain import Visit
from services.order.counter.leaving import Leaving
from services.order.fulfilment import store_cancelled
from services.order.payments import store as payments_store
from services.order.payments.usecases import NEVER_COME
from services.order.returns import domain_refunds, finding, granting, store_policy, store_refunds
from services.order.returns import store as returns_store
from services.order.returns import wire as returns_wire
from services.order.returns.domain_refunds import RefundTender
from services.order.returns.domain_units import Wish
from services.order.returns.granting import Receipt
from services.order.returns.usecases import Returns
from services.order.sales import wire as sales_wire
from services.order.sales.usecases import Sales

faultpoints.register("counter.before_commit", "counter.after_commit", "counter.after_payout")


class Visits:
    """Everything of a visit stands in one transaction, or nothing of it."""

    def __init__(
        self, db: Database, clock: Clock, pricing: Orders, sales: Sales, returns: Returns, leaving: Leaving
    ) -> None:
        self._db = db
        self._clock = clock
        self._pricing = pricing
        self._sales = sales
        self._returns = returns
        self._leaving = leaving

    async def settle(self, asked: Request, request: pb.SettleVisitRequest) -> pb.SettleVisitResponse:
        """One visit."""
        location_id = fields.code("location_id", request.location_id)
        access.require_location(location_id)
        if not (request.HasField("returned") or request.HasField("pickup")):
            raise invalid("returned", "must say what comes back, or pickup what is collected")
        sale: facts_pb2.SaleFact | None = None

        async def look() -> None:
            nonlocal sale
            if request.HasField("pickup"):
                await self._leaving.look(request.pickup)
            sale = await self._sale(request)

        async def work(tx: Tx) -> pb.SettleVisitResponse:
            await self._lock(tx, request)
            visit = Visit(uuid7(), location_id, "", self._clock(), access.current().staff_code)
            visit = await self._settled(tx, visit, request, sale, asked.request_id)
            await store.insert(tx, visit, access.current().actor)
            faultpoints.hit("counter.before_commit")
            made = await store_reads.orders(tx, [visit.sale_id] if visit.sale_id else [])
            return pb.SettleVisitResponse(visit=wire.visit(visit), sale=orders.order(made[0]) if made else None)

        answer = await requests.once(self._db, asked, work, pb.SettleVisitResponse, look=look)
        faultpoints.hit("counter.after_commit")
        return answer

    async def get(self, visit_id: str) -> pb.GetVisitResponse:
        """Of the caller's stores."""
        async with self._db.read() as tx:
            found = await store.find(tx, visit_id)
        who = access.current()
        bound = who.kind in (access.Kind.STAFF, access.Kind.DEVICE)
        if found is None or (bound and found.location_id not in who.location_ids):
            raise NotYours("no such visit", field="visit_id", visit_id=visit_id)
        return pb.GetVisitResponse(visit=wire.visit(found))

    async def pay_out(self, asked: Request, order_id: str) -> pb.PayOutUndeliveredResponse:
        """Gives back what was paid at a till for units that never came; asked again, what came to it since."""

        async def work(tx: Tx) -> pb.PayOutUndeliveredResponse:
            await returns_store.lock_order(tx, order_id)
            found = await store_reads.orders(tx, [order_id])
            if not found or not await store_reads.visible(tx, order_id, access.current()):
                raise NotYours("no such order", field="order_id", order_id=order_id)
            parts = await self._undelivered(tx, found[0].order_id)
            return wire.paid_out(parts, found[0].currency)

        answer = await requests.once(self._db, asked, work, pb.PayOutUndeliveredResponse)
        faultpoints.hit("counter.after_payout")
        return answer

    async def _undelivered(self, tx: Tx, order_id: str) -> list[RefundTender]:
        order = await finding.by_id(tx, order_id)
        entries = await payments_store.entries(tx, order_id)
        before = [one for one in entries if one.entry is Entry.REFUNDED and domain.UNDELIVERED in one.key.split(":")]
        gone = await store_cancelled.of_order(tx, order_id)
        due = domain.owed(order, gone, sum(one.amount for one in before))
        left = domain.in_money(domain_refunds.left(entries, await store_refunds.promised(tx, order_id)))
        terms = await store_policy.newest(tx)
        parts = domain_refunds.plan(due, left, terms.tender_order)
        key = f"{domain.UNDELIVERED}:{len(gone)}:{len(before)}"
        for one in parts:
            await granting.note(tx, order_id, key, one, self._clock(), NEVER_COME)
        return parts

    async def _sale(self, request: pb.SettleVisitRequest) -> facts_pb2.SaleFact | None:
        """What the shopper takes instead: as the till made it, or priced here, under a number of its own."""
        if request.HasField("sale"):
            if request.lines or request.sale.HasField("returned"):
                raise invalid("sale", "must be the only goods, and must not itself take any back")
            return request.sale
        if not request.lines:
            return None
        member_id = await self._member(request)
        opening = await self._pricing.openings.look_up(Wanted(member_id))
        quote = await self._pricing.pricing.price(wire.basket(request, member_id), opening)
        number = domain_numbers.order_no(secrets.randbits)
        return wire.sale(quote, request, uuid7(), number, self._clock())

    async def _member(self, request: pb.SettleVisitRequest) -> str | None:
        """Whoever brought or collects the goods takes the others."""
        async with self._db.read() as tx:
            if request.HasField("returned"):
                return (await finding.order(tx, request.returned.order_id)).member_id
            return await self._leaving.member(tx, request.pickup)

    async def _lock(self, tx: Tx, request: pb.SettleVisitRequest) -> None:
        """As every change of an order does: its saga, then its returns; of two orders, in the order of their ids.

        A shopper may bring back what another is collecting, and the other way round, at two counters at once.
        """
        named = set[str]()
        if request.HasField("returned"):
            named.add((await finding.order(tx, request.returned.order_id)).order_id)
        if request.HasField("pickup"):
            collected = await self._leaving.order_id(tx, request.pickup)
            await store_saga.lock(tx, collected)
            named.add(collected)
        for order_id in sorted(named):
            await returns_store.lock_order(tx, order_id)

    async def _settled(
        self, tx: Tx, visit: Visit, request: pb.SettleVisitRequest, sale: facts_pb2.SaleFact | None, request_id: str
    ) -> Visit:
        total = wire.total(sale) if sale else 0
        if total < 0:
            raise invalid("sale", "must not come to less than nothing")
        if request.HasField("pickup"):
            visit = await self._leaving.collect(tx, visit, request.pickup, sale, request_id)
        if request.HasField("returned"):
            visit = await self._taken_back(tx, visit, request, total, sale.sale_id if sale else None)
        tenders = wire.tenders(request)
        charged = sum(one.amount for one in tenders)
        domain.balanced(total - visit.exchanged_total, charged)
        visit = replace(visit, sale_total=total, charged_total=charged)
        if sale is None:
            return visit
        reference = visit.return_id or visit.visit_id
        return await self._sold(tx, visit, wire.paid(sale, visit.exchanged_total, reference, tenders))

    async def _taken_back(
        self, tx: Tx, visit: Visit, request: pb.SettleVisitRequest, total: int, sale_id: str | None
    ) -> Visit:
        asked = request.returned
        wish = Wish(
            fields.text("returned.order_id", asked.order_id, 64), returns_wire.asked(asked.units),
            returns_wire.reason(asked.reason), visit.location_id, True, asked.verified, False, asked.override, sale_id,
            serial_reason=returns_wire.serial_reason(asked.serial_reason),
        )  # fmt: skip
        if not wish.units:
            raise invalid("returned.units", "must hold 1 to 100 entries")
        instead = sale_id is not None
        how = Receipt(True, exchanged=total - visit.exchanged_total, free=instead, instead=instead)
        given = await self._returns.take(tx, wish, how)
        refund = (await store_refunds.get(tx, [given.return_id])).get(given.return_id)
        kept, back = domain.kept_and_given(refund)
        return replace(
            visit, return_id=given.return_id, returned_order_id=given.order_id, returned_total=given.amount,
            exchanged_total=visit.exchanged_total + kept, refunded_total=visit.refunded_total + back,
            currency=visit.currency or (await finding.by_id(tx, given.order_id)).currency,
        )  # fmt: skip

    async def _sold(self, tx: Tx, visit: Visit, fact: facts_pb2.SaleFact) -> Visit:
        """By the road of every store's sale, but in no till's lane: under the counter's own name."""
        till = self._sales.till(f"counter {visit.location_id}", visit.location_id)
        payload = fact.SerializeToString(deterministic=True)
        (sale,) = sales_wire.sales(_frame(fact), [payload], till)
        if not await self._sales.take(tx, till, [sale]):
            raise invalid("sale.sale_id", "must be a new one")
        return replace(visit, sale_id=sale.order_id)


def _frame(fact: facts_pb2.SaleFact) -> facts_pb2.SalesFrame:
    facts: Sequence[facts_pb2.SaleFact] = [fact]
    return facts_pb2.SalesFrame(first_sequence=1, facts=facts)
