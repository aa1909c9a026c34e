"""Runs rules over open lines: stage by stage, by priority, never below zero, and says why each did or did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from omo_pricing.cart import Cart, Member
from omo_pricing.lines import OpenLine
from omo_pricing.priced import Applied, CodeAnswer
from omo_pricing.reasons import Reason, Skipped
from omo_pricing.ruleset import Index, Rule, RuleSet, Scope, Stage


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules did to the lines."""

    applied: tuple[Applied, ...]
    skipped: tuple[Skipped, ...]
    codes: tuple[CodeAnswer, ...]


def run(lines: list[OpenLine], cart: Cart, member: Member, rules: RuleSet, at: datetime) -> Outcome:
    """Takes from `lines` what the rules give; looks only at rules that the goods and codes of the cart lead to."""
    index = rules.index
    given = {place for code in cart.codes for place in index.codes.get(code, ())}
    given |= {index.issued[rule_id] for rule_id in cart.opened if rule_id in index.issued}
    matches = index.matches(lines)
    applied: list[Applied] = []
    skipped: list[Skipped | None] = list(index.idle)
    stage = Stage.PRODUCT
    for place in sorted((matches.keys() - index.asked) | given):
        rule, found = index.ordered[place], matches.get(place)
        if rule.stage is not stage:
            stage = _next_stage(rule.stage, lines)
        result = (_outside(rule.scope, cart, member, at) or _apply(rule, found)) if found else Reason.NO_MATCHING_LINE
        if isinstance(result, Applied):
            applied.append(result)
            skipped[place] = None
        else:
            skipped[place] = Skipped(rule.id, rule.version, result)
    codes = tuple(_answer(code, index, skipped) for code in dict.fromkeys(cart.codes))
    return Outcome(tuple(applied), tuple(filter(None, skipped)), codes)


def _next_stage(stage: Stage, lines: Sequence[OpenLine]) -> Stage:
    for line in lines:
        line.closed = False
    return stage


def _outside(scope: Scope, cart: Cart, member: Member, at: datetime) -> Reason | None:
    """Why the rule does not hold here, now or for this shopper."""
    if scope.starts and at < scope.starts:
        return Reason.NOT_STARTED
    if scope.ends and at >= scope.ends:
        return Reason.ENDED
    if scope.channels and cart.channel_id not in scope.channels:
        return Reason.OTHER_CHANNEL
    if scope.locations and cart.location_id not in scope.locations:
        return Reason.OTHER_LOCATION
    if scope.tiers and member.tier not in scope.tiers:
        return Reason.OTHER_TIER
    return Reason.OTHER_SEGMENT if scope.segments and not scope.segments & member.segments else None


def _apply(rule: Rule, found: Sequence[OpenLine]) -> Applied | Reason:
    """Conditions look at all goods in scope, the effect falls on those that no rule has closed."""
    for condition in rule.conditions:
        if refusal := condition.refusal(found):
            return refusal
    lines = [line for line in found if not line.closed]
    if not lines:
        return Reason.STOPPED
    lines = [line for line in lines if line.left]
    if not lines:
        return Reason.NOTHING_LEFT
    base = sum(line.left for line in lines)
    shares = rule.effect.shares(lines, rule.stage.mode)
    taken = [(line, share) for line, share in zip(lines, shares, strict=True) if share]
    if not taken:
        return Reason.NOTHING_LEFT
    for line, share in taken:
        line.take(rule.id, share)
        line.closed = rule.stop_after
    return Applied(
        rule_id=rule.id,
        rule_version=rule.version,
        stage=rule.stage,
        kind=rule.effect.kind,
        amount=sum(share for _, share in taken),
        lines=tuple((line.line.line_no, share) for line, share in taken),
        inputs={"base": base, **rule.effect.inputs(rule.stage.mode)},
    )


def _answer(code: str, index: Index, skipped: Sequence[Skipped | None]) -> CodeAnswer:
    """What to tell the shopper about a code."""
    places = index.codes.get(code, ())
    helped = tuple(index.ordered[place].id for place in places if not skipped[place])
    reasons = [found.reason for place in places if (found := skipped[place])]
    if helped:
        return CodeAnswer(code, helped, None)
    return CodeAnswer(code, (), reasons[0] if reasons else Reason.UNKNOWN_CODE)
