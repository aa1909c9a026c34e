"""How shipped goods go, as the API and events say it."""

from collections.abc import Iterable

from kit import fields
from omo.order.v1 import order_facts_pb2, order_pb2
from services.order.checkout.domain_basket import Preordered
from services.order.checkout.domain_delivery import STANDARD, Delivery, Parked


def asked(given: order_pb2.Delivery) -> Delivery:
    """What a shop asks for."""
    where = given.destination
    placed = where.HasField("latitude_e6"), where.HasField("longitude_e6")
    return Delivery(
        shipping_method=given.shipping_method or STANDARD,
        promise_time=fields.moment(given.promise_time, "delivery.promise_time")
        if given.HasField("promise_time")
        else None,
        country_code=where.country_code,
        postal_code=where.postal_code,
        latitude_e6=where.latitude_e6 if placed[0] else None,
        longitude_e6=where.longitude_e6 if placed[1] else None,
        collect_location_id=fields.code("delivery.collect_location_id", given.collect_location_id)
        if given.collect_location_id
        else "",
    )


def delivery(given: Delivery) -> order_pb2.Delivery:
    return order_pb2.Delivery(
        shipping_method=given.shipping_method,
        promise_time=fields.timestamp(given.promise_time) if given.promise_time else None,
        destination=_destination(given),
        collect_location_id=given.collect_location_id,
    )


def facts(given: Delivery) -> order_facts_pb2.ShippingFacts:
    """What decides where goods are sent from."""
    return order_facts_pb2.ShippingFacts(
        shipping_method=given.shipping_method,
        priority=given.priority,
        expedited=given.expedited,
        promise_time=fields.timestamp(given.promise_time) if given.promise_time else None,
        destination=_destination(given),
        collect_location_id=given.collect_location_id,
    )


def mark(lines: Iterable[order_pb2.OrderLine], waiting: Iterable[Parked | Preordered]) -> None:
    """Shows which lines are sold before their goods are there."""
    found = {one.line_no: one for one in waiting}
    for line in lines:
        if line.line_no in found:
            line.preorder.offer_id = found[line.line_no].offer_id
            line.preorder.release_time.CopyFrom(fields.timestamp(found[line.line_no].release_time))


def _destination(given: Delivery) -> order_pb2.Destination | None:
    if not (given.country_code or given.postal_code or given.latitude_e6 is not None):
        return None
    return order_pb2.Destination(
        country_code=given.country_code,
        postal_code=given.postal_code,
        latitude_e6=given.latitude_e6,
        longitude_e6=given.longitude_e6,
    )
