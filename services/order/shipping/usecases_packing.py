"""A store sends: it walks for many tasks at once, packs each into parcels, and gives them to whoever comes."""

from collections.abc import Sequence
from dataclasses import replace

from kit import access, faultpoints, requests, timers
from kit.access import NotYours
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import shipping_service_pb2 as pb
from services.order.fulfilment import (
    domain,
    domain_lots,
    domain_packing,
    domain_parcels,
    domain_terms,
    store_parcels,
    store_terms,
)
from services.order.fulfilment import store as tasks
from services.order.fulfilment import wire as task_wire
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_packing import Wanted
from services.order.fulfilment.domain_parcels import ParcelState
from services.order.fulfilment.domain_states import State
from services.order.fulfilment.parcels import BOOK
from services.order.fulfilment.usecases import SHIP_SLA, take
from services.order.fulfilment.usecases_handover import Handovers
from services.order.fulfilment.usecases_tasks import accepted, mine
from services.order.serials import keeping
from services.order.shipping import store, wire
from services.order.shipping.carrier import Carriers
from services.order.shipping.domain import LabelNotReady, waits

_USUAL, _MOST = 20, 100

faultpoints.register("shipping.before_pack_commit", "shipping.after_pack", "shipping.before_ship_commit")


class Packing:
    """What people do with their hands; each step is idempotent by its request, and by the state that it leads to."""

    def __init__(self, db: Database, clock: Clock, carriers: Carriers, handovers: Handovers) -> None:
        self._db = db
        self._clock = clock
        self._carriers = carriers
        self._handovers = handovers

    async def start_list(
        self, asked: Request, location_id: str, ids: Sequence[str], size: int, picker: str
    ) -> pb.StartPickListResponse:
        """One walk for many tasks; all of them are being picked from now on."""
        access.require_location(location_id)
        if not 0 <= size <= _MOST or len(ids) > _MOST:
            raise invalid("size", f"must be 0 to {_MOST}")
        picker = picker or access.current().staff_code

        async def work(tx: Tx) -> pb.StartPickListResponse:
            wanted = list(ids) or await store.waiting(tx, location_id, size or _USUAL)
            found = await store.lock(tx, sorted(set(wanted)))
            if ids and {one.fulfilment_id for one in found if one.location_id == location_id} != set(ids):
                raise NotYours("no such fulfilment", field="fulfilment_ids")
            walked = [await self._pick(tx, one, picker, asked.request_id) for one in found if ids or waits(one)]
            pick_list_id, now = uuid7(), self._clock()
            walked_ids = [one.fulfilment_id for one in walked]
            await store.insert(tx, pick_list_id, location_id, picker, walked_ids, now, access.current().actor)
            return pb.StartPickListResponse(pick_list=wire.pick_list(pick_list_id, location_id, picker, walked))

        return await requests.once(self._db, asked, work, pb.StartPickListResponse)

    async def _pick(self, tx: Tx, held: Fulfilment, picker: str, request_id: str) -> Fulfilment:
        now = self._clock()
        if held.state is State.PLACED:
            held = await accepted(tx, held, now, request_id)
        after = domain.move(held, State.PICKING)
        return await take(tx, held, after if after is held else replace(after, picker_staff_code=picker), now,
                          request_id)  # fmt: skip

    async def get_list(self, pick_list_id: str) -> pb.GetPickListResponse:
        """A list once more, with its tasks as they stand now."""
        async with self._db.read() as tx:
            row = await store.find(tx, pick_list_id)
            if row is None:
                raise NotYours("no such pick list", field="pick_list_id")
            access.require_location(row["location_id"])
            found = await store.by_ids(tx, row["fulfilment_ids"])
        shown = wire.pick_list(pick_list_id, row["location_id"], row["picker_staff_code"], found)
        return pb.GetPickListResponse(pick_list=shown)

    async def pack(self, asked: Request, fulfilment_id: str, wanted: Sequence[Wanted]) -> pb.PackFulfilmentResponse:
        """PICKING → PACKED, and the promise to ask the carriers, in one transaction."""

        async def work(tx: Tx) -> pb.PackFulfilmentResponse:
            held = mine(await tasks.lock(tx, fulfilment_id), fulfilment_id)
            after = await self._pack(tx, held, wanted, asked.request_id)
            faultpoints.hit("shipping.before_pack_commit")
            return pb.PackFulfilmentResponse(fulfilment=task_wire.fulfilment(after))

        answer = await requests.once(
            self._db, asked, work, pb.PackFulfilmentResponse, aggregate_id=lambda _: fulfilment_id
        )
        faultpoints.hit("shipping.after_pack")
        return answer

    async def _pack(self, tx: Tx, held: Fulfilment, wanted: Sequence[Wanted], request_id: str) -> Fulfilment:
        now, terms = self._clock(), await store_terms.newest(tx)
        after = domain_terms.within(held, State.PACKED, now, terms)
        if after is held:
            return held
        wanted = [
            replace(one, carrier=self._carriers.named(one.carrier, terms.default_carrier).name)
            for one in wanted or [Wanted((), "", "", 0)]
        ]
        packed = domain_packing.packed(held, wanted, [uuid7() for _ in wanted])
        with_lots = list(zip(packed, (one.lots for one in wanted), strict=True))
        domain_lots.deal(held, [one for _, lots in with_lots for one in lots])  # as it will be told when they leave
        await keeping.packed(tx, held, with_lots)
        await store_parcels.insert(tx, held.fulfilment_id, with_lots, now)
        await timers.schedule_many(tx, BOOK, sorted((one.parcel_id, now, b"") for one in packed))
        assert after.ship_deadline is not None, "just set"
        await timers.schedule(tx, SHIP_SLA, held.fulfilment_id, after.ship_deadline)
        return await take(tx, held, replace(after, parcels=tuple(packed)), now, request_id)

    async def book(self, asked: Request, parcel_id: str, carrier: str, service: str) -> pb.BookParcelResponse:
        """A refused parcel is offered once more: to the carrier that is another shipment."""

        async def work(tx: Tx) -> pb.BookParcelResponse:
            fulfilment_id = await store_parcels.task(tx, parcel_id) or parcel_id
            held, now = mine(await tasks.lock(tx, fulfilment_id), fulfilment_id), self._clock()
            parcel = next(one for one in held.parcels if one.parcel_id == parcel_id)
            if parcel.state is not ParcelState.PACKED:
                if parcel.state is not ParcelState.REFUSED or held.state not in (State.PACKED, State.SHIPPED):
                    raise domain.refused(held, State.PACKED)
                name = self._carriers.named(carrier or parcel.carrier).name
                anew = replace(parcel, carrier=name, service=service or parcel.service, state=ParcelState.PACKED,
                               refusal="", booking=parcel.booking + 1)  # fmt: skip
                await store_parcels.change(tx, [anew], now)
                await timers.schedule(tx, BOOK, parcel_id, now)
                parts = tuple(anew if one is parcel else one for one in held.parcels)
                held = await take(tx, held, replace(held, parcels=parts), now, asked.request_id)
            return pb.BookParcelResponse(fulfilment=task_wire.fulfilment(held))

        return await requests.once(self._db, asked, work, pb.BookParcelResponse, aggregate_id=lambda _: parcel_id)

    async def ship(self, asked: Request, fulfilment_id: str) -> pb.ShipFulfilmentResponse:
        """Somebody saw the carrier take all of it: the units are handed over, the money is due."""

        async def work(tx: Tx) -> pb.ShipFulfilmentResponse:
            held = mine(await tasks.lock(tx, fulfilment_id), fulfilment_id)
            if held.state not in (State.DELIVERED, State.UNDELIVERED):
                held = await self._ship(tx, held, asked.request_id)
            faultpoints.hit("shipping.before_ship_commit")
            return pb.ShipFulfilmentResponse(fulfilment=task_wire.fulfilment(held))

        return await requests.once(
            self._db, asked, work, pb.ShipFulfilmentResponse, aggregate_id=lambda _: fulfilment_id
        )

    async def _ship(self, tx: Tx, held: Fulfilment, request_id: str) -> Fulfilment:
        after = domain.move(held, State.SHIPPED)
        if after is held:
            return held
        for one in held.parcels:
            if one.state in (ParcelState.PACKED, ParcelState.REFUSED):
                raise LabelNotReady("a parcel has no label", parcel_id=one.parcel_id, state=one.state)
        left = domain_parcels.leave(held.parcels)
        await store_parcels.change(tx, left, self._clock())
        lots = await store_parcels.lots(tx, held.fulfilment_id)
        return await self._handovers.handed(tx, held, replace(after, parcels=left), lots, request_id)
