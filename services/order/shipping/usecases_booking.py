"""Asks carriers to come, tells them not to, and prints what they want to see on a parcel."""

import asyncio
from dataclasses import replace
from typing import Any

from kit import access, faultpoints, timers
from kit.clock import Clock
from kit.errors import Code, Fault
from kit.postgres import Database, Tx
from kit.timers import Due
from omo.member.v1 import identity_service_pb2 as member_pb
from omo.order.v1 import shipping_service_pb2 as pb
from services.order.fulfilment import store as tasks
from services.order.fulfilment import store_parcels, store_reads
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_parcels import Parcel, ParcelState
from services.order.fulfilment.parcels import CALL_OFF
from services.order.fulfilment.usecases import take
from services.order.fulfilment.usecases_tasks import mine
from services.order.shipping import labels, store
from services.order.shipping.carrier import Address, Booked, Carriers, Refused, Shipment
from services.order.shipping.domain import LabelNotReady
from services.order.shipping.labels import Label

_STEP_SECONDS = 5.0
_ASK_SECONDS = 2.0
_NO_ADDRESS = Refused("ADDRESS_MISSING")

faultpoints.register("shipping.after_booking", "shipping.before_booked_commit", "shipping.after_call_off")


class Booking:
    """The shopper's address is asked for at the moment of need, and forgotten after it."""

    def __init__(self, db: Database, clock: Clock, carriers: Carriers, contacts: Any) -> None:
        self._db = db
        self._clock = clock
        self._carriers = carriers
        self._contacts = contacts

    async def book_due(self, due: Due) -> None:
        """Has a parcel's carrier come; asked again after a crash, it says the same."""
        with access.acting_as(access.service("order")):
            held, parcel = await self._find(due.key)
            answer = None
            if parcel.state is ParcelState.PACKED:
                answer = await self._ask(held, parcel)
                await asyncio.to_thread(labels.load)  # somebody prints it soon
                faultpoints.hit("shipping.after_booking")
            async with self._db.transaction() as tx:
                if answer is not None:
                    await self._settle(tx, parcel, answer)
                await timers.finish(tx, due)
                faultpoints.hit("shipping.before_booked_commit")

    async def call_off_due(self, due: Due) -> None:
        """Tells a parcel's carrier that nobody needs to come."""
        _, parcel = await self._find(due.key)
        await self._carriers.named(parcel.carrier).call_off(due.payload.decode(), _STEP_SECONDS)
        faultpoints.hit("shipping.after_call_off")
        async with self._db.transaction() as tx:
            await timers.finish(tx, due)

    async def label(self, parcel_id: str) -> pb.GetLabelResponse:
        """The page; member writes down who had the address opened for it."""
        async with self._db.read() as tx:
            fulfilment_id = await store_parcels.task(tx, parcel_id) or parcel_id
            held = mine(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            sender = await store.sender(tx, held.location_id)
        parcel = next(one for one in held.parcels if one.parcel_id == parcel_id)
        if not parcel.tracking_no or parcel.state is ParcelState.CANCELLED:
            raise LabelNotReady("no carrier has it", parcel_id=parcel_id, state=parcel.state)
        to = await self._address(held.contact_id) or Address(held.masked_name, "", "")
        given = Label(parcel.carrier, parcel.service, parcel.tracking_no, held.order_no, parcel.number,
                      len(held.parcels), parcel.weight_grams, sender, to)  # fmt: skip
        pdf = await asyncio.to_thread(labels.render, given)
        return pb.GetLabelResponse(pdf=pdf, tracking_no=parcel.tracking_no)

    async def _find(self, parcel_id: str) -> tuple[Fulfilment, Parcel]:
        async with self._db.read() as tx:
            held = await store_reads.find(tx, await store_parcels.task(tx, parcel_id) or parcel_id)
        assert held is not None, "a parcel is never deleted"
        return held, next(one for one in held.parcels if one.parcel_id == parcel_id)

    async def _ask(self, held: Fulfilment, parcel: Parcel) -> Booked | Refused:
        to = await self._address(held.contact_id)
        if to is None:
            return _NO_ADDRESS
        async with self._db.read() as tx:
            sender = await store.sender(tx, held.location_id)
        shipment = Shipment(parcel.shipment, held.order_no, parcel.service, parcel.weight_grams, sender, to)
        return await self._carriers.named(parcel.carrier).book(shipment, _STEP_SECONDS)

    async def _address(self, contact_id: str) -> Address | None:
        """What member keeps sealed; None where nobody said where to, or the shopper was forgotten."""
        if not contact_id:
            return None
        asked = member_pb.RevealRequest(contact_id=contact_id, purpose="label")
        try:
            found = await self._contacts.Reveal(asked, timeout=_ASK_SECONDS)
        except Fault as fault:
            if fault.code is Code.NOT_FOUND:
                return None
            raise
        return Address(found.name, found.phone, found.address)

    async def _settle(self, tx: Tx, asked: Parcel, answer: Booked | Refused) -> None:
        """What the carrier said, where its parcel waits for that; it is told once more of one that was called off."""
        held, now = await tasks.lock(tx, await store_parcels.task(tx, asked.parcel_id) or ""), self._clock()
        assert held is not None, "a parcel is never deleted"
        parcel = next(one for one in held.parcels if one.parcel_id == asked.parcel_id)
        if parcel.state is ParcelState.CANCELLED:
            await timers.schedule(tx, CALL_OFF, parcel.parcel_id, now, asked.shipment.encode())
        if parcel.state is not ParcelState.PACKED or parcel.booking != asked.booking:
            return
        if isinstance(answer, Booked):
            after = replace(parcel, state=ParcelState.BOOKED, tracking_no=answer.tracking_no,
                            tracking_url=answer.tracking_url)  # fmt: skip
        else:
            after = replace(parcel, state=ParcelState.REFUSED, refusal=answer.code)
        await store_parcels.change(tx, [after], now)
        parts = tuple(after if one is parcel else one for one in held.parcels)
        await take(tx, held, replace(held, parcels=parts), now)
