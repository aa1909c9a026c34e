"""Sums and reviews as the API shows them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from google.protobuf.timestamp_pb2 import Timestamp

from kit import fields
from kit.errors import invalid
from omo.order.v1 import sales_service_pb2 as pb
from omo.type.v1 import channel_pb2
from services.order.sales.domain import Review, Sum


def moment(request: pb.SumSalesRequest, field: Literal["start_time", "end_time"]) -> datetime | None:
    """A time that a question names, if it does."""
    given: Timestamp = getattr(request, field)
    try:
        return given.ToDatetime(UTC) if request.HasField(field) else None
    except (ValueError, OverflowError):
        raise invalid(field, "must be a time of the years 1 to 9999") from None


def sums(given: Iterable[Sum]) -> pb.SumSalesResponse:
    return pb.SumSalesResponse(
        sums=[
            pb.SalesSum(
                location_id=each.location_id,
                channel_id=each.channel_id,
                channel_kind=channel_pb2.ChannelKind.Value(f"CHANNEL_KIND_{each.channel_kind}"),
                baskets=each.baskets,
                lines=each.lines,
                units=each.units,
                quantity=each.quantity,
                revenue=each.revenue,
            )
            for each in given
        ]
    )


def reviews(given: Iterable[Review], next_page_token: str) -> pb.ListReviewsResponse:
    return pb.ListReviewsResponse(
        reviews=[
            pb.Review(
                order_id=each.order_id,
                location_id=each.location_id,
                flag=each.flag,
                subject=each.subject,
                record_time=fields.timestamp(each.record_time),
            )
            for each in given
        ],
        next_page_token=next_page_token,
    )
