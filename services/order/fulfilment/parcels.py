"""Calls parcels off whose task ends before they left."""

from dataclasses import replace
from datetime import datetime

from kit import timers
from kit.postgres import Tx
from services.order.fulfilment import store_parcels
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_parcels import ParcelState

BOOK = "shipping.book"
CALL_OFF = "shipping.call_off"


async def call_off(tx: Tx, given: Fulfilment, at: datetime) -> Fulfilment:
    """Nobody is to come for its parcels; carriers that were asked are told, whatever crashes in between."""
    gone = tuple(replace(one, state=ParcelState.CANCELLED) for one in given.parcels)
    await store_parcels.change(tx, gone, at)
    dues = [(one.parcel_id, at, one.shipment.encode()) for one in gone]
    await timers.schedule_many(tx, CALL_OFF, sorted(dues))
    return replace(given, parcels=gone)
