"""Which points pay for a return: those that the goods had earned, then by policy others, a debt, or money."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.member.points.domain import Account, Lot, ReturnedRun
from services.member.program.domain import OnReturn, Program

_NO_LOT = "00000000-0000-0000-0000-000000000000"
_Entry = tuple[Account, str, int]


class Outcome(StrEnum):
    """How a consequence ended."""

    DONE = "DONE"
    DEBT = "DEBT"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Settled:
    """How taking back ended: what of it is said, why, and what the refund is less by."""

    outcome: Outcome
    amount: int
    reason: str = ""
    deduct_amount: int = 0


@dataclass(frozen=True, slots=True)
class Own:
    """A lot that the goods had earned: how much of it is due, and where that is; `ended` ran out unspent."""

    lot_id: str
    due: int
    pending: int
    active: int
    ended: int


@dataclass(slots=True)
class Plan:
    """What is moved, what of each lot is spared, and how that ended."""

    entries: tuple[_Entry, ...] = ()
    moves: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    spared_of: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    taken: int = 0
    short: int = 0

    @property
    def spared(self) -> int:
        """What was due and is not taken out of the member's points."""
        return sum(self.spared_of.values())


def plan(program: Program, own: Sequence[Own], others: Sequence[Lot]) -> Plan:
    """Takes what is due of each lot: pending first, then active; what is spent by the program's policy.

    What ran out unspent is gone already: nobody owes it. `others` are all the
    member's lots that can be spent, also these.
    """
    made, policy = Plan(), program.on_return
    took: dict[str, tuple[int, int]] = {}
    missing: dict[str, int] = {}
    for lot in own:
        pending = min(lot.pending, lot.due)
        active = 0 if policy is OnReturn.ONLY_PENDING else min(lot.active, lot.due - pending)
        rest = lot.due - pending - active
        ended = min(rest, max(lot.ended, 0))
        made.spared_of[lot.lot_id] = ended
        took[lot.lot_id], missing[lot.lot_id] = (pending, active), rest - ended
    short = sum(missing.values())
    if policy is not OnReturn.ONLY_PENDING:
        for other in sorted(
            others, key=lambda lot: (lot.expire_time is None, lot.expire_time, lot.earn_time, lot.lot_id)
        ):
            pending, active = took.get(other.lot_id, (0, 0))
            more = min(short, other.available - active)
            if more > 0:
                took[other.lot_id] = pending, active + more
                short -= more
    _spare(made, policy, missing, short)
    made.moves = {lot_id: (-pending, -active, 0) for lot_id, (pending, active) in took.items() if pending or active}
    made.entries = _entries(policy, took, short)
    made.taken, made.short = sum(sum(parts) for parts in took.values()), short
    return made


def fresh(known: Sequence[ReturnedRun], told: Iterable[ReturnedRun]) -> list[ReturnedRun]:
    """What is not known yet: no unit comes back twice, but of one sold by measure each return brings another part.

    A return names a unit once in each store.
    """
    found: list[ReturnedRun] = []
    for run in told:
        if not any(_same(run, other) for other in (*known, *found)):
            found.append(run)
    return found


def _same(run: ReturnedRun, other: ReturnedRun) -> bool:
    if (run.order_id, run.line_no) != (other.order_id, other.line_no):
        return False
    if run.measure and other.measure:
        return (run.refund_id, run.location_id) == (other.refund_id, other.location_id)
    return run.first <= other.last and other.first <= run.last


def _spare(made: Plan, policy: OnReturn, missing: dict[str, int], short: int) -> None:
    """Says of which lots the member keeps the rest, or pays for it; a debt is no sparing."""
    if policy is OnReturn.UNLIMITED:
        return
    for lot_id, points in missing.items():
        part = min(points, short)
        made.spared_of[lot_id] += part
        short -= part


def _entries(policy: OnReturn, took: dict[str, tuple[int, int]], short: int) -> tuple[_Entry, ...]:
    out: list[_Entry] = []
    for lot_id, (pending, active) in took.items():
        out += [(Account.PENDING, lot_id, -pending)] if pending else []
        out += [(Account.ACTIVE, lot_id, -active)] if active else []
    account = {OnReturn.UNLIMITED: Account.DEBT, OnReturn.DEDUCT_FROM_REFUND: Account.SETTLED}.get(policy)
    if short and account:
        out.append((account, _NO_LOT, -short))
    total = -sum(amount for _, _, amount in out)
    return (*out, (Account.ISSUED, _NO_LOT, total)) if total else ()


def settled(program: Program, taken: int, short: int) -> Settled:
    """How a return ended for what was earned, all its parts together."""
    if not short:
        return Settled(Outcome.DONE, taken)
    match program.on_return:
        case OnReturn.UNLIMITED:
            return Settled(Outcome.DEBT, short)
        case OnReturn.DEDUCT_FROM_REFUND:
            return Settled(Outcome.DONE, taken, "DEDUCTED_FROM_REFUND", short * program.point_value)
        case policy:
            return Settled(Outcome.REFUSED, short, policy.name)
