"""Reserves goods of a store to be tried on: held without payment, bought at the till, or free again."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf.message import Message

from kit import access, faultpoints, pages, requests, timers
from kit.access import Kind, NotYours
from kit.clock import Clock
from kit.errors import Code, Fault, invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due
from omo.inventory.v1 import stock_pb2
from omo.inventory.v1 import stock_service_pb2 as stock_pb
from omo.order.v1 import tryout_service_pb2 as pb
from services.order.checkout.domain import TransitionRefused
from services.order.noshows import barring
from services.order.sales.domain import Finding, Flag
from services.order.sales.wire import Sale
from services.order.tryouts import domain, store, wire
from services.order.tryouts.domain import Line, Reason, State, Tryout

if TYPE_CHECKING:
    from omo.inventory.v1.stock_service_pb2_grpc import StockServiceAsyncStub

END = "tryouts.end"
_SECONDS = 2.0
_NAMED = uuid.UUID("0199a5c8-5f2e-7a41-9a6e-2b1c7d0e4f90")
_AWAY = (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.INTERNAL)
_FIRST = (datetime(9999, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff")
R = TypeVar("R", bound=Message)

faultpoints.register("tryouts.after_asked", "tryouts.after_hold", "tryouts.after_commit", "tryouts.after_release")


class Tryouts:
    """Whoever reserves is written down before stock is asked for, so that nothing is ever held for nobody."""

    def __init__(self, db: Database, clock: Clock, stock: "StockServiceAsyncStub", page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._stock = stock
        self._page_key = page_key + b" tryouts"

    async def reserve(
        self, asked: Request, member_id: str, location_id: str, lines: Sequence[Line]
    ) -> pb.ReserveTryoutResponse:
        """All of it or nothing."""
        access.require_member(member_id)
        now, wanted = self._clock(), domain.checked(lines)
        key = str(uuid.uuid5(_NAMED, f"{asked.principal} {asked.request_id}"))
        given = Tryout(key, member_id, location_id, State.ASKED, wanted, now + domain.ANSWERED_WITHIN, now)
        async with self._db.transaction() as tx:
            known = await requests.replay(tx, asked)
            if known is not None:
                return pb.ReserveTryoutResponse.FromString(known)
            given = await self._ask(tx, given)
        faultpoints.hit("tryouts.after_asked")
        if given.state is State.ASKED:
            await self._hold(given)
        faultpoints.hit("tryouts.after_hold")

        async def work(tx: Tx) -> pb.ReserveTryoutResponse:
            held = (await store.find(tx, [key], lock=True))[key]
            if held.state is State.RELEASED:
                raise TransitionRefused("it was given up meanwhile", tryout_id=key, state=held.state)
            after = await self._write(tx, held, domain.move(held, State.HELD, self._clock()))
            return pb.ReserveTryoutResponse(tryout=wire.tryout(after))

        answer = await requests.once(self._db, asked, work, pb.ReserveTryoutResponse, aggregate_id=lambda _: key)
        faultpoints.hit("tryouts.after_commit")
        return answer

    async def get(self, tryout_id: str) -> pb.GetTryoutResponse:
        """One that the caller may see."""
        async with self._db.read() as tx:
            return pb.GetTryoutResponse(tryout=wire.tryout(_mine(await store.find(tx, [tryout_id]), tryout_id)))

    async def page(self, request: pb.ListTryoutsRequest) -> pb.ListTryoutsResponse:
        """A member's own; staff see those of their store."""
        if request.member_id:
            access.require_member(request.member_id)
        elif not request.location_id:
            raise invalid("location_id", "must be given, or member_id")
        if request.location_id or access.current().kind in (Kind.STAFF, Kind.DEVICE):
            access.require_location(request.location_id)
        size, cursor = pages.page_size(request.page_size), pages.decode(request.page_token, self._page_key)
        after = (datetime.fromisoformat(cursor["at"]), cursor["id"]) if cursor else _FIRST
        async with self._db.read() as tx:
            found = await store.page(tx, request.member_id, request.location_id, request.open, after, size)
        more = ""
        if len(found) == size:
            last = {"at": found[-1].create_time.isoformat(), "id": found[-1].tryout_id}
            more = pages.encode(last, self._page_key)
        return pb.ListTryoutsResponse(tryouts=map(wire.tryout, found), next_page_token=more)

    async def ready(self, asked: Request, tryout_id: str) -> pb.ReadyTryoutResponse:
        """It is laid out."""
        return await self._step(asked, tryout_id, pb.ReadyTryoutResponse, State.ARRIVED)

    async def begin(self, asked: Request, tryout_id: str) -> pb.BeginTryoutResponse:
        """The shopper is there."""
        return await self._step(asked, tryout_id, pb.BeginTryoutResponse, State.TRYING)

    async def release(self, asked: Request, tryout_id: str, reason: str) -> pb.ReleaseTryoutResponse:
        """The goods are for sale again, a moment later."""
        return await self._step(asked, tryout_id, pb.ReleaseTryoutResponse, State.RELEASED, reason)

    async def look(self, tx: Tx, sales: Sequence[Sale]) -> None:
        """Flags sales that name what is not reserved here, or not any more."""
        named = {sale.tryout_id: sale for sale in sales if sale.tryout_id}
        if not named:
            return
        found = await store.find(tx, list(named), lock=True)
        for key, sale in named.items():
            known = found.get(key)
            if known is None or not known.stands or known.location_id != sale.named.location_id:
                sale.findings.append(Finding(Flag.TRYOUT_UNKNOWN, key))
                # nobody else's hold ends by a number that a till got wrong
                sale.facts.hold_id = sale.order_id if sale.later else ""

    async def convert(self, tx: Tx, sales: Sequence[Sale]) -> None:
        """What is kept was sold, the rest is free: inventory hears of both by the sale, which names the reservation."""
        named = {sale.tryout_id: sale for sale in sales if sale.tryout_id}
        found = await store.find(tx, list(named), lock=True) if named else {}
        for key, held in found.items():
            sale = named[key]
            if held.stands and held.location_id == sale.named.location_id:
                sold = Counter[str]()
                for line in sale.facts.lines:
                    sold[line.sku] += line.quantity
                after = domain.bought(held, sale.order_id, sold, self._clock())
                await store.change(tx, after, self._clock(), access.current().actor)
                await timers.cancel(tx, END, key)

    async def end(self, due: Due) -> None:
        """Its time is over, or somebody gave it up: the goods are free."""
        async with self._db.transaction() as tx:
            held = (await store.find(tx, [due.key], lock=True)).get(due.key)
            if held and held.state is not State.RELEASED:
                now = self._clock()
                if held.state is State.CONVERTED or now < held.expire_time:
                    await timers.finish(tx, due)
                    return
                await store.change(tx, domain.over(held, now), now, access.current().actor)
        await self._let_go(due.key)
        faultpoints.hit("tryouts.after_release")
        async with self._db.transaction() as tx:
            await timers.finish(tx, due)

    async def _ask(self, tx: Tx, given: Tryout) -> Tryout:
        await barring.may_pay_in_store(tx, given.member_id, self._clock())
        since = given.create_time - domain.MISSED_IN
        domain.within_limits(*await store.counts(tx, given.member_id, given.tryout_id, since))
        if not await store.is_store(tx, given.location_id):
            raise invalid("location_id", "must be a store of the brand")
        names = await store.names(tx, [line.sku for line in given.lines])
        if missing := [line.sku for line in given.lines if line.sku not in names]:
            raise invalid("lines", f"must name goods that are sold: {missing[0]} is not")
        given = replace(given, lines=tuple(replace(line, name=names[line.sku]) for line in given.lines))
        if await store.insert(tx, given, access.current().actor):
            await timers.schedule(tx, END, given.tryout_id, given.expire_time)
        return (await store.find(tx, [given.tryout_id]))[given.tryout_id]

    async def _hold(self, given: Tryout) -> None:
        lines = [
            stock_pb2.HoldLine(line_no=number, sku=line.sku, location_id=given.location_id, quantity=line.quantity)
            for number, line in enumerate(given.lines, 1)
        ]
        asked = stock_pb.HoldRequest(
            request_id=given.tryout_id, order_id=given.tryout_id, member_id=given.member_id, lines=lines
        )
        try:
            with access.acting_as(access.service("order", access.current().actor)):
                await self._stock.Hold(asked, timeout=_SECONDS)
        except Fault as fault:
            if fault.code not in _AWAY:
                await self._never_held(given.tryout_id, fault.reason)
            raise

    async def _never_held(self, tryout_id: str, reason: str) -> None:
        async with self._db.transaction() as tx:
            held = (await store.find(tx, [tryout_id], lock=True))[tryout_id]
            if held.state is State.ASKED:
                why = reason or Reason.OUT_OF_STOCK
                now = self._clock()
                await store.change(tx, domain.move(held, State.RELEASED, now, why), now, access.current().actor)
                await timers.schedule(tx, END, tryout_id, now)

    async def _step(self, asked: Request, tryout_id: str, reply: type[R], to: State, reason: str = "") -> R:
        make: Any = reply

        async def work(tx: Tx) -> R:
            held = _mine(await store.find(tx, [tryout_id], lock=True), tryout_id)
            after = await self._write(tx, held, domain.move(held, to, self._clock(), reason))
            return make(tryout=wire.tryout(after))  # type: ignore[no-any-return]

        answer = await requests.once(self._db, asked, work, reply, aggregate_id=lambda _: tryout_id)
        faultpoints.hit("tryouts.after_commit")
        return answer

    async def _write(self, tx: Tx, before: Tryout, after: Tryout) -> Tryout:
        if after is before:
            return before
        now = self._clock()
        await store.change(tx, after, now, access.current().actor)
        await timers.schedule(tx, END, after.tryout_id, now if after.state is State.RELEASED else after.expire_time)
        return after

    async def _let_go(self, tryout_id: str) -> None:
        asked = stock_pb.ReleaseRequest(request_id=f"{tryout_id}:release", hold_id=tryout_id, reason="TRYOUT_ENDED")
        with access.acting_as(access.service("order")):
            await self._stock.Release(asked, timeout=_SECONDS)


def _mine(found: dict[str, Tryout], tryout_id: str) -> Tryout:
    """Members see their own, staff those of their stores."""
    who, given = access.current(), found.get(tryout_id)
    if given and given.state is not State.ASKED:
        own = who.kind is Kind.MEMBER and who.id == given.member_id
        if own or who.kind in (Kind.HQ, Kind.SERVICE) or given.location_id in who.location_ids:
            return given
    raise NotYours("no such reservation", field="tryout_id", tryout_id=tryout_id)
