"""What a store sells and what not, by the assortments that came down the stream."""

from collections.abc import Iterable
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from omo.inventory.v1 import catalogue_pb2
from omo_pricing import Gate, NotSold, Window, why_not
from omo_storelink.store_reference import Reference


class Gates:
    """The gates of one store in one channel: the same rule as in a quote."""

    def __init__(self, reference: Reference, *, channel_id: str, location_id: str) -> None:
        self._reference = reference
        self._channel_id = channel_id
        self._location_id = location_id
        # what is not listed there is not sold there
        self._channel_lists = any(one.listed_only for one in reference.channels() if one.channel_id == channel_id)
        self._store_lists = any(one.listed_only for one in reference.locations() if one.location_id == location_id)

    def why_not(self, product: catalogue_pb2.Product, variant: catalogue_pb2.Variant, at: datetime) -> NotSold | None:
        """Why the good is not sold here and then; None: it is."""
        held = self._reference.assortment(variant.sku)
        entries = held.entries if held else ()
        channel = _window(one for one in entries if one.channel_id == self._channel_id)
        store = _window(one for one in entries if one.location_id == self._location_id)
        active = product.active and variant.active
        return why_not(active, Gate(self._channel_lists, channel), Gate(self._store_lists, store), at)


def _window(entries: Iterable[catalogue_pb2.AssortmentEntry]) -> Window | None:
    for one in entries:
        since = _time(one.published_time) if one.HasField("published_time") else None
        until = _time(one.unpublished_time) if one.HasField("unpublished_time") else None
        return Window(since, until, one.withheld)
    return None


def _time(given: Timestamp) -> datetime:
    return given.ToDatetime(tzinfo=UTC)
