"""What a capability does when two members turn out to be one person, or two after all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kit.postgres import Tx


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge: the absorbed member's id means the survivor until the merge is undone."""

    merge_id: str
    survivor_id: str
    absorbed_id: str
    business_time: datetime
    # whose value of a field wins where a person chose it: field -> member id; else the survivor's, if he has one
    winners: Mapping[str, str] = field(default_factory=dict)
    # an id that only a till knew: nothing of it is ever given back
    final: bool = False


@dataclass(frozen=True, slots=True)
class Parting:
    """What is known when a merge is undone."""

    business_time: datetime
    # every id that goes back with the absorbed one: his own, and those that meant him before the merge
    member_ids: Sequence[str]
    # orders heard of since that belong to him: they named one of these ids, or a person says so
    order_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Gain:
    """What the survivor would get of one kind: how many, worth how much, and what stands against each other."""

    kind: str  # an UPPER_SNAKE word of the capability's own: POINTS_ACTIVE, COUPON, TIER …
    count: int
    amount: int = 0  # points, or minor units of money
    conflict: str = ""  # an UPPER_SNAKE code of what both have and only one can keep
    label: str = ""  # a code to show, such as the tier's; nothing personal


class Part(Protocol):
    """A capability's share of a merge.

    All three run in the merge's transaction. Both members' rows are locked
    already (in key order), the survivor is never an alias, the absorbed one is
    one from `join` on, and nothing may refuse: a balance, a hold or a debt is
    carried, it does not stand in the way. What came with whom is recorded with
    `store_moves.note`, or on the rows themselves.
    """

    async def preview(self, tx: Tx, survivor_id: str, absorbed_id: str, /) -> Sequence[Gain]:
        """What would move; writes nothing."""

    async def join(self, tx: Tx, merge: Merge, /) -> None:
        """Gives the survivor what the absorbed one has, and records what came with whom."""

    async def part(self, tx: Tx, merge: Merge, parting: Parting, /) -> None:
        """Gives back what came with the absorbed one, as recorded; what came later stays with the survivor."""
