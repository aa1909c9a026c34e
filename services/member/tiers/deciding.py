"""Deciding tiers of locked members after sales, returns and ends of time; and telling what was decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from google.protobuf.message import Message

from kit import access, outbox, schedules
from kit.postgres import Tx
from services.member.points.ledger import Balance
from services.member.program import domain_calendar as calendar
from services.member.program.domain import Program, Validity
from services.member.tiers import domain, domain_clock, domain_replay, store, wire
from services.member.tiers.domain import Cause, Dates, Rules, State, Step
from services.member.tiers.domain_counting import Counted, Sum, metric_of, sum_at
from services.member.tiers.domain_progress import progress

TIERS_DUE = "tiers.due"
_DECIDED_BY_PERSONS = (Cause.GRANT, Cause.IMPORT, Cause.MERGE, Cause.CANCELLED)


@dataclass(slots=True)
class Decision:
    """What was decided of one member's tier; `late` where everything from a moment on was decided again."""

    balance: Balance
    steps: list[Step]
    decided_from: datetime | None = None
    reason: str = ""
    rows: list[tuple[object, ...]] = field(default_factory=list)
    told: list[tuple[int, Step]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sold:
    """Sales of one member that were just counted: (time, order), by time; `newest` is what was known before."""

    balance: Balance
    sales: Sequence[tuple[datetime, str]]
    newest: datetime | None

    @property
    def late(self) -> bool:
        """Whether something later was decided already."""
        return self.newest is not None and self.sales[0][0] < self.newest


def state(balance: Balance) -> State:
    """The tier as the balance holds it."""
    return domain_clock.state(balance.tier, balance.tier_since_time, balance.tier_valid_until_time, balance.tier_clock)


def wear(balance: Balance, new: State) -> None:
    """Writes a tier into the balance."""
    balance.tier, balance.tier_since_time, balance.tier_valid_until_time = new.tier, new.since, new.valid_until
    balance.tier_clock, balance.tier_due_time = domain_clock.text(new), new.due


async def rules(tx: Tx, program: Program, zone: ZoneInfo, member_ids: Iterable[str]) -> Mapping[str, Rules]:
    """The program as it applies to each of these members."""
    asked = sorted(set(member_ids))
    if program.policy.validity not in (Validity.JOIN_DATE, Validity.MEMBER_DATE) or not asked:
        return dict.fromkeys(asked, Rules(program, zone))
    dates = await store.dates(tx, asked)
    told = {who: (at.astimezone(zone).date() if at else None, own) for who, (at, own) in dates.items()}
    return {who: Rules(program, zone, Dates(*told[who])) for who in asked}


async def after_sales(
    tx: Tx, sold: Sequence[Sold], most: Mapping[str, Sum], program: Program, zone: ZoneInfo, now: datetime
) -> list[Decision]:
    """What counted sales do to tiers; `most` is no less than what counts at any moment since the first of them.

    A sale that comes alone and in order needs only that sum, and most sales
    change nothing; for the others everything that counts is read.
    """
    rising = [one for one in sold if _is_simple(one) and _reaches(one, most, program)]
    again = [one for one in sold if not _is_simple(one) and (_hangs(one) or _reaches(one, most, program))]
    if not rising and not again:
        return []
    ruled = await rules(tx, program, zone, (one.balance.member_id for one in (*rising, *again)))
    decisions: list[Decision] = []
    for one in rising:
        at, order_id = one.sales[-1]
        member_id = one.balance.member_id
        step = domain.sold(ruled[member_id], state(one.balance), order_id, at, most[member_id])
        decisions.append(_decided(one.balance, [step] if step else [], program))
    counted = await store.counted(tx, (one.balance.member_id for one in again))
    history = await store.history(tx, [one.balance.member_id for one in again if one.late])
    for one in again:
        member_id = one.balance.member_id
        own = ruled[member_id], counted[member_id]
        if one.late:
            decisions += _anew(one, *own, history[member_id], now)
        else:
            steps = domain_replay.run(own[0], state(one.balance), own[1], one.sales[0][0], one.sales[-1][0])
            decisions.append(_decided(one.balance, steps, program))
    return [decision for decision in decisions if decision.rows]


def _is_simple(one: Sold) -> bool:
    return len(one.sales) == 1 and not one.late and not _hangs(one)


def _hangs(one: Sold) -> bool:
    """Whether more than a rise may follow: a sale could mend something, or what was decided came after it."""
    balance, due = one.balance, one.balance.tier_due_time
    since = balance.tier_since_time
    over = due is not None and one.sales[-1][0] >= due
    return over or not state(balance).plain or (one.late and since is not None and one.sales[0][0] < since)


def _reaches(one: Sold, most: Mapping[str, Sum], program: Program) -> bool:
    found = most.get(one.balance.member_id)
    if found is None:
        return False
    reached = program.reached(metric_of(found, program.policy.metric))
    return reached is not None and program.rank(reached.tier) > program.rank(one.balance.tier)


def _anew(
    one: Sold, ruled: Rules, counted: tuple[Counted, ...], history: Sequence[store.Kept], now: datetime
) -> list[Decision]:
    """Decides everything again from a late sale on; what a person decided since stays, and is decided on from."""
    program, present, (late, order_id) = ruled.program, state(one.balance), one.sales[0]
    holding = domain_replay.standing([kept.decided for kept in history])
    by_person = {kept.decided for kept in history if kept.cause in _DECIDED_BY_PERSONS}
    fixed = [kept for kept in holding if kept in by_person and kept.time >= late]
    begin = max([late, *(kept.time for kept in fixed)])
    before = fixed[-1].after if fixed else domain_replay.as_of([kept.decided for kept in history], late)
    steps: list[Step] = []
    if fixed:
        found = sum_at(counted, program, ruled.zone, begin)
        step = domain.sold(ruled, before, order_id, begin, found)
        steps += [step] if step else []
    upto = max(now, one.sales[-1][0], one.newest or late)
    steps += domain_replay.run(ruled, steps[-1].after if steps else before, counted, begin, upto)
    after = steps[-1].after if steps else before
    if after == present:
        return []
    elder = {kept.rule_version for kept in history if kept.decided.time >= late} - {program.rule_version}
    if elder and _rank(ruled, after) < _rank(ruled, present):
        return []  # what an older program gave stays given
    steps = steps or [Step(present, before, Cause.LATE_SALE, begin)]
    decision = _decided(one.balance, steps, program, begin)
    decision.told = [(one.balance.version, Step(present, after, Cause.LATE_SALE, begin))]
    return [decision]


def _rank(ruled: Rules, held: State) -> tuple[int, float]:
    return ruled.rank(held.tier), held.valid_until.timestamp() if held.valid_until else float("inf")


def _decided(
    balance: Balance, steps: list[Step], program: Program, decided_from: datetime | None = None, reason: str = ""
) -> Decision:
    """Brings the balance to the last step; writing it and telling of it are the caller's."""
    decision = Decision(balance, steps, decided_from, reason)
    for step in steps:
        balance.version += 1
        begins = decided_from if step is steps[0] else None
        decision.rows.append(
            (
                balance.member_id,
                balance.version,
                step.time,
                begins,
                step.before.tier,
                step.after.tier,
                step.cause,
                step.after.since,
                step.after.valid_until,
                domain_clock.text(step.after),
                reason,
                program.rule_version,
            )
        )
        decision.told.append((balance.version, step))
    if steps:
        wear(balance, steps[-1].after)
    return decision


def by_hand(balance: Balance, after: State, cause: Cause, at: datetime, program: Program, reason: str) -> Decision:
    """A step that no sale made."""
    return _decided(balance, [Step(state(balance), after, cause, at)], program, reason=reason)


def decided(balance: Balance, steps: list[Step], program: Program) -> Decision:
    """Steps that followed from what counts."""
    return _decided(balance, steps, program)


async def tell(tx: Tx, decisions: Sequence[Decision], program: Program, zone: ZoneInfo, now: datetime) -> None:
    """Keeps the steps, announces them, and sets the clock for what follows from them by itself."""
    if not decisions:
        return
    await store.insert_changes(tx, [row for one in decisions for row in one.rows], access.current().actor)
    member_ids = [one.balance.member_id for one in decisions]
    counted = await store.counted(tx, member_ids)
    ruled = await rules(tx, program, zone, member_ids)
    events: list[Message] = []
    for one in decisions:
        balance, held = one.balance, state(one.balance)
        stands = progress(ruled[balance.member_id], held, counted[balance.member_id], now)
        events += [
            wire.changed(balance.member_id, version, step, program) for version, step in one.told if _moves(step)
        ]
        events.append(wire.standing_changed(wire.standing(balance, held, stands), program, now))
    await outbox.append(tx, *events)
    await schedules.schedule_many(tx, TIERS_DUE, _alarms((one.balance for one in decisions), program, zone))


def _moves(step: Step) -> bool:
    """Whether anybody but the clockwork would notice."""
    return (step.before.tier, step.before.valid_until) != (step.after.tier, step.after.valid_until)


def _alarms(balances: Iterable[Balance], program: Program, zone: ZoneInfo) -> list[tuple[str, datetime, bytes]]:
    moments: set[datetime] = set()
    for balance in balances:
        if balance.tier_due_time is not None:
            moments.add(balance.tier_due_time)
        if balance.tier_valid_until_time is not None:
            moments |= {notice_time(balance.tier_valid_until_time, days, zone) for days in program.policy.expiring_days}
    return [(moment.isoformat(), moment, b"") for moment in sorted(moments)]


def notice_time(ends: datetime, days: int, zone: ZoneInfo) -> datetime:
    """When somebody is told so many days before an end."""
    return calendar.add(ends, calendar.Duration(days=-days), zone)
