"""Parcels as the API and events show them."""

from collections.abc import Iterable, Sequence

from kit import fields
from omo.order.v1 import parcel_pb2
from services.order.fulfilment.domain_parcels import Parcel, Units

_LARGEST = 10**12


def shown(given: Iterable[Parcel]) -> list[parcel_pb2.Parcel]:
    return [_parcel(one) for one in given]


def units(given: Sequence[parcel_pb2.ParcelUnits]) -> tuple[Units, ...]:
    return tuple(
        Units(one.line_no, max(0, min(one.first_unit, _LARGEST)), max(0, min(one.quantity, _LARGEST))) for one in given
    )


def _parcel(given: Parcel) -> parcel_pb2.Parcel:
    return parcel_pb2.Parcel(
        parcel_id=given.parcel_id,
        number=given.number,
        state=parcel_pb2.ParcelState.Value(f"PARCEL_STATE_{given.state}"),
        carrier=given.carrier,
        service=given.service,
        tracking_no=given.tracking_no,
        tracking_url=given.tracking_url,
        units=[
            parcel_pb2.ParcelUnits(line_no=one.line_no, first_unit=one.first_unit, quantity=one.quantity)
            for one in given.units
        ],
        weight_grams=given.weight_grams,
        told=given.told,
        told_time=fields.timestamp(given.told_time) if given.told_time else None,
        refusal=given.refusal,
    )
