"""What the return of goods does to a tier."""

from dataclasses import replace
from datetime import datetime

from services.member.program import domain_calendar as calendar
from services.member.tiers import domain
from services.member.tiers.domain import Cause, Rules, Source, State, Step
from services.member.tiers.domain_counting import Counted, Sum, metric_of, sum_at


def came_back(rules: Rules, state: State, counted: tuple[Counted, ...], order_id: str, at: datetime) -> Step | None:
    """What the return of goods of an order does: mostly nothing before the tier's own end."""
    policy = rules.program.policy
    found = sum_at(counted, rules.program, rules.zone, at)
    if state.coming and _lost(rules, state.coming, found):
        reached = rules.reached(found)
        if reached is not None and rules.rank(reached.tier) > rules.rank(state.tier):
            return Step(state, replace(state, coming=reached.tier), Cause.RETURN, at)
        return Step(state, replace(state, coming="", coming_time=None, raised_by=""), Cause.RETURN, at)
    if _caused(rules, state, counted, order_id, at):
        return Step(state, domain.below(rules, state, found, at), Cause.RETURN, at)
    owned = state.source in (Source.EARNED, Source.IMPORTED) and rules.program.tier(state.tier) is not None
    if not policy.balance_drop or not owned or not domain.short(rules, state, found) or state.drop_time:
        return None
    if not policy.balance_drop_after:
        return Step(state, rules.begin(rules.reached(found), at), Cause.DROP, at)
    later = calendar.add(at, policy.balance_drop_after, rules.zone)
    return Step(state, replace(state, drop_time=later), Cause.DROP, at)


def _lost(rules: Rules, tier: str, found: Sum) -> bool:
    asked = rules.program.tier(tier)
    return asked is None or metric_of(found, rules.program.policy.metric) < asked.min_spend


def _caused(rules: Rules, state: State, counted: tuple[Counted, ...], order_id: str, at: datetime) -> bool:
    """Whether the tier was raised by that order lately, and would not have been without what came back of it."""
    days = rules.program.policy.return_days
    if not days or state.raised_by != order_id or state.since is None or state.source is not Source.EARNED:
        return False
    if at >= calendar.end_of_day(state.since, days, rules.zone):
        return False
    # as if what came back of this order had never been sold
    without = tuple(one.kept(at) if one.order_id == order_id else one for one in counted)
    return _lost(rules, state.tier, sum_at(without, rules.program, rules.zone, state.since))
