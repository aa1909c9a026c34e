"""Protobuf to and from consents, exports, erasures and retention."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from google.protobuf.message import Message

from kit import access, fields
from kit.access import Actor
from kit.errors import invalid
from omo.member.v1 import privacy_events_pb2 as events
from omo.member.v1 import privacy_pb2 as pb
from omo.type.v1 import privacy_pb2
from services.member.privacy import domain
from services.member.privacy.domain import Choice, Consent, Purpose, Said
from services.member.privacy.domain_requests import Erasure, Export, Held, Receipt, RetentionRule

_MOST = 20
M = TypeVar("M", bound=Message)


def said(asked: Iterable[pb.Consent]) -> list[Said]:
    """What somebody chooses."""
    found = []
    for one in asked:
        if not one.purpose or not one.choice:
            raise invalid("consents", "must each name a purpose, and GRANTED or REFUSED")
        purpose = Purpose(pb.ConsentPurpose.Name(one.purpose).removeprefix("CONSENT_PURPOSE_"))
        choice = Choice(pb.ConsentChoice.Name(one.choice).removeprefix("CONSENT_CHOICE_"))
        found.append(domain.check(Said(purpose, one.channel, choice)))
    if not 1 <= len(found) <= _MOST or len({(one.purpose, one.channel) for one in found}) < len(found):
        raise invalid("consents", f"must be 1 to {_MOST}, each purpose and channel once")
    return found


def source(asked: str) -> str:
    """Where it was said."""
    if asked not in domain.SOURCES:
        raise invalid("source", f"must be one of {', '.join(sorted(domain.SOURCES))}")
    return asked


def consent(found: Consent) -> pb.Consent:
    """A choice on record; one that was unsaid by an undone merge has no choice."""
    unsaid = found.said.choice is Choice.UNSAID
    choice = "UNSPECIFIED" if unsaid else found.said.choice.value
    return pb.Consent(
        record_id=found.record_id,
        purpose=pb.ConsentPurpose.Value(f"CONSENT_PURPOSE_{found.said.purpose}"),
        channel=found.said.channel,
        choice=pb.ConsentChoice.Value(f"CONSENT_CHOICE_{choice}"),
        source=found.source,
        text_version=found.text_version,
        actor=Actor(access.Kind(found.actor_kind), found.actor_id).to_proto(),
        business_time=fields.timestamp(found.business_time),
    )


def export(found: Export, waiting_for: Sequence[str], token: str) -> pb.Export:
    """How far a file is."""
    shown = pb.Export(
        export_id=found.export_id,
        member_id=found.member_id,
        state=pb.ExportState.Value(f"EXPORT_STATE_{found.state}"),
        size_bytes=found.size_bytes,
        waiting_for=waiting_for,
        download_token=token,
    )
    _times(shown, found, "request_time", "ready_time", "expire_time", "download_time")
    return shown


def erasure(found: Erasure, receipts: Sequence[Receipt]) -> pb.Erasure:
    """How far forgetting is."""
    shown = pb.Erasure(
        erasure_id=found.erasure_id,
        member_id=found.member_id,
        state=pb.ErasureState.Value(f"ERASURE_STATE_{found.state}"),
        forfeit_value=found.forfeit_value,
        blockers=[
            privacy_pb2.ErasureBlocker(reason=one.reason, count=one.count, amount=one.amount, subject_id=one.subject_id)
            for one in found.blockers
        ],
        receipts=[
            pb.ErasureReceipt(service=one.service, rows=one.rows, business_time=fields.timestamp(one.business_time))
            for one in receipts
        ],
    )
    _times(shown, found, "request_time", "next_time", "start_time", "end_time")
    return shown


def held(answer: privacy_pb2.ErasureAnswer) -> list[Held]:
    """What a service says stands in the way."""
    return [Held(one.reason, one.count, one.amount, one.subject_id) for one in answer.blockers]


def rule(found: RetentionRule) -> pb.RetentionRule:
    """How long something is kept."""
    return pb.RetentionRule(
        subject=found.subject,
        keep_days=found.keep_days,
        basis=found.basis,
        books=found.books,
        version=found.version,
    )


def export_started(found: Export, ids: Sequence[str], now: datetime) -> events.MemberExportStarted:
    """Each service delivers its part."""
    event = events.MemberExportStarted(export_id=found.export_id, member_ids=ids)
    return _about(event, found.member_id, now)


def erasure_asked(found: Erasure, ids: Sequence[str], now: datetime) -> events.MemberErasureAsked:
    """Each service says what stands in the way."""
    event = events.MemberErasureAsked(erasure_id=found.erasure_id, round=found.round, member_ids=ids)
    return _about(event, found.member_id, now)


def erasure_started(found: Erasure, ids: Sequence[str], now: datetime) -> events.MemberErasureStarted:
    """Each service forgets."""
    return _about(events.MemberErasureStarted(erasure_id=found.erasure_id, member_ids=ids), found.member_id, now)


def erased(found: Erasure, now: datetime) -> events.MemberErased:
    """All have."""
    return _about(events.MemberErased(erasure_id=found.erasure_id, member_id=found.member_id), found.member_id, now)


def _about(event: M, member_id: str, now: datetime) -> M:
    event.meta.aggregate_id = member_id  # type: ignore[attr-defined]  # field 1 of every event
    event.meta.business_time.CopyFrom(fields.timestamp(now))  # type: ignore[attr-defined]
    return event


def _times(shown: Message, found: object, *names: str) -> None:
    for name in names:
        moment = getattr(found, name)
        if moment is not None:
            getattr(shown, name).CopyFrom(fields.timestamp(moment))
