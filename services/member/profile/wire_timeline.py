"""Protobuf to and from what is on a timeline."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from kit import access, fields
from kit.access import Actor
from kit.errors import invalid
from omo.attribution.v1 import attribution_events_pb2
from omo.member.v1 import profile_pb2
from omo.member.v1 import profile_service_pb2 as pb
from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_facts_pb2
from omo.type.v1 import channel_pb2, trade_pb2
from services.member.profile.domain_timeline import Kind, Look
from services.member.profile.history import Shown
from services.member.profile.moments import View
from services.member.profile.timeline import Record, named

_STORE = channel_pb2.CHANNEL_KIND_STORE
_VIEWS = 100


def kinds(asked: Iterable[int]) -> list[Kind]:
    """The kinds that are asked for."""
    named = [profile_pb2.TimelineKind.Name(one).removeprefix("TIMELINE_KIND_") for one in asked]  # type: ignore[arg-type]
    if any(one not in Kind.__members__ for one in named):
        raise invalid("kinds", f"must be some of {', '.join(Kind)}")
    return [Kind(one) for one in named]


def outcome(asked: int) -> str:
    """How a trial ended."""
    if not asked:
        raise invalid("outcome", "must be LIKED, HESITATED or DECLINED")
    return profile_pb2.TrialOutcome.Name(asked).removeprefix("TRIAL_OUTCOME_")  # type: ignore[arg-type]


def views(asked: Iterable[pb.View]) -> list[View]:
    """What was looked at."""
    found = [
        View(
            fields.code("views.sku", one.sku),
            fields.moment(one.view_time, "views.view_time"),
            max(0, min(one.seconds, 86_400)),
            fields.code("views.channel_id", one.channel_id) if one.channel_id else "",
        )
        for one in asked
    ]
    if not 1 <= len(found) <= _VIEWS:
        raise invalid("views", f"must be 1 to {_VIEWS}")
    return found


def record(shown: Shown) -> profile_pb2.TimelineRecord:
    """A record as it is shown."""
    row = shown.row
    return profile_pb2.TimelineRecord(
        record_id=row.record_id,
        member_id=row.member_id,
        kind=_kind(row.kind),
        source=row.source,
        business_time=fields.timestamp(row.business_time),
        location_id=row.location_id,
        staff_code=row.staff_code,
        subject_id=row.subject_id,
        data=shown.data,
        text=shown.text,
    )


def look(found: Look) -> profile_pb2.PersonalRead:
    """Who looked at whom."""
    actor = Actor(access.Kind(found.actor_kind), found.actor_id, found.actor_terminal_id)
    return profile_pb2.PersonalRead(
        read_id=found.read_id,
        member_id=found.member_id or "",
        rpc=found.rpc,
        purpose=found.purpose,
        found=found.found,
        actor=actor.to_proto(),
        business_time=fields.timestamp(found.business_time),
    )


def ordered(facts: order_facts_pb2.OrderFacts) -> Record:
    """A sale or an online order."""
    in_store = facts.channel_kind == _STORE
    kind = Kind.SALE if in_store else Kind.ORDER
    data: dict[str, str | int] = {
        "order_no": facts.order_no,
        "grand_total": facts.grand_total,
        "net_total": sum(line.net_total for line in facts.lines),
        "currency_code": facts.currency_code,
        "lines": len(facts.lines),
        "skus": " ".join(dict.fromkeys(line.sku for line in facts.lines[:20])),
        "channel_id": facts.channel_id,
    }
    seller = next((line.seller_staff_code for line in facts.lines if line.seller_staff_code), "")
    return Record(
        named(kind, facts.order_id),
        facts.member_id,
        kind,
        "order",
        facts.business_time.ToDatetime(UTC),
        facts.location_id,
        seller,
        facts.order_id,
        data,
    )


def cancelled(event: events.OrderCancelled) -> Record:
    """An order that ended."""
    return _trade(Kind.CANCELLATION, event, event.order_id, {"reason": event.reason})


def given_up(event: events.UnitsCancelled) -> Record:
    """Units that nobody will hand over."""
    first = event.lines[0].unit if event.lines else None
    key = f"{event.order_id}:{first.line_no}:{first.first}" if first else event.order_id
    return _trade(Kind.CANCELLATION, event, key, {"reason": event.reason, "lines": len(event.lines)})


def handed_over(event: events.UnitsHandedOver) -> Record:
    """Goods that the member has in hand."""
    first = event.lines[0].unit if event.lines else None
    key = f"{event.order_id}:{first.line_no}:{first.first}" if first else event.order_id
    method = trade_pb2.FulfilmentMethod.Name(event.method).removeprefix("FULFILMENT_METHOD_")
    data: dict[str, str | int] = {"method": method, "lines": len(event.lines)}
    return _trade(Kind.HANDOVER, event, key, data, event.location_id, event.staff_code)


def returned(event: events.UnitsReturned) -> Record:
    """Goods that came back."""
    data: dict[str, str | int] = {
        "refund_amount": sum(line.refund_amount for line in event.lines),
        "skus": " ".join(dict.fromkeys(line.sku for line in event.lines[:20])),
    }
    first = min(((line.unit.line_no, line.unit.first) for line in event.lines), default=None)
    key = f"{event.refund_id}:{first[0]}:{first[1]}" if first else event.refund_id
    record = _trade(Kind.RETURN, event, key, data, event.location_id)
    return replace(record, was=named(Kind.RETURN, event.refund_id))


def binding(
    event: attribution_events_pb2.MemberBound,
) -> tuple[str, str, str, bool, datetime | None, int]:
    """Who serves a member: (member, staff, location, active, until, version)."""
    one = event.binding
    until = one.valid_until_time.ToDatetime(UTC) if one.HasField("valid_until_time") else None
    return one.member_id, one.staff_code, one.location_id, one.active, until, one.version


def _trade(
    kind: Kind, event: events.OrderCancelled | events.UnitsCancelled | events.UnitsHandedOver | events.UnitsReturned,
    key: str, data: dict[str, str | int], location_id: str = "", staff_code: str = "",
) -> Record:  # fmt: skip
    moment = event.meta.business_time.ToDatetime(UTC)
    return Record(
        named(kind, key), event.member_id, kind, "order", moment, location_id, staff_code, event.order_id, data
    )


def _kind(kind: str) -> profile_pb2.TimelineKind.ValueType:
    return profile_pb2.TimelineKind.Value(f"TIMELINE_KIND_{kind}")
