"""Takes what carriers say of parcels: facts, which no state of ours refuses."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from kit import access, faultpoints
from kit.access import NotYours
from kit.clock import Clock, system_clock
from kit.postgres import Database, Tx
from services.order.fulfilment import domain, domain_parcels, store_parcels
from services.order.fulfilment import store as tasks
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_parcels import Parcel, Word
from services.order.fulfilment.domain_states import Reason, State
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_handover import Handovers
from services.order.shipping.carrier import Carriers

_WAYS = (State.SHIPPED, State.UNDELIVERED, State.DELIVERED)

faultpoints.register("shipping.before_tracking_commit", "shipping.after_tracking")


class Tracking:
    """Words count once, and in the order in which they were spoken, however they come."""

    def __init__(
        self, db: Database, clock: Clock, carriers: Carriers, handovers: Handovers, wall: Clock = system_clock
    ) -> None:
        self._db = db
        self._clock = clock
        self._carriers = carriers
        self._handovers = handovers
        # signatures live on the machine's time: business time may be moved by days
        self._wall = wall

    async def record(self, name: str, body: bytes, headers: Mapping[str, str]) -> None:
        """A carrier's signed notification."""
        carrier = self._carriers.named(name)
        words = sorted(carrier.read(body, headers, self._wall()), key=lambda word: word.shipment)
        for shipment, spoken in groupby(words, key=lambda word: word.shipment):
            with access.acting_as(access.service("order")):
                async with self._db.transaction() as tx:
                    await self._hear(tx, name, shipment, list(spoken))
                    faultpoints.hit("shipping.before_tracking_commit")
        faultpoints.hit("shipping.after_tracking")

    async def _hear(self, tx: Tx, carrier: str, shipment: str, words: Sequence[Word]) -> None:
        parcel_id = _parcel_id(shipment)
        task = await store_parcels.task(tx, parcel_id) if parcel_id else None
        held = await tasks.lock(tx, task) if task else None
        parcel = next((one for one in held.parcels if one.parcel_id == parcel_id), None) if held else None
        if held is None or parcel is None or parcel.carrier != carrier:
            raise NotYours("no parcel has that key", field="key")
        new = await store_parcels.tell(tx, parcel.parcel_id, carrier, words)
        after = domain_parcels.heard(parcel, [word for word in words if word.notice_id in new])
        if after is not parcel and shipment == parcel.shipment:
            await self._follow(tx, held, parcel, after)

    async def _follow(self, tx: Tx, held: Fulfilment, before: Parcel, after: Parcel) -> None:
        now = self._clock()
        parts = tuple(after if one is before else one for one in held.parcels)
        if after.left and State.PACKED in (held.state, held.held_state):
            held, parts = await self._left(tx, held, parts), domain_parcels.leave(parts)
        await store_parcels.change(tx, parts, now)
        moved = replace(held, parcels=parts)
        if held.state in _WAYS and domain_parcels.arrived(parts):
            lacking = domain_parcels.lacking(parts)
            to, reason = (State.UNDELIVERED, f"PARCEL_{lacking[0]}") if lacking else (State.DELIVERED, "")
            moved = replace(domain.move(moved, to, reason), parcels=parts)
        if moved != held:
            await take(tx, held, moved, now)

    async def _left(self, tx: Tx, held: Fulfilment, parts: tuple[Parcel, ...]) -> Fulfilment:
        """The first of a task's parcels left: they go together. What was held back is gone all the same."""
        held = replace(held, parcels=domain_parcels.leave(parts))
        packed = replace(held, state=State.PACKED, held_state="")
        after = domain.move(packed, State.SHIPPED, Reason.BY_CARRIER)
        lots = await store_parcels.lots(tx, held.fulfilment_id)
        return await self._handovers.handed(tx, held, after, lots, "")


def _parcel_id(shipment: str) -> str:
    """Of a shipment's key: a parcel's id, and which of its bookings it was."""
    try:
        return str(uuid.UUID(shipment[:36]))
    except ValueError:
        return ""
