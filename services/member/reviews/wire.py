"""Facts that a person should look at, as protobuf."""

from kit import fields
from omo.member.v1 import people_review_service_pb2 as pb
from services.member.reviews.domain import Review


def shown(one: Review) -> pb.PeopleReview:
    """As headquarters sees it; whoever it is about is looked up by id, and that is written down."""
    return pb.PeopleReview(
        terminal_id=one.terminal_id,
        sequence=one.sequence,
        kind=one.kind,
        member_id=one.member_id or "",
        sku=one.sku,
        staff_code=one.staff_code,
        location_id=one.location_id,
        outcome=one.outcome,
        flags=one.flags,
        business_time=fields.timestamp(one.business_time),
        record_time=fields.timestamp(one.record_time),
    )
