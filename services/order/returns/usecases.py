"""Brings units home: asked for, agreed to, received anywhere, looked at; each step once, each journalled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from kit import access, faultpoints, outbox, requests, timers
from kit.access import Kind
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import returns_service_pb2 as pb
from services.order.checkout.domain import Line, Order, TransitionRefused
from services.order.fulfilment import store as order_versions
from services.order.fulfilment.domain_units import Run
from services.order.payments.usecases import REFUND
from services.order.returns import (
    domain,
    domain_units,
    eligibility,
    finding,
    store,
    store_policy,
    store_refunds,
    wire,
    wire_events,
)
from services.order.returns.domain import Disposition, Return, ReturnUnknown, State
from services.order.returns.domain_refunds import State as Paying
from services.order.returns.domain_units import Asked, Wish
from services.order.returns.granting import Granting, Receipt

Chosen = list[tuple[Line, Run, Disposition]]

faultpoints.register("returns.before_commit", "returns.after_commit")


class Returns:
    """The life of a return, by the verbs of those who may take its steps."""

    def __init__(self, db: Database, clock: Clock, granting: Granting) -> None:
        self._db = db
        self._clock = clock
        self._granting = granting

    async def preview(self, wish: Wish) -> pb.PreviewReturnResponse:
        """What a return would give; nothing is written."""
        async with self._db.read() as tx:
            order = await finding.order(tx, wish.order)
            terms = await store_policy.newest(tx)
            found = await self._chosen(tx, order, wish.units)
            flags = await eligibility.flags(tx, order, found, terms, self._clock())
            given = self._new(order, wish, found, flags)
            parts, _ = await self._granting.plan(tx, order, given, terms)
        return wire.preview(order, given, parts)

    async def open(self, asked: Request, wish: Wish) -> pb.OpenReturnResponse:
        """Asks to bring units back; whoever has them in his hands receives them in the same step."""
        if wish.received and access.current().kind is Kind.MEMBER:
            raise access.Denied("shoppers cannot say that goods were received", field="received")

        async def work(tx: Tx) -> pb.OpenReturnResponse:
            order = await finding.order(tx, wish.order)
            await store.lock_order(tx, order.order_id)
            terms = await store_policy.newest(tx)
            found = await self._chosen(tx, order, wish.units)
            flags = await eligibility.decide(tx, order, found, terms, wish, self._clock())
            given = self._new(order, wish, found, flags)
            if wish.received:
                given = _here(given)
                eligibility.within_cap(terms, given.amount, wish)
            await store.insert(tx, given, access.current().actor)
            if wish.received:
                given = await self._grant(tx, order, given)
            faultpoints.hit("returns.before_commit")
            return pb.OpenReturnResponse(returned=await finding.shown(tx, given))

        answer = await requests.once(self._db, asked, work, pb.OpenReturnResponse)
        faultpoints.hit("returns.after_commit")
        return answer

    async def authorise(self, asked: Request, return_id: str) -> pb.AuthoriseReturnResponse:
        """The brand agrees."""

        async def work(tx: Tx) -> pb.AuthoriseReturnResponse:
            _, given = await self._locked(tx, return_id)
            after = domain.move(given, State.AUTHORISED, self._clock())
            await self._write(tx, given, after, State.AUTHORISED, "")
            return pb.AuthoriseReturnResponse(returned=await finding.shown(tx, after))

        return await requests.once(self._db, asked, work, pb.AuthoriseReturnResponse)

    async def receive(
        self, asked: Request, return_id: str, location_id: str, units: Sequence[Asked]
    ) -> pb.ReceiveReturnResponse:
        """The goods are here; what did not come is the shopper's still."""

        async def work(tx: Tx) -> pb.ReceiveReturnResponse:
            order, given = await self._locked(tx, return_id)
            if given.state not in domain.OPEN:
                raise TransitionRefused(f"a {given.state} return was received", return_id=return_id, state=given.state)
            terms = await store_policy.newest(tx)
            eligibility.authorised(terms, given)
            came = _came(order, given, units, self._clock())
            here = _here(replace(given, location_id=location_id, units=tuple(came)))
            after = replace(here, version=given.version + 1, update_time=self._clock())
            granted = await self._grant(tx, order, after, write=False)
            await store.change(tx, granted, granted.state, "", access.current().actor)
            faultpoints.hit("returns.before_commit")
            return pb.ReceiveReturnResponse(returned=await finding.shown(tx, granted))

        answer = await requests.once(self._db, asked, work, pb.ReceiveReturnResponse)
        faultpoints.hit("returns.after_commit")
        return answer

    async def dispose(
        self, asked: Request, return_id: str, line_no: int, run: Run, to: Disposition, reason: str
    ) -> pb.DisposeUnitsResponse:
        """What becomes of units that are here is another thing now; stock follows."""

        async def work(tx: Tx) -> pb.DisposeUnitsResponse:
            order, given = await self._locked(tx, return_id)
            if given.state not in domain.HERE:
                raise TransitionRefused("its goods are not here", return_id=return_id, state=given.state)
            units, pairs = _put(order, given, line_no, run, to, self._clock())
            if pairs:
                given = await self._disposed(tx, order, given, units, pairs, f"{to}: {reason}"[:200])
            return pb.DisposeUnitsResponse(returned=await finding.shown(tx, given))

        return await requests.once(self._db, asked, work, pb.DisposeUnitsResponse)

    async def cancel(self, asked: Request, return_id: str, reason: str) -> pb.CancelReturnResponse:
        """Nothing will come: the units are free again."""

        async def work(tx: Tx) -> pb.CancelReturnResponse:
            _, given = await self._locked(tx, return_id)
            after = domain.move(given, State.CANCELLED, self._clock())
            await self._write(tx, given, after, State.CANCELLED, reason)
            return pb.CancelReturnResponse(returned=await finding.shown(tx, after))

        return await requests.once(self._db, asked, work, pb.CancelReturnResponse)

    async def _disposed(
        self, tx: Tx, order: Order, given: Return, units: Sequence[domain.Units],
        pairs: Sequence[tuple[domain.Units, domain.Units]], reason: str,
    ) -> Return:  # fmt: skip
        now, to = self._clock(), domain.inspected(units)
        keeps = given.state is State.CLOSED and to is State.INSPECTED
        after = replace(given, units=tuple(units), version=given.version + 1, update_time=now)
        after = replace(after, state=given.state if keeps else to)
        await store.change(tx, after, "DISPOSED", reason, access.current().actor)
        if after.state is State.INSPECTED:
            await self._release(tx, after)
        version = await order_versions.touch_order(tx, order.order_id)
        await outbox.append(tx, wire_events.disposed(order, after, uuid7(), pairs, version, now))
        return after

    async def _release(self, tx: Tx, given: Return) -> None:
        """What was withheld until somebody had looked moves now."""
        refund = await store_refunds.lock(tx, given.return_id)
        if refund is not None and refund.state is Paying.GRANTED:
            await store_refunds.change(tx, replace(refund, state=Paying.PAYING))
            await timers.schedule(tx, REFUND, refund.refund_id, self._clock())

    async def _grant(self, tx: Tx, order: Order, given: Return, *, write: bool = True) -> Return:
        terms = await store_policy.newest(tx)
        till = access.current().kind in (Kind.STAFF, Kind.DEVICE)
        granted = await self._granting.grant(tx, order, given, terms, Receipt(till, terms.withhold))
        if write and granted != given:
            granted = replace(granted, version=granted.version + 1)
            await store.change(tx, granted, "GRANTED", "", access.current().actor)
        return granted

    async def _chosen(self, tx: Tx, order: Order, asked: Sequence[Asked]) -> Chosen:
        hands = await finding.hands(tx, order)
        others = [one for one in await store.of_order(tx, order.order_id) if one.state is not State.CANCELLED]
        if asked:
            return domain_units.chosen(order, hands, others, asked)
        return domain_units.everything(order, hands, others)

    def _new(self, order: Order, wish: Wish, found: Chosen, flags: Sequence[domain.Flag]) -> Return:
        now = self._clock()
        units = tuple(domain_units.worth(order, found, now))
        return Return(
            uuid7(), order.order_id, order.order_no, State.REQUESTED, wish.location_id, wish.reason, units, now, now,
            tuple(flags), wish.as_credit, wish.exchange_order_id,
        )  # fmt: skip

    async def _locked(self, tx: Tx, return_id: str) -> tuple[Order, Return]:
        order_id = await store.order_of(tx, return_id)
        if order_id is None:
            raise ReturnUnknown("no such return", return_id=return_id)
        await store.lock_order(tx, order_id)
        given = (await store.by_ids(tx, [return_id]))[return_id]
        return await finding.by_id(tx, order_id), await finding.mine(tx, given)

    async def _write(self, tx: Tx, before: Return, after: Return, step: str, reason: str) -> None:
        if after != before:
            await store.change(tx, after, step, reason, access.current().actor)


def _here(given: Return) -> Return:
    """Whatever nobody said anything about is for sale again."""
    units = tuple(replace(one, disposition=one.disposition or Disposition.RESTOCK) for one in given.units)
    return replace(given, units=units, state=domain.inspected(units))


def _came(order: Order, given: Return, asked: Sequence[Asked], at: datetime) -> list[domain.Units]:
    """Of a return's units those that are here."""
    if not asked:
        return list(given.units)
    hands: dict[int, list[tuple[Run, datetime]]] = {}
    for one in given.units:
        hands.setdefault(one.line_no, []).append(((one.first, one.last), at))
    return domain_units.worth(order, domain_units.chosen(order, hands, [], asked), at)


def _put(
    order: Order, given: Return, line_no: int, run: Run, to: Disposition, at: datetime
) -> tuple[list[domain.Units], list[tuple[domain.Units, domain.Units]]]:
    """The return's units once some of them are put elsewhere, and those, before and after."""
    units: list[domain.Units] = []
    pairs: list[tuple[domain.Units, domain.Units]] = []
    for one in given.units:
        for part in domain_units.split(order, one, run if one.line_no == line_no else None, at):
            moves = one.line_no == line_no and run[0] <= part.first <= part.last <= run[1]
            after = replace(part, disposition=to) if moves else part
            units.append(after)
            if after.disposition is not part.disposition:
                pairs.append((part, after))
    if not any(one.line_no == line_no and one.first <= run[1] and run[0] <= one.last for one in given.units):
        raise invalid("line_no", "must name units of this return")
    return units, pairs
