"""Feeds between protobuf and the domain."""

import hashlib
from datetime import datetime

from kit.errors import invalid
from omo.inventory.v1 import feeds_service_pb2 as pb
from services.inventory import wire as fields
from services.inventory.feeds.domain import Batch, Row, Watermark

_MOST = 1_000
_LARGEST = 10**12


def batch(request: pb.PostStockFeedRequest, now: datetime) -> Batch:
    """A batch that can be read."""
    mode = fields.choice("mode", pb.FeedMode, request.mode, "FEED_MODE_")
    if mode == "UNSPECIFIED":
        raise invalid("mode", "must be DELTA or RESET")
    if not request.HasField("business_time"):
        raise invalid("business_time", "must be given")
    if not 1 <= len(request.rows) <= _MOST:
        raise invalid("rows", f"must be 1 to {_MOST}")
    least = 0 if mode == "RESET" else -_LARGEST
    rows = tuple(
        Row(
            fields.code(f"rows[{number}].sku", one.sku),
            fields.between(f"rows[{number}].quantity", one.quantity, least, _LARGEST),
        )
        for number, one in enumerate(request.rows)
    )
    if mode == "RESET" and len({one.sku for one in rows}) < len(rows):
        raise invalid("rows", "a reset may name each SKU once")
    return Batch(
        fields.code("source", request.source),
        fields.code("location_id", request.location_id),
        fields.between("sequence", request.sequence, 1, 2**62),
        mode == "RESET",
        fields.past(request, "business_time", now),
        rows,
        hashlib.sha256(request.SerializeToString(deterministic=True)).digest(),
    )


def watermark(given: Watermark) -> pb.FeedWatermark:
    """How far a source is, as the API shows it."""
    message = pb.FeedWatermark(
        source=given.source,
        location_id=given.location_id,
        sequence=given.sequence,
        update_time=fields.timestamp(given.update_time),
    )
    if given.business_time:
        message.business_time.CopyFrom(fields.timestamp(given.business_time))
    if given.reset_time:
        message.reset_time.CopyFrom(fields.timestamp(given.reset_time))
    return message
