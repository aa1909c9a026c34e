"""Whether two members are one person, who of them stays, and until when it can be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault

# a proof of the shopper's is as good as a login
PROOF_LIFE = timedelta(minutes=15)
# what a candidate needs so that a person looks at it at all
WORTH_A_LOOK = 20


class AlreadyMerged(Fault):
    """The ids mean one person already, or one of them means somebody else by now."""

    code = Code.FAILED_PRECONDITION
    reason = "ALREADY_MERGED"


class MergeBlocked(Fault):
    """Something that only one person can have says that these are two."""

    code = Code.FAILED_PRECONDITION
    reason = "MERGE_BLOCKED"


class MergeUnproven(Fault):
    """The shopper has not proved that the other account is his."""

    code = Code.PERMISSION_DENIED
    reason = "MERGE_UNPROVEN"


class MergeFinal(Fault):
    """It cannot be undone: not any more, or never could be."""

    code = Code.FAILED_PRECONDITION
    reason = "MERGE_FINAL"


class MergeCovered(Fault):
    """The one who stayed was merged into somebody else since: that has to be undone first."""

    code = Code.FAILED_PRECONDITION
    reason = "MERGE_COVERED"


class MergeUnknown(Fault):
    """There is no such merge."""

    code = Code.NOT_FOUND
    reason = "MERGE_UNKNOWN"


class CandidateUnknown(Fault):
    """There is no such candidate, or it was settled."""

    code = Code.NOT_FOUND
    reason = "MERGE_CANDIDATE_UNKNOWN"


class ValueNotFrozen(Fault):
    """There is nothing to release."""

    code = Code.FAILED_PRECONDITION
    reason = "VALUE_NOT_FROZEN"


class Origin(StrEnum):
    """Where a merge or a candidate comes from."""

    TILL = "TILL"
    SHOPPER = "SHOPPER"
    STAFF = "STAFF"


class Proof(StrEnum):
    """By what a shopper proves that an account is his."""

    PHONE = "PHONE"
    LINE = "LINE"


@dataclass(frozen=True, slots=True)
class Weight:
    """What it counts when both have it and it is the same, and when it differs."""

    same: int
    other: int
    # only one person can have it, and one person has only one
    unique: bool = False


# Features 2.9.3: a unique id that agrees merges alone, one that disagrees blocks; a name counts for little.
WEIGHTS: Mapping[str, Weight] = {
    "line": Weight(100, -100, unique=True),
    "carrier": Weight(100, -100, unique=True),
    "phone": Weight(60, -25),
    "email": Weight(50, -10),
    "card": Weight(40, 0),
    "app_install": Weight(25, 0),
    "web": Weight(5, 0),
    "external": Weight(40, 0),
    "name": Weight(15, -15),
    "birthday": Weight(10, -20),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A member as far as it matters whether he is another: keyed hashes of what he is known by, nothing in clear."""

    member_id: str
    guest: bool
    claim_time: datetime | None
    join_time: datetime
    # kind -> hashes; a name and a birthday are kinds too
    marks: Mapping[str, frozenset[bytes]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much speaks for two members being one, and what."""

    score: int
    agreements: tuple[str, ...]
    disagreements: tuple[str, ...]

    @property
    def blocked_by(self) -> tuple[str, ...]:
        """What only one person can have, and these have two of."""
        return tuple(kind for kind in self.disagreements if WEIGHTS[kind].unique)


def compare(one: Person, other: Person, seen: Sequence[str] = ()) -> Likeness:
    """Weighs what both have; `seen` are kinds that somebody has shown to be both's, such as a phone just verified."""
    score, agreed, differed = 0, [], []
    for kind, weight in WEIGHTS.items():
        mine, theirs = one.marks.get(kind, frozenset()), other.marks.get(kind, frozenset())
        if kind in seen or mine & theirs:
            agreed.append(kind)
            score += weight.same
        elif mine and theirs and weight.other:
            differed.append(kind)
            score += weight.other
    return Likeness(score, tuple(agreed), tuple(differed))


def survivor(one: Person, other: Person) -> tuple[Person, Person]:
    """Who stays and who is absorbed: the same whoever is named first.

    Who signs in stays before who does not, a member before a guest, then
    whoever has been here longest; the id decides between twins.
    """

    def rank(person: Person) -> tuple[bool, bool, datetime, str]:
        return (person.claim_time is None, person.guest, person.join_time, person.member_id)

    first, second = sorted((one, other), key=rank)
    return first, second


def refuse_blocked(likeness: Likeness, proof: str, insisted: bool) -> None:
    """Two LINE accounts are two people, until headquarters says otherwise."""
    if likeness.blocked_by and not insisted:
        kinds = ", ".join(likeness.blocked_by)
        raise MergeBlocked(f"their {kinds} differ: these may be two people", kinds=kinds, proof=proof)


@dataclass(frozen=True, slots=True)
class Done:
    """A merge as it is kept."""

    merge_id: str
    survivor_id: str
    absorbed_id: str
    origin: Origin
    proof: str
    reason: str
    business_time: datetime
    undo_until_time: datetime | None
    undo_time: datetime | None
    undo_reason: str = ""


def refuse_final(done: Done, now: datetime) -> None:
    """Only a merge that stands, within its days."""
    if done.undo_time is not None:
        raise MergeFinal("the merge was undone before", merge_id=done.merge_id)
    if done.undo_until_time is None:
        raise MergeFinal("a till's second id never was somebody else", merge_id=done.merge_id)
    if now >= done.undo_until_time:
        until = done.undo_until_time.isoformat()
        raise MergeFinal(f"it could be undone until {until}", merge_id=done.merge_id, undo_until_time=until)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair in the queue."""

    candidate_id: str
    lower_id: str
    upper_id: str
    state: str
    score: int
    agreements: Sequence[str]
    disagreements: Sequence[str]
    origin: str
    proof: str
    proven_by: str | None
    proof_expire_time: datetime | None
    business_time: datetime

    def proves(self, member_id: str, now: datetime) -> bool:
        """Whether this member has proved, not long ago, that the other is himself."""
        lives = self.proof_expire_time is not None and now < self.proof_expire_time
        return bool(self.proof) and lives and self.proven_by == member_id

    def other(self, member_id: str) -> str:
        """The other of the two."""
        return self.upper_id if member_id == self.lower_id else self.lower_id


@dataclass(frozen=True, slots=True)
class Freeze:
    """A member whose value is frozen, and why."""

    freeze_id: str
    member_id: str
    reason: str
    other_id: str | None
    business_time: datetime
