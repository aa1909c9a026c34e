"""Members who are one person, and what keeps somebody from spending, as every audience is shown them."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, MemberId, NextPage, OrderId, Shown, Time, eg, kinds
from gateway.http.shapes.profiled import Actor
from omo.member.v1 import member_pb2, merging_pb2

OTHER = "0199a5c0-9d2b-7e14-8a66-0b1c2d3e4f50"
MERGE = "0199a5c4-1a2b-7c3d-9e4f-5a6b7c8d9e0f"
CANDIDATE = "0199a5c3-7f6e-7d5c-8b4a-392817060504"
FREEZE = "0199a5c5-0011-7223-8445-566778899aab"
_UUID = StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_WORD = StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")

OtherId = Annotated[str, _UUID, eg(OTHER, "The other of the two.")]
ShownOther = Annotated[str, eg(OTHER, "The other of the two.")]
MergeId = Annotated[str, eg(MERGE, "Names the merge.")]
CandidateId = Annotated[str, eg(CANDIDATE, "Names the pair.")]
MergePath = Annotated[str, Path(pattern=_UUID.pattern, examples=[MERGE], description="The merge.")]
CandidatePath = Annotated[str, Path(pattern=_UUID.pattern, examples=[CANDIDATE], description="The pair.")]
CasePath = Annotated[str, Path(pattern=_UUID.pattern, examples=[FREEZE], description="The case.")]
OtherPath = Annotated[str, Path(pattern=_UUID.pattern, examples=[OTHER], description="The other of the two.")]


class MergeGain(Shown):
    """What the one who stays would get of one kind."""

    kind: Annotated[str, eg("POINTS_ACTIVE", "Such as POINTS_ACTIVE, CREDIT, COUPON, TIER, IDENTIFIER.")]
    count: Annotated[int, eg(2, "How many.")]
    amount: Annotated[int, eg(2700, "Points, or minor units.")]
    conflict: Annotated[str, eg("", "What both have and only one can keep, such as TIER_DIFFERS; empty: nothing.")]
    label: Annotated[str, eg("", "A code to show with it, such as the tier that would hold.")]


class MergeField(Shown):
    """A field that both have."""

    field: Annotated[str, eg("display_name", "Which field.")]
    survivor_value: Annotated[str, eg("小○", "Masked.")]
    absorbed_value: Annotated[str, eg("王○明", "Masked.")]
    winner_member_id: Annotated[str, eg(OTHER, "Whose value would win.")]


class MergePreview(Shown):
    """What a merge would do; nothing was changed."""

    survivor_id: Annotated[str, eg(OTHER, "Who stays: chosen by a rule, whoever was named first.")]
    absorbed_id: Annotated[str, eg("0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11", "Whose id becomes another name.")]
    score: Annotated[int, eg(75, "Higher speaks for one person.")]
    agreements: Annotated[list[str], eg(["phone", "name"], "What both have in common.")]
    disagreements: Annotated[list[str], eg([], "What both have, and differs.")]
    blocked_by: Annotated[list[str], eg([], "What only one person has and these have two of, such as line.")]
    fields: Annotated[list[MergeField], Field(description="What both have said of themselves.")]
    gains: Annotated[list[MergeGain], Field(description="What would move.")]


class Merge(Shown):
    """Two members who became one."""

    merge_id: MergeId
    survivor_id: Annotated[str, eg(OTHER, "Who stayed.")]
    absorbed_id: Annotated[str, eg("0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11", "Means the survivor since.")]
    origin: Annotated[str, eg("STAFF", "TILL, SHOPPER or STAFF.")]
    proof: Annotated[str, eg("", "By what the shopper proved it: PHONE or LINE; empty: a person decided.")]
    reason: Annotated[str, eg("SAME_PERSON", "A word of the brand's lists.")]
    merge_time: Annotated[Time | None, Field(description="When they became one.")]
    undo_until_time: Annotated[Time | None, Field(description="Until when it can be undone; null: never.")]
    undo_time: Annotated[Time | None, Field(description="Null while it stands.")]
    undo_reason: Annotated[str, eg("", "Why it was undone.")]


class MergeCandidate(Shown):
    """Two members who may be one person."""

    candidate_id: CandidateId
    member_id: MemberId
    other_member_id: ShownOther
    state: Annotated[str, kinds(merging_pb2.MergeCandidateState, "OPEN", "Where the pair stands.")]
    score: Annotated[int, eg(75, "Higher speaks for one person.")]
    agreements: Annotated[list[str], eg(["phone"], "What both have in common.")]
    disagreements: Annotated[list[str], eg([], "What both have, and differs.")]
    origin: Annotated[str, eg("TILL", "TILL, SHOPPER or STAFF.")]
    proof: Annotated[str, eg("", "PHONE or LINE: the shopper has proved it, and may merge them himself.")]
    proof_expire_time: Annotated[Time | None, Field(description="Until when he may.")]
    found_time: Annotated[Time | None, Field(description="When it was found.")]


class MergeCandidates(Shown):
    """Pairs, best first."""

    candidates: Annotated[list[MergeCandidate], Field(description="The pairs.")]
    next_page_token: NextPage


class Merges(Shown):
    """In what merges a member stayed or was absorbed, the latest first."""

    merges: Annotated[list[Merge], Field(description="The merges.")]


class PreviewAnswer(Shown):
    """What a merge would do."""

    preview: Annotated[MergePreview, Field(description="What would happen.")]


class MergeAnswer(Shown):
    """A merge as it stands."""

    merge: Annotated[Merge, Field(description="The merge.")]


class CandidateAnswer(Shown):
    """A pair as it stands."""

    candidate: Annotated[MergeCandidate, Field(description="The pair.")]


class MergeOwn(Asked):
    """The other account that the shopper has proved is his."""

    other_member_id: OtherId
    keep_name_of: Annotated[str | None, _UUID, eg(None, "Whose name to keep; none: the survivor's.")] = None


class MergePair(MergeOwn):
    """Two members who are one person."""

    member_id: MemberId
    reason: Annotated[str, _WORD, eg("SAME_PERSON", "A word of the brand's lists.")]


class MergeAnyPair(MergePair):
    """Two members who are one person, as headquarters has found."""

    despite_conflict: Annotated[bool, eg(False, "Although something that only one person has differs.")] = False


class UndoMerge(Asked):
    """Why one member is two, and what belongs to the absorbed one of what came later."""

    reason: Annotated[str, _WORD, eg("TWO_PEOPLE", "A word of the brand's lists.")]
    order_ids: Annotated[list[OrderId], Field(max_length=100, description="Later orders of the absorbed one's.")] = []


class SayTwo(Asked):
    """Why a pair is two people."""

    reason: Annotated[str, _WORD, eg("TWO_PEOPLE", "A word of the brand's lists.")]


class ValueFreeze(Shown):
    """A member of whose value nothing can be spent until a person has looked."""

    freeze_id: Annotated[str, eg(FREEZE, "Names the freeze.")]
    member_id: MemberId
    reason: Annotated[str, eg("PHONE_RECYCLED", "Why.")]
    other_member_id: Annotated[str | None, eg(OTHER, "To whom the telephone number went.")]
    freeze_time: Annotated[Time | None, Field(description="Since when.")]


class ValueFreezes(Shown):
    """Whose value is frozen, the oldest first."""

    freezes: Annotated[list[ValueFreeze], Field(description="The freezes.")]


class FreezeAnswer(Shown):
    """What was released."""

    freeze: Annotated[ValueFreeze, Field(description="The freeze.")]


class ReleaseValue(Asked):
    """Why a member may spend again."""

    reason: Annotated[str, _WORD, eg("OWNER_CONFIRMED", "A word of the brand's lists.")]


class IdentityCase(Shown):
    """Somebody who lost an identifier to another's proof, or by what somebody said."""

    case_id: Annotated[str, eg(FREEZE, "The case.")]
    member_id: MemberId
    reason: Annotated[str, eg("NOT_MY_NUMBER", "PHONE_RECYCLED, PHONE_DEMOTED, NOT_MY_ACCOUNT or NOT_MY_NUMBER.")]
    kind: Annotated[str, kinds(member_pb2.IdentifierKind, "PHONE", "Of what kind the identifier was.")]
    other_member_id: Annotated[str | None, eg(None, "Who proved it; null where somebody only said so.")]
    value_frozen: Annotated[bool, eg(True, "Whether what the member has was frozen by it.")]
    location_id: Annotated[str | None, eg("TPE01", "Where it was said; null elsewhere than in a store.")]
    case_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "When.")]
    actor: Annotated[Actor, Field(description="Who did it.")]


class IdentityCases(Shown):
    """Cases that nobody has looked at, the oldest first."""

    cases: Annotated[list[IdentityCase], Field(description="The cases.")]
    next_page_token: NextPage


class CaseAnswer(Shown):
    """The case that was closed."""

    case: Annotated[IdentityCase, Field(description="The case.")]


class CloseCase(Asked):
    """What came of it."""

    reason: Annotated[str, _WORD, eg("OWNER_CONFIRMED", "A word of the brand's lists.")]
