"""Taking back a tier that was reached only by what nobody will hand over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from kit.postgres import Tx
from services.member.points import posting
from services.member.points.ledger import Balance
from services.member.program.domain import Program
from services.member.tiers import deciding, domain_replay, store
from services.member.tiers.domain import Cause, Rules, Source, State
from services.member.tiers.domain_counting import Counted, Sum, metric_of


async def fall(
    tx: Tx, balances: Mapping[str, Balance], taken: Mapping[str, Sum], program: Program, zone: ZoneInfo, now: datetime
) -> None:
    """Gives locked members the highest tier that they have reached at any time, if theirs is above that.

    What was earned honestly once stays (features 2.2.7), also under an older
    program: only an upgrade that the goods `taken` out of the count had caused
    goes with them, whichever was heard of first. A tier from a person's hand
    stays; below it falls what stood there.
    """
    metric = program.policy.metric
    asked = {who: metric_of(gone, metric) for who, gone in taken.items() if who in balances}
    standing = {who: balances[who] for who, gone in asked.items() if gone and _may_fall(balances[who], program)}
    if not standing:
        return
    counted = await store.counted(tx, standing)
    ruled = await deciding.rules(tx, program, zone, standing)
    decisions = []
    for member_id, balance in standing.items():
        lower = _lower(deciding.state(balance), ruled[member_id], counted[member_id], asked[member_id], now)
        if lower is not None:
            decisions.append(deciding.by_hand(balance, lower, Cause.CANCELLED, now, program, ""))
    if decisions:
        await posting.post(tx, balances, (), [one.balance for one in decisions])
        await deciding.tell(tx, decisions, program, zone, now)


def _may_fall(balance: Balance, program: Program) -> bool:
    held = deciding.state(balance)
    return program.rank(balance.tier) > 0 or bool(held.coming) or held.source is Source.GRANTED


def _lower(held: State, rules: Rules, counted: tuple[Counted, ...], gone: int, now: datetime) -> State | None:
    """What stands without the goods; None if they had raised nothing."""
    peak, since = domain_replay.peak(rules, counted)
    program = rules.program

    def caused(name: str) -> bool:
        tier = program.tier(name)
        return tier is not None and peak < tier.min_spend <= peak + gone

    if held.coming and caused(held.coming):
        held = replace(held, coming="", coming_time=None)
        return held if not caused(held.tier) else rules.begin(program.reached(peak), since or now)
    if held.source in (Source.GRANTED, Source.IMPORTED):
        return replace(held, under="", under_until=None) if held.under and caused(held.under) else None
    if not caused(held.tier):
        return None
    reached = program.reached(peak)
    return rules.begin(reached, since) if reached and since is not None else State()
