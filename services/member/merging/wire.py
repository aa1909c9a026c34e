"""Merges, candidates and freezes as the contracts tell them."""

from collections.abc import Sequence
from datetime import datetime

from kit import access, fields
from kit.access import Actor
from omo.member.v1 import member_events_pb2, merging_events_pb2, merging_pb2
from omo.type.v1 import event_pb2
from services.member.identity import wire as identity_wire
from services.member.identity.domain import By
from services.member.merging.domain import Candidate, Done, Freeze
from services.member.merging.domain_cases import Case
from services.member.merging.parts import Gain, Parting
from services.member.merging.preview import Preview

_STATES = {
    "OPEN": merging_pb2.MERGE_CANDIDATE_STATE_OPEN,
    "MERGED": merging_pb2.MERGE_CANDIDATE_STATE_MERGED,
    "DISMISSED": merging_pb2.MERGE_CANDIDATE_STATE_DISMISSED,
}


def merge(done: Done) -> merging_pb2.Merge:
    """A merge as it is told."""
    return merging_pb2.Merge(
        merge_id=done.merge_id,
        survivor_id=done.survivor_id,
        absorbed_id=done.absorbed_id,
        origin=done.origin.value,
        proof=done.proof,
        reason=done.reason,
        merge_time=fields.timestamp(done.business_time),
        undo_until_time=fields.timestamp(done.undo_until_time) if done.undo_until_time else None,
        undo_time=fields.timestamp(done.undo_time) if done.undo_time else None,
        undo_reason=done.undo_reason,
    )


def preview(found: Preview) -> merging_pb2.MergePreview:
    """What a merge would do."""
    like = found.likeness
    return merging_pb2.MergePreview(
        survivor_id=found.survivor_id,
        absorbed_id=found.absorbed_id,
        score=like.score,
        agreements=like.agreements,
        disagreements=like.disagreements,
        blocked_by=like.blocked_by,
        fields=[
            merging_pb2.MergeField(
                field=one.field,
                survivor_value=one.survivor_value,
                absorbed_value=one.absorbed_value,
                winner_member_id=one.winner_id,
            )
            for one in found.fields
        ],
        gains=_gains(found.gains),
    )


def _gains(gains: Sequence[Gain]) -> list[merging_pb2.MergeGain]:
    return [
        merging_pb2.MergeGain(kind=one.kind, count=one.count, amount=one.amount, conflict=one.conflict, label=one.label)
        for one in gains
    ]


def candidate(found: Candidate, now: datetime, state: str = "") -> merging_pb2.MergeCandidate:
    """A pair in the queue; a proof that is over is no proof."""
    lives = found.proof_expire_time is not None and now < found.proof_expire_time
    return merging_pb2.MergeCandidate(
        candidate_id=found.candidate_id,
        member_id=found.lower_id,
        other_member_id=found.upper_id,
        state=_STATES[state or found.state],
        score=found.score,
        agreements=found.agreements,
        disagreements=found.disagreements,
        origin=found.origin,
        proof=found.proof if lives else "",
        proof_expire_time=fields.timestamp(found.proof_expire_time) if lives and found.proof_expire_time else None,
        found_time=fields.timestamp(found.business_time),
    )


def case(one: Case) -> merging_pb2.IdentityCase:
    """What headquarters looks at."""
    return merging_pb2.IdentityCase(
        case_id=one.case_id,
        member_id=one.member_id,
        reason=one.reason,
        kind=identity_wire.KINDS[By(one.kind)],
        other_member_id=one.other_id or "",
        value_frozen=one.frozen,
        location_id=one.location_id,
        case_time=fields.timestamp(one.business_time),
        actor=Actor(access.Kind(one.actor_kind), one.actor_id, "").to_proto(),
    )


def freeze(found: Freeze) -> merging_pb2.ValueFreeze:
    """Why somebody cannot spend."""
    return merging_pb2.ValueFreeze(
        freeze_id=found.freeze_id,
        member_id=found.member_id,
        reason=found.reason,
        other_member_id=found.other_id or "",
        freeze_time=fields.timestamp(found.business_time),
    )


def merged(done: Done, version: int) -> member_events_pb2.MemberMerged:
    """The event that two are one."""
    return member_events_pb2.MemberMerged(
        meta=_meta(done.survivor_id, version, done.business_time),
        member_id=done.survivor_id,
        absorbed_member_id=done.absorbed_id,
        merge_id=done.merge_id,
    )


def unmerged(
    done: Done, alias_ids: Sequence[str], order_ids: Sequence[str], version: int, parting: Parting
) -> merging_events_pb2.MemberUnmerged:
    """The event that one is two."""
    return merging_events_pb2.MemberUnmerged(
        meta=_meta(done.survivor_id, version, parting.business_time),
        merge_id=done.merge_id,
        member_id=done.survivor_id,
        absorbed_member_id=done.absorbed_id,
        alias_ids=alias_ids,
        order_ids=order_ids,
    )


def frozen(member_id: str, reason: str, version: int, now: datetime) -> merging_events_pb2.ValueFrozen:
    """The event that nothing can be spent."""
    return merging_events_pb2.ValueFrozen(meta=_meta(member_id, version, now), member_id=member_id, reason=reason)


def released(member_id: str, reason: str, version: int, now: datetime) -> merging_events_pb2.ValueReleased:
    """The event that everything can be spent again."""
    return merging_events_pb2.ValueReleased(meta=_meta(member_id, version, now), member_id=member_id, reason=reason)


def _meta(member_id: str, version: int, moment: datetime) -> event_pb2.EventMeta:
    return event_pb2.EventMeta(aggregate_id=member_id, sequence=version, business_time=fields.timestamp(moment))
