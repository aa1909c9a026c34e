"""Sends what a drop point received on to where somebody looks at it: in two steps, or at once; each journalled."""

from dataclasses import replace

from kit import access, outbox, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import returns_pb2 as messages
from omo.order.v1 import returns_service_pb2 as pb
from services.order.checkout.domain import Order, TransitionRefused
from services.order.fulfilment import store as order_versions
from services.order.returns import domain, domain_places, finding, matching, places, store, wire_events
from services.order.returns.domain import Disposition, Return, SentOn
from services.order.returns.domain_places import DROP_POINT


class Onward:
    """A return goes on whole, and stays put aside; its refund went by the brand's terms when it was received."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def send(self, asked: Request, return_id: str, target: str) -> pb.SendOnReturnResponse:
        """It leaves the drop point."""

        async def work(tx: Tx) -> pb.SendOnReturnResponse:
            order, given = await self._received(tx, return_id)
            places.stands(given)
            if given.sent is not None:
                raise TransitionRefused(
                    f"it was sent on to {given.sent.target}", return_id=return_id, state="SENT_ON"
                )  # fmt: skip
            await places.looks(tx, "to_location_id", target)
            sent = SentOn(given.location_id, target, self._clock())
            return pb.SendOnReturnResponse(returned=await self._write(tx, order, given, sent))

        return await requests.once(self._db, asked, work, pb.SendOnReturnResponse)

    async def arrive(self, asked: Request, return_id: str, location_id: str) -> pb.ArriveReturnResponse:
        """It is where somebody looks at it; if nobody had said that it left, it left now."""

        async def work(tx: Tx) -> pb.ArriveReturnResponse:
            order, given = await self._received(tx, return_id)
            if given.sent is None:  # or else it goes where it was sent, though that was closed meanwhile
                await places.looks(tx, "location_id", location_id)
            now = self._clock()
            sent = given.sent or SentOn(given.location_id, location_id, now)
            if sent.target != location_id:
                raise invalid("location_id", f"must be {sent.target}, where it was sent on to")
            arrived = await self._write(tx, order, given, replace(sent, arrive_time=now))
            return pb.ArriveReturnResponse(returned=arrived)

        return await requests.once(self._db, asked, work, pb.ArriveReturnResponse)

    async def _received(self, tx: Tx, return_id: str) -> tuple[Order, Return]:
        """A locked return whose goods a drop point has, or has sent on."""
        order, given = await finding.locked(tx, return_id)
        here = given.state in domain.HERE and await store.kind_of(tx, given.location_id) == DROP_POINT
        if not here or all(one.disposition is Disposition.MISSING for one in given.units):
            raise TransitionRefused("no drop point has its goods", return_id=return_id, state=given.state)
        return order, given

    async def _write(self, tx: Tx, order: Order, given: Return, sent: SentOn) -> messages.Return:
        now, step = self._clock(), "SENT_ON" if sent.arrive_time is None else "ARRIVED"
        units, pairs = domain_places.put_aside(given.units) if given.sent is None else (given.units, [])
        after = replace(given, units=units, sent=sent, version=given.version + 1, update_time=now)
        if pairs:
            after = replace(after, state=domain.inspected(units))
        if sent.arrive_time is not None:
            after = replace(after, location_id=sent.target)
        await store.send_on(tx, after.return_id, sent)
        await store.change(tx, after, step, sent.target, access.current().actor)
        told = await matching.as_came(tx, after)
        if pairs:
            version = await order_versions.touch_order(tx, order.order_id)
            there = replace(told, location_id=sent.source)
            await outbox.append(tx, wire_events.disposed(order, there, uuid7(), pairs, version, now))
        version = await order_versions.touch_order(tx, order.order_id)
        await outbox.append(tx, wire_events.sent_on(order, told, sent, version, now))
        return await finding.shown(tx, after)
