"""What a store does with its tasks before the shopper comes: list, accept, pick, ready."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from google.protobuf.message import Message

from kit import access, pages, requests, timers
from kit.access import Kind, NotYours
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import fulfilment_service_pb2 as pb
from omo.order.v1 import order_pb2
from services.order.appointments import store as appointments
from services.order.fulfilment import domain, domain_terms, store, store_reads, store_terms, wire
from services.order.fulfilment.domain import COLLECT_WITHIN, PIN_TRIES, Fulfilment
from services.order.fulfilment.domain_states import Reason, State
from services.order.fulfilment.pins import Pins
from services.order.fulfilment.usecases import PICKUP_DEADLINE, READY_SLA, take
from services.order.pickups import proving
from services.order.pickups import store as pickups

R = TypeVar("R", bound=Message)
_LARGEST_CODE = 64


def mine(found: Fulfilment | None, fulfilment_id: str) -> Fulfilment:
    """The fulfilment, if it is one of the caller's location; of another location's nobody learns that it exists."""
    if found is not None:
        principal = access.current()
        if principal.kind in (Kind.HQ, Kind.SERVICE) or found.location_id in principal.location_ids:
            return found
    raise NotYours("no such fulfilment", field="fulfilment_id", fulfilment_id=fulfilment_id)


async def accepted(tx: Tx, held: Fulfilment, at: datetime, request_id: str) -> Fulfilment:
    """The task, taken by its store, which has so long from now to have it ready."""
    terms = await store_terms.newest(tx)
    after = domain_terms.within(held, State.ACCEPTED, at, terms)
    if after is not held and after.ready_deadline:
        await timers.schedule(tx, READY_SLA, held.fulfilment_id, after.ready_deadline)
    return await take(tx, held, after, at, request_id)


class Tasks:
    """The tasks of a location; each step is idempotent by its request, and by the state that it leads to."""

    def __init__(self, db: Database, clock: Clock, pins: Pins) -> None:
        self._db = db
        self._clock = clock
        self._pins = pins

    async def list(self, location_id: str, after_version: int, page_size: int) -> pb.ListTasksResponse:
        """What changed after a version; from 0, what is open."""
        access.require_location(location_id)
        if after_version < 0:
            raise invalid("after_version", "must not be negative")
        async with self._db.read() as tx:
            found, version = await store_reads.tasks(tx, location_id, after_version, pages.page_size(page_size))
        return wire.tasks(found, version)

    async def get(self, fulfilment_id: str) -> order_pb2.Fulfilment:
        async with self._db.read() as tx:
            return wire.fulfilment(mine(await store_reads.find(tx, fulfilment_id), fulfilment_id))

    async def accept(self, asked: Request, fulfilment_id: str) -> pb.AcceptFulfilmentResponse:
        """The store takes the task."""

        async def work(tx: Tx) -> pb.AcceptFulfilmentResponse:
            held = mine(await store.lock(tx, fulfilment_id), fulfilment_id)
            after = await accepted(tx, held, self._clock(), asked.request_id)
            return pb.AcceptFulfilmentResponse(fulfilment=wire.fulfilment(after))

        return await requests.once(
            self._db, asked, work, pb.AcceptFulfilmentResponse, aggregate_id=lambda _: fulfilment_id
        )

    async def pick(self, asked: Request, fulfilment_id: str, picker: str) -> pb.PickFulfilmentResponse:
        """Somebody walks the shelves: whoever is named, or who is signed in."""
        if len(picker) > _LARGEST_CODE:
            raise invalid("picker_staff_code", f"must have at most {_LARGEST_CODE} characters")
        picker = picker or access.current().staff_code

        def picked(held: Fulfilment) -> Fulfilment:
            after = domain.move(held, State.PICKING)
            return after if after is held else replace(after, picker_staff_code=picker)

        return await self._step(asked, fulfilment_id, pb.PickFulfilmentResponse, picked)

    async def ready(self, asked: Request, fulfilment_id: str) -> pb.ReadyFulfilmentResponse:
        """It waits for the shopper, who has a PIN from now on; a manager repeats this to replace a locked PIN."""

        async def work(tx: Tx) -> pb.ReadyFulfilmentResponse:
            held = mine(await store.lock(tx, fulfilment_id), fulfilment_id)
            after = await self._made_ready(tx, held, asked.request_id)
            return pb.ReadyFulfilmentResponse(fulfilment=wire.fulfilment(after))

        return await requests.once(
            self._db, asked, work, pb.ReadyFulfilmentResponse, aggregate_id=lambda _: fulfilment_id
        )

    async def _made_ready(self, tx: Tx, held: Fulfilment, request_id: str) -> Fulfilment:
        now = self._clock()
        after = domain.move(held, State.READY)
        if after is held and not (self._is_useless(held) and _is_manager()):
            return held
        if held.by_pin:
            pin = self._pins.make(held.fulfilment_id)
            after = replace(after, pin_hash=pin.hash, pin_sealed=pin.sealed, pin_tries=0)
        if held.state is State.READY:
            after = replace(after, reason=Reason.PIN_RENEWED)
        elif held.by_pin:
            until = await appointments.waits_until(tx, held.fulfilment_id, now + COLLECT_WITHIN)
            after = replace(after, pickup_deadline=until)
            await timers.schedule(tx, PICKUP_DEADLINE, held.fulfilment_id, until)
            if held.decision_id:  # it may have come for somebody who is named already
                named = await pickups.of_lacked(tx, held.order_id, held.location_id)
                await proving.carry(tx, self._pins, named, held.fulfilment_id)
        return await take(tx, held, after, now, request_id)

    def _is_useless(self, held: Fulfilment) -> bool:
        """Whether its PIN is locked, or was sealed under a key that is gone, so that nobody can show it."""
        return held.by_pin and (held.pin_tries >= PIN_TRIES or not self._pins.show(held.fulfilment_id, held.pin_sealed))

    async def _step(
        self, asked: Request, fulfilment_id: str, reply: type[R], step: Callable[[Fulfilment], Fulfilment]
    ) -> R:
        make: Any = reply

        async def work(tx: Tx) -> R:
            held = mine(await store.lock(tx, fulfilment_id), fulfilment_id)
            after = await take(tx, held, step(held), self._clock(), asked.request_id)
            return make(fulfilment=wire.fulfilment(after))  # type: ignore[no-any-return]

        return await requests.once(self._db, asked, work, reply, aggregate_id=lambda _: fulfilment_id)


def _is_manager() -> bool:
    principal = access.current()
    return principal.kind is Kind.STAFF and "manager" in principal.roles
