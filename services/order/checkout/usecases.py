"""Prices baskets and places orders, as shoppers and staff ask for it."""

import asyncio
import secrets
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from kit import access, faultpoints
from kit.clock import Clock
from kit.ids import uuid7
from kit.leases import Due, LeaseLost, let_go
from kit.postgres import Database, is_away
from kit.requests import REPLAYED, Request, RequestReused, RequestRunning
from kit.rpc import trailers
from omo.order.v1 import order_service_pb2 as pb
from services.order.checkout import (
    domain_basket,
    domain_delivery,
    domain_numbers,
    domain_placing,
    store_reads,
    store_saga,
    wire,
)
from services.order.checkout.domain import State
from services.order.checkout.domain_basket import Basket, Quote
from services.order.checkout.domain_placing import Placing
from services.order.checkout.domain_saga import KIND
from services.order.checkout.invoicing import Invoicing
from services.order.checkout.store_placing import Beginning, NumberTaken
from services.order.checkout.store_quotes import Opening, Priced, Seen, Wanted
from services.order.checkout.usecases_group import Group
from services.order.checkout.usecases_openings import Openings
from services.order.checkout.usecases_pricing import Pricing
from services.order.checkout.usecases_saga import Run, Saga
from services.order.guests import barring as guests
from services.order.guests import beginning
from services.order.noshows import barring
from services.order.payments.usecases import Payments
from services.order.promotions.usecases import Promotions
from services.order.reference.usecases import Reference

QUOTE_TTL = timedelta(minutes=10)
SWEEP = "quotes.sweep"
T = TypeVar("T")


class Orders:
    """Quote and place."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        reference: Reference,
        promotions: Promotions,
        payments: Payments,
        saga: Saga,
        group: Group,
        currency: str,
        shipping: Mapping[str, int],
    ) -> None:
        self._db = db
        self._clock = clock
        self.pricing = Pricing(db, clock, reference, promotions, currency)
        self._payments = payments
        self._saga = saga
        self._group = group
        self.openings = Openings(db)
        self._shipping = shipping
        # set where orders are put together with invoices
        self.invoicing: Invoicing | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._left: set[asyncio.Task[None]] = set()

    async def quote(self, basket: Basket) -> tuple[str, Quote, datetime]:
        """Prices a basket from our own copies and keeps the price for ten minutes; gives its id and end."""
        if basket.delivery is not None:
            domain_delivery.offered(basket.delivery, self._shipping)
        opening = await self.openings.look_up(Wanted(basket.member_id))
        quote = await self.pricing.price(basket, opening)
        now = self._clock()
        barring.allowed(opening, quote.lines, None, now)
        quote_id, expire_time = uuid7(), now + QUOTE_TTL
        await self.openings.keep(Priced(quote_id, quote, expire_time))
        return quote_id, quote, expire_time

    async def place(self, asked: Request, wish: Placing) -> pb.PlaceOrderResponse:
        """Takes an order to CONFIRMED or PENDING_PAYMENT; the same request is answered the same again."""
        opening = await self.openings.look_up(Wanted(wish.basket.member_id, wish.quote_id, asked))
        if opening.seen is not None:
            return await self._again(asked, opening.seen)
        await beginning.allowed(self._db)
        quote = await self._quoted(wish, opening)
        order_id = uuid7()
        await self.pricing.claim(quote, order_id, opening.head)
        if self.invoicing is not None and await self.pricing.invoices(opening.head):
            await self.invoicing.keep(order_id, quote.member_id, wish.invoice)
        run = await self._begin(asked, wish, quote, order_id)
        if run is None:
            return await self._again(asked, (await self.openings.look_up(Wanted(None, None, asked))).seen)
        return await self.unhurried(self._run(run))

    async def unhurried(self, work: Coroutine[Any, Any, T]) -> T:
        """Does a saga's work to its end, also when the caller goes away or has no time left."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Waits for the checkouts that run: for the end of the process."""
        if self._running:
            await asyncio.wait(self._running)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # said to the caller, if there still is one; the resumer sees what is left

    async def _quoted(self, wish: Placing, opening: Opening) -> Quote:
        if wish.quote_id:
            quote = domain_placing.taken(wish, opening.quote, opening.expire_time, self._clock())
        else:
            quote = await self.pricing.price(replace(wish.basket, delivery=wish.delivery), opening)
        domain_basket.deliverable(quote.lines)
        guests.allowed(wish, quote, self._clock())
        barring.allowed(opening, quote.lines, wish.delivery, self._clock())
        if wish.delivery and wish.delivery.collect_location_id:
            await self.pricing.must_be_collectable(wish.delivery.collect_location_id, opening.head)
        if quote.due:
            for field, name in domain_placing.providers(wish, quote):
                self._payments.provider(name, field)
                barring.must_prepay(opening, name, self._clock())
        return quote

    async def _begin(self, asked: Request, wish: Placing, quote: Quote, order_id: str) -> Run | None:
        """Order, saga and request in one statement; None if the request was begun before."""
        actor = access.current().actor
        who = (actor.kind.value, actor.id, actor.terminal_id)
        while True:
            number = domain_numbers.order_no(secrets.randbits)
            order = domain_placing.order(wish, quote, order_id, number, self._clock(), who, self._shipping)
            checkout = domain_placing.checkout(wish, order, asked.principal, asked.request_id)
            with suppress(NumberTaken):  # by chance, once in as many orders as nobody will ever sell: draw again
                begun = await self._group.begin(Beginning(order, asked, checkout))
                break
        faultpoints.hit("order.after_insert")
        if begun is None:
            return None
        fence, record_time = begun
        return Run(replace(order, record_time=record_time), checkout, Due(KIND, order.order_id, fence=fence))

    async def _run(self, run: Run) -> pb.PlaceOrderResponse:
        try:
            return await self._saga.place(run)
        except LeaseLost:
            return await self._overtaken(run.order.order_id)
        except Exception as error:
            if is_away(error):
                self._leave(run.due)
            raise

    def _leave(self, due: Due) -> None:
        """Leaves a saga to the resumer once the database is there again."""
        task = asyncio.create_task(let_go(self._db, due, self._clock()))
        self._left.add(task)
        task.add_done_callback(self._left.discard)

    async def _overtaken(self, order_id: str) -> pb.PlaceOrderResponse:
        """What became of an order whose saga somebody else took over."""
        async with self._db.read() as tx:
            (order,) = await store_reads.orders(tx, [order_id])
            checkout = await store_saga.find(tx, order_id)
        if order.state is State.CANCELLED and checkout is not None and checkout.cause is not None:
            raise checkout.cause.fault()
        if order.state is State.PENDING:
            raise RequestRunning("the order is still being placed", order_id=order_id)
        return pb.PlaceOrderResponse(order=wire.order(order))

    async def _again(self, asked: Request, seen: Seen | None) -> pb.PlaceOrderResponse:
        """The answer, or the refusal, that the request was given the first time."""
        if seen is None:  # it stopped ours a moment ago, and is being undone
            raise RequestRunning("the first request with this id just ended", request_id=asked.request_id)
        if seen.fingerprint != asked.fingerprint:
            raise RequestReused("this request id was used with another body", request_id=asked.request_id)
        if seen.answer is not None:
            trailers.add(REPLAYED, "true")
            return pb.PlaceOrderResponse.FromString(seen.answer)
        async with self._db.read() as tx:
            checkout = await store_saga.find(tx, seen.order_id)
        if checkout is not None and checkout.cause is not None:
            trailers.add(REPLAYED, "true")
            raise checkout.cause.fault()
        raise RequestRunning("the first request with this id still runs", request_id=asked.request_id)
