"""The tiers of two members who turn out to be one, and of one who turns out to be two."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kit import access, outbox
from kit.postgres import Tx
from services.member.merging import store_moves
from services.member.merging.parts import Merge
from services.member.points import posting, store, store_joining
from services.member.points.ledger import Balance
from services.member.tiers import deciding, domain, domain_clock, domain_replay, wire
from services.member.tiers import store as tiers_store
from services.member.tiers.deciding import Decision
from services.member.tiers.domain import Cause, Rules, State
from services.member.tiers.domain_counting import Counted, sum_at

_DATE = "tier_date"


def noted(balance: Balance) -> dict[str, Any]:
    """A member's tier as it is, in plain words of JSON."""
    held = deciding.state(balance)
    return {
        "tier": held.tier,
        "since": held.since.isoformat() if held.since else None,
        "until": held.valid_until.isoformat() if held.valid_until else None,
        "clock": domain_clock.text(held),
    }


def higher(rules: Rules, one: State, other: State, now: datetime) -> State:
    """Whose tier counts: the higher one that has not run out; of equals the one that lasts longer."""

    def rank(held: State) -> tuple[int, bool, float]:
        until = held.valid_until
        stands = until is None or until > now
        return (rules.rank(held.tier) if stands else -1, until is None, until.timestamp() if until else 0.0)

    return max((one, other), key=rank)


async def give_date(tx: Tx, merge: Merge) -> None:
    """The date on whose anniversaries the tier ends comes along, unless the survivor has one of his own."""
    date = await store_joining.date(tx, merge.absorbed_id)
    if date is not None:
        came = await store_joining.give_date(tx, merge.absorbed_id, merge.survivor_id)
        noted = {merge.absorbed_id: {"date": date.isoformat(), "came": came}}
        await store_moves.note(tx, merge.merge_id, _DATE, noted)


async def date_back(tx: Tx, merge: Merge) -> None:
    """It goes back as it came."""
    for noted in (await store_moves.of(tx, merge.merge_id, _DATE)).values():
        date = datetime.fromisoformat(noted["date"]).date()
        await store_joining.date_back(tx, merge.survivor_id, merge.absorbed_id, date, came=noted["came"])


async def keep(tx: Tx, survivor: Balance, absorbed: Balance, zone: ZoneInfo, now: datetime) -> None:
    """The higher tier stays until its own end; what both together have bought may reach more."""
    program = await store.program(tx)
    rules = (await deciding.rules(tx, program, zone, [survivor.member_id]))[survivor.member_id]
    counted = (await tiers_store.counted(tx, [survivor.member_id]))[survivor.member_id]
    mine, theirs = deciding.state(survivor), deciding.state(absorbed)
    steps = []
    better = higher(rules, mine, theirs, now)
    if better is not mine:
        steps.append(domain.Step(mine, better, Cause.MERGE, now))
    newest = max((one.time for one in counted), default=None)
    found = sum_at(counted, program, zone, newest) if newest else None
    rise = domain.sold(rules, better, "", newest, found) if newest and found else None
    steps += [rise] if rise else []
    decisions = [deciding.decided(survivor, steps, program)] if steps else []
    gone = deciding.by_hand(absorbed, State(), Cause.MERGE, now, program, "") if theirs != State() else None
    survivor.newest_sale_time, absorbed.newest_sale_time = newest, None
    await posting.post(tx, {}, (), [survivor, absorbed])
    if gone is not None:
        await tiers_store.insert_changes(tx, gone.rows, access.current().actor)
        told = [wire.changed(absorbed.member_id, version, step, program) for version, step in gone.told]
        await outbox.append(tx, *told)
    await deciding.tell(tx, decisions, program, zone, now)


async def give_back(
    tx: Tx, survivor: Balance, absorbed: Balance, before: Mapping[str, Mapping[str, Any]], zone: ZoneInfo, now: datetime
) -> None:
    """Each gets the better of what he had and what his own orders have reached; nobody more than that."""
    program = await store.program(tx)
    both = (survivor, absorbed)
    counted = await tiers_store.counted(tx, [balance.member_id for balance in both])
    ruled = await deciding.rules(tx, program, zone, [balance.member_id for balance in both])
    decisions: list[Decision] = []
    for balance in both:
        rules, own = ruled[balance.member_id], counted[balance.member_id]
        balance.newest_sale_time = max((one.time for one in own), default=None)
        held = deciding.state(balance)
        after = higher(rules, _had(before[balance.member_id]), _reached(rules, own), now)
        lower = rules.rank(after.tier) < rules.rank(held.tier)
        if (balance is absorbed or lower) and after != held:
            decisions.append(deciding.by_hand(balance, after, Cause.MERGE, now, program, ""))
    await posting.post(tx, {}, (), both)
    await deciding.tell(tx, decisions, program, zone, now)


def _had(told: Mapping[str, Any]) -> State:
    since, until = (datetime.fromisoformat(told[name]) if told[name] else None for name in ("since", "until"))
    return domain_clock.state(told["tier"], since, until, told.get("clock", domain_clock.PLAIN))


def _reached(rules: Rules, counted: tuple[Counted, ...]) -> State:
    peak, since = domain_replay.peak(rules, counted)
    tier = rules.program.reached(peak)
    return rules.begin(tier, since) if tier and since else State()
