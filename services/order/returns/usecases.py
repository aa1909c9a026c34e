"""Brings units home: asked for, agreed to, received anywhere, looked at; each step once, each journalled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from kit import access, faultpoints, outbox, requests, timers
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import returns_service_pb2 as pb
from services.order.checkout.domain import Order, TransitionRefused
from services.order.fulfilment import store as order_versions
from services.order.fulfilment.domain_units import Run
from services.order.payments.usecases import REFUND
from services.order.returns import (
    domain,
    domain_places,
    domain_units,
    eligibility,
    finding,
    matching,
    places,
    store,
    store_policy,
    store_refunds,
    wire,
    wire_events,
)
from services.order.returns.domain import Disposition, Flag, Return, State
from services.order.returns.domain_refunds import Refund
from services.order.returns.domain_refunds import State as Paying
from services.order.returns.domain_units import Asked, Wish
from services.order.returns.granting import Receipt
from services.order.returns.taking import Taking, here

faultpoints.register("returns.before_commit", "returns.after_commit")


class Returns:
    """The life of a return, by the verbs of those who may take its steps."""

    def __init__(self, db: Database, clock: Clock, taking: Taking) -> None:
        self._db = db
        self._clock = clock
        self._taking = taking

    async def preview(self, wish: Wish) -> pb.PreviewReturnResponse:
        """What a return would give; nothing is written."""
        async with self._db.read() as tx:
            return wire.preview(*await self._taking.look(tx, wish))

    async def open(self, asked: Request, wish: Wish) -> pb.OpenReturnResponse:
        """Asks to bring units back; whoever has them in his hands receives them in the same step."""

        async def work(tx: Tx) -> pb.OpenReturnResponse:
            given = await self.take(tx, wish)
            faultpoints.hit("returns.before_commit")
            return pb.OpenReturnResponse(returned=await finding.shown(tx, given))

        answer = await requests.once(self._db, asked, work, pb.OpenReturnResponse)
        faultpoints.hit("returns.after_commit")
        return answer

    async def take(self, tx: Tx, wish: Wish, how: Receipt | None = None) -> Return:
        """The same inside somebody's transaction, such as an exchange's; `how` says what stays for other goods."""
        return await self._taking.take(tx, wish, how)

    async def authorise(self, asked: Request, return_id: str) -> pb.AuthoriseReturnResponse:
        """The brand agrees."""

        async def work(tx: Tx) -> pb.AuthoriseReturnResponse:
            _, given = await finding.locked(tx, return_id)
            if await places.partner(tx):
                raise access.Denied("who stands at a drop point agrees to nothing", return_id=return_id)
            after = domain.move(given, State.AUTHORISED, self._clock())
            await self._write(tx, given, after, State.AUTHORISED, "")
            return pb.AuthoriseReturnResponse(returned=await finding.shown(tx, after))

        return await requests.once(self._db, asked, work, pb.AuthoriseReturnResponse)

    async def receive(
        self, asked: Request, return_id: str, location_id: str, units: Sequence[Asked], serial_reason: str = ""
    ) -> pb.ReceiveReturnResponse:
        """The goods are here; what did not come is the shopper's still."""

        async def work(tx: Tx) -> pb.ReceiveReturnResponse:
            order, given = await finding.locked(tx, return_id)
            if given.state not in domain.OPEN:
                raise TransitionRefused(f"a {given.state} return was received", return_id=return_id, state=given.state)
            kind, terms = await places.takes(tx, location_id), await store_policy.newest(tx)
            trusted, said = eligibility.trusted(kind), [one.disposition for one in units]
            domain_places.decidable(kind, location_id, "units.disposition", said, trusted=trusted)
            eligibility.authorised(terms, given, trusted=trusted)
            came = await self._taking.came(tx, order, given, units, serial_reason, terms, trusted=trusted)
            arrived = here(replace(came, location_id=location_id), kind)
            after = replace(arrived, version=given.version + 1, update_time=self._clock())
            granted = await self._taking.grant(tx, order, after, terms, kind=kind)
            why = serial_reason if Flag.SERIAL_MISMATCH in came.flags else ""
            await store.change(tx, granted, granted.state, why, access.current().actor)
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
            order, given = await finding.locked(tx, return_id)
            places.stands(given)
            if given.state not in domain.HERE:
                raise TransitionRefused("its goods are not here", return_id=return_id, state=given.state)
            if given.sent is not None and given.sent.arrive_time is None:
                raise TransitionRefused("its goods are on their way", return_id=return_id, state="SENT_ON")
            kind = await store.kind_of(tx, given.location_id)
            trusted = eligibility.trusted(kind)
            domain_places.decidable(kind, given.location_id, "disposition", [to], trusted=trusted)
            units, pairs = _put(order, given, line_no, run, to, self._clock())
            # whoever says once more what a terminal said of goods at a drop point has looked at them
            looked = given.state is State.RECEIVED and domain.inspected(units) is State.INSPECTED
            if pairs or looked:
                given = await self._disposed(tx, order, given, units, pairs, f"{to}: {reason}"[:200])
            return pb.DisposeUnitsResponse(returned=await finding.shown(tx, given))

        return await requests.once(self._db, asked, work, pb.DisposeUnitsResponse)

    async def cancel(self, asked: Request, return_id: str, reason: str) -> pb.CancelReturnResponse:
        """Nothing will come: the units are free again."""

        async def work(tx: Tx) -> pb.CancelReturnResponse:
            _, given = await finding.locked(tx, return_id)
            if await places.partner(tx):
                places.stands(given)
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
        looked = after.state is State.INSPECTED
        # before the return's own row: whoever hears how a consequence ended takes them in this order
        refund = await store_refunds.lock(tx, given.return_id) if looked else None
        await store.change(tx, after, "DISPOSED", reason, access.current().actor)
        if refund is not None:
            await self._release(tx, refund)
        if pairs:
            version = await order_versions.touch_order(tx, order.order_id)
            told = await matching.as_came(tx, after)
            await outbox.append(tx, wire_events.disposed(order, told, uuid7(), pairs, version, now))
        return after

    async def _release(self, tx: Tx, refund: Refund) -> None:
        """What was withheld until somebody had looked moves now."""
        if refund.state is Paying.GRANTED:
            await store_refunds.change(tx, replace(refund, state=Paying.PAYING))
            await timers.schedule(tx, REFUND, refund.refund_id, self._clock())

    async def _write(self, tx: Tx, before: Return, after: Return, step: str, reason: str) -> None:
        if after != before:
            await store.change(tx, after, step, reason, access.current().actor)


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
