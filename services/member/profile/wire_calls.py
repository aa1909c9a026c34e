"""Protobuf to and from call lists, and prices as inventory announces them."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from kit import fields
from kit.errors import invalid
from omo.inventory.v1 import catalogue_events_pb2
from omo.member.v1 import profile_pb2
from services.member.profile.calls import Shown
from services.member.profile.domain_calls import Price

OUTCOMES = frozenset({"reached", "no_answer", "later", "not_again"})


def entry(found: Shown) -> profile_pb2.CallEntry:
    """A member to call."""
    shown = profile_pb2.CallEntry(
        member_id=found.entry.member_id,
        display_name=found.display_name,
        score=found.entry.score,
        may_call=found.may_call,
    )
    if found.entry.last_contact_time is not None:
        shown.last_contact_time.CopyFrom(fields.timestamp(found.entry.last_contact_time))
    for cause in found.entry.causes:
        told = shown.causes.add(
            reason=profile_pb2.CallReason.Value(f"CALL_REASON_{cause.reason}"),
            subject_id=cause.subject_id,
            amount=cause.amount,
        )
        if cause.due_time is not None:
            told.due_time.CopyFrom(fields.timestamp(cause.due_time))
    return shown


def call(reason: int, outcome: str) -> dict[str, str | int]:
    """What a call was about and how it ended."""
    if outcome not in OUTCOMES:
        raise invalid("outcome", f"must be one of {', '.join(sorted(OUTCOMES))}")
    said = profile_pb2.CallReason.Name(reason).removeprefix("CALL_REASON_") if reason else ""  # type: ignore[arg-type]
    return {"reason": said, "outcome": outcome}


def prices(event: catalogue_events_pb2.PriceListChanged) -> tuple[list[Price], list[tuple[str, str]]]:
    """What goods cost from now on, and which (SKU, list) cost nothing any more."""
    one = event.price_list
    moment = event.meta.business_time.ToDatetime(UTC)
    start = _moment(one.start_time) if one.HasField("start_time") else None
    end = _moment(one.end_time) if one.HasField("end_time") else None
    # only what everybody pays: a tier's own prices are no offer
    told = () if one.tiers else one.prices
    kept = [Price(p.sku, one.price_list_id, p.amount, moment, start, end, one.version) for p in told]
    return kept, [(sku, one.price_list_id) for sku in event.removed_skus]


def _moment(told: Timestamp) -> datetime:
    return told.ToDatetime(UTC)
