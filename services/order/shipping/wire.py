"""Sending between protobuf and the domain."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from kit import fields
from kit.errors import invalid
from omo.order.v1 import shipping_service_pb2 as pb
from services.order.fulfilment import wire, wire_lots, wire_parcels
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_packing import Wanted
from services.order.fulfilment.domain_terms import Terms
from services.order.shipping import domain

_HEAVIEST = 1_000_000


def wanted(given: Sequence[pb.ParcelToPack]) -> list[Wanted]:
    """Parcels as somebody packed them, each refused by its field."""
    return [_wanted(f"parcels[{number}]", one) for number, one in enumerate(given)]


def _wanted(path: str, given: pb.ParcelToPack) -> Wanted:
    if not 0 <= given.weight_grams <= _HEAVIEST:
        raise invalid(f"{path}.weight_grams", f"must be 0 to {_HEAVIEST}")
    lots = wire_lots.named(given.lots)
    carrier, service = optional(f"{path}.carrier", given.carrier), optional(f"{path}.service", given.service)
    return Wanted(wire_parcels.units(given.units), carrier, service, given.weight_grams, tuple(lots))


def optional(path: str, given: str) -> str:
    """A code, where one is given."""
    return fields.code(path, given) if given else ""


def pick_list(pick_list_id: str, location_id: str, picker: str, given: Iterable[Fulfilment]) -> pb.PickList:
    tasks = list(given)
    return pb.PickList(
        pick_list_id=pick_list_id,
        location_id=location_id,
        picker_staff_code=picker,
        items=[
            pb.PickListItem(
                sku=one.sku,
                name=one.name,
                quantity=one.quantity,
                shares=[pb.PickListShare(fulfilment_id=task, quantity=many) for task, many in one.shares],
            )
            for one in domain.items(tasks)
        ],
        tasks=map(wire.fulfilment, tasks),
    )


def terms(given: pb.ShippingTerms, version: int) -> Terms:
    usual = Terms()
    return Terms(
        version,
        given.ready_minutes or usual.ready_minutes,
        given.ship_minutes or usual.ship_minutes,
        given.partial_rejection,
        given.collateral_rejection,
        optional("terms.default_carrier", given.default_carrier),
        given.transfer_minutes or usual.transfer_minutes,
    )


def shown(given: Terms) -> pb.ShippingTerms:
    return pb.ShippingTerms(**asdict(given))
