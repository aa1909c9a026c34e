"""Protobuf to and from wishes."""

from datetime import datetime

from kit import fields
from omo.inventory.v1 import catalogue_events_pb2
from omo.member.v1 import member_events_pb2, member_pb2
from services.member.profile.domain import Wish


def wish(found: Wish) -> member_pb2.Wish:
    """A wish on the list."""
    return member_pb2.Wish(
        member_id=found.member_id,
        sku=found.sku,
        add_time=fields.timestamp(found.add_time),
        staff_code=found.staff_code,
        location_id=found.location_id,
        note=found.note,
    )


def changed(found: Wish, version: int, now: datetime, *, removed: bool) -> member_events_pb2.WishChanged:
    """The event that a wish came or went; its note is the member's and stays at home."""
    event = member_events_pb2.WishChanged(wish=wish(found), removed=removed)
    event.wish.note = ""
    event.meta.aggregate_id = found.member_id
    event.meta.sequence = version
    event.meta.business_time.CopyFrom(fields.timestamp(now))
    return event


def skus(event: catalogue_events_pb2.ProductChanged) -> list[tuple[str, str, int]]:
    """The SKUs of a product."""
    product = event.product
    return [(variant.sku, product.product_id, product.version) for variant in product.variants]
