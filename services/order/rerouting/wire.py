"""Questions to shoppers, their answers and the brand's terms as the contracts tell them."""

from collections.abc import Iterable, Mapping

from kit import fields
from omo.inventory.v1 import sourcing_service_pb2 as sourcing_pb
from omo.order.v1 import rerouting_events_pb2
from omo.order.v1 import rerouting_service_pb2 as pb
from omo.type.v1 import event_pb2
from services.order.checkout.domain import Line, Order
from services.order.fulfilment import domain_units
from services.order.fulfilment.domain_units import Run
from services.order.rerouting.domain import Choice, Option, Terms, Wish

_OPTIONS: Mapping[int, Option] = {
    number: Option(name.removeprefix("PICKUP_OPTION_")) for name, number in pb.PickupOption.items() if number
}


def option(given: Option) -> pb.PickupOption.ValueType:
    return pb.PickupOption.Value(f"PICKUP_OPTION_{given}") if given else pb.PICKUP_OPTION_UNSPECIFIED


def chosen(given: int) -> Option:
    return _OPTIONS.get(given, Option.NONE)


def wish(request: pb.ChoosePickupRequest) -> Wish:
    place = fields.code("location_id", request.location_id) if request.location_id else ""
    return Wish(chosen(request.option), place, request.contact_id)


def terms(given: pb.PickupPolicy) -> Terms:
    return Terms(given.ask, given.hours, chosen(given.otherwise))


def policy(given: Terms) -> pb.PickupPolicy:
    return pb.PickupPolicy(ask=given.ask, hours=given.hours, otherwise=option(given.otherwise), version=given.version)


def choice(
    given: Choice,
    lacking: Iterable[tuple[Line, Run]] = (),
    found: sourcing_pb.ListPickupPlacesResponse | None = None,
    names: Mapping[str, str] | None = None,
) -> pb.PickupChoice:
    """The question; with what could be chosen, while it is asked."""
    found = found or sourcing_pb.ListPickupPlacesResponse()
    return pb.PickupChoice(
        choice_id=given.choice_id,
        order_id=given.order_id,
        order_no=given.order_no,
        location_id=given.location_id,
        lines=[
            pb.PickupLine(line_no=one.line_no, sku=one.sku, name=one.name, quantity=domain_units.quantity(one, run))
            for one, run in lacking
        ],
        state=pb.PickupChoiceState.Value(f"PICKUP_CHOICE_STATE_{given.state}"),
        deadline_time=fields.timestamp(given.deadline_time),
        otherwise=option(given.otherwise),
        places=[
            pb.PickupPlace(
                location_id=one.location_id,
                name=(names or {}).get(one.location_id, ""),
                line_nos=one.line_nos,
                has_all=set(one.line_nos) >= set(given.line_nos),
                distance=one.distance,
            )
            for one in found.places
        ],
        can_ship=found.can_ship,
        chosen=option(given.chosen),
        chosen_location_id=given.target_location_id,
    )


def asked(given: Choice, order: Order, version: int) -> rerouting_events_pb2.PickupChoiceAsked:
    """The event that a shopper is asked."""
    meta = event_pb2.EventMeta(
        aggregate_id=given.order_id, sequence=version, business_time=fields.timestamp(given.update_time)
    )
    return rerouting_events_pb2.PickupChoiceAsked(
        meta=meta,
        choice_id=given.choice_id,
        order_id=given.order_id,
        member_id=order.member_id or "",
        location_id=given.location_id,
        deadline_time=fields.timestamp(given.deadline_time),
        order_no=given.order_no,
    )
