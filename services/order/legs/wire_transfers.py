"""Requests for what stores lack between protobuf and the domain, and as inventory is asked."""

from collections.abc import Iterable

from kit import fields
from kit.errors import invalid
from omo.inventory.v1 import sourcing_pb2
from omo.inventory.v1 import sourcing_service_pb2 as inventory_pb
from omo.order.v1 import pickup_events_pb2 as events
from omo.order.v1 import transfer_service_pb2 as pb
from omo.type.v1 import event_pb2
from services.order.checkout.domain import Order
from services.order.fulfilment.domain_sourced import Assigned
from services.order.legs.domain_transfers import Transfer

_MOST = 1_000


def line_nos(given: Iterable[int]) -> list[int]:
    found = list(given)
    if len(found) > _MOST:
        raise invalid("line_nos", f"must be at most {_MOST}")
    return found


def transfer(given: Transfer) -> pb.Transfer:
    return pb.Transfer(
        transfer_id=given.transfer_id,
        fulfilment_id=given.fulfilment_id,
        order_id=given.order_id,
        location_id=given.location_id,
        line_nos=given.line_nos,
        reason=given.reason,
        state=pb.TransferState.Value(f"TRANSFER_STATE_{given.state}"),
        promise_time=fields.timestamp(given.promise_time) if given.promise_time else None,
    )


def asked(given: Transfer) -> inventory_pb.SendToStoreRequest:
    """As inventory is asked, under one key however often."""
    return inventory_pb.SendToStoreRequest(
        request_id=given.transfer_id,
        order_id=given.order_id,
        location_id=given.location_id,
        lines=[
            inventory_pb.StoreUnits(line_no=number, quantity=many)
            for number, many in zip(given.line_nos, given.quantities, strict=True)
        ],
        reason=given.reason,
    )


def assigned(given: Iterable[sourcing_pb2.SourcingAssignment]) -> tuple[Assigned, ...]:
    return tuple(Assigned(one.line_no, one.location_id, one.quantity, one.decision_id) for one in given)


def requested(given: Transfer, order: Order, version: int) -> events.TransferRequested:
    """The event by which the shopper is told that it takes longer."""
    meta = event_pb2.EventMeta(
        event_id=given.event_id or "",
        aggregate_id=given.order_id,
        sequence=version,
        business_time=fields.timestamp(given.update_time),
    )
    return events.TransferRequested(
        meta=meta,
        transfer_id=given.transfer_id,
        order_id=given.order_id,
        order_no=order.order_no,
        member_id=order.member_id or "",
        location_id=given.location_id,
        line_nos=given.line_nos,
        promise_time=fields.timestamp(given.promise_time) if given.promise_time else None,
    )
