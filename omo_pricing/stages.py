"""Runs rules over open lines: stage by stage, by priority, never below zero, and says why each did or did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from omo_pricing.cart import Cart, Member
from omo_pricing.lines import OpenLine
from omo_pricing.priced import Applied, CodeAnswer, Skipped
from omo_pricing.reasons import Reason
from omo_pricing.ruleset import Rule, RuleSet, Scope, Stage


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules did to the lines."""

    applied: tuple[Applied, ...]
    skipped: tuple[Skipped, ...]
    codes: tuple[CodeAnswer, ...]


def run(lines: list[OpenLine], cart: Cart, member: Member, rules: RuleSet, at: datetime) -> Outcome:
    """Takes from `lines` what the rules give."""
    index = rules.index
    given = {place for code in cart.codes for place in index.codes.get(code, ())}
    matches = index.matches(lines)
    applied: list[Applied] = []
    skipped: list[Skipped] = []
    stage = Stage.PRODUCT
    for place, rule in enumerate(index.ordered):
        if rule.stage is not stage:
            stage = _next_stage(rule.stage, lines)
        if rule.codes and place not in given:
            result: Applied | Reason = Reason.CODE_NOT_GIVEN
        elif found := matches.get(place):
            result = _outside(rule.scope, cart, member, at) or _apply(rule, found)
        else:
            result = Reason.NO_MATCHING_LINE
        if isinstance(result, Applied):
            applied.append(result)
        else:
            skipped.append(Skipped(rule.id, rule.version, result))
    return Outcome(tuple(applied), tuple(skipped), _answers(cart, rules, applied, skipped))


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


def _answers(
    cart: Cart, rules: RuleSet, applied: Sequence[Applied], skipped: Sequence[Skipped]
) -> tuple[CodeAnswer, ...]:
    """What to tell the shopper about each code, in the order in which they were given."""
    if not cart.codes:
        return ()
    used = {done.rule_id for done in applied}
    reasons = {rule.rule_id: rule.reason for rule in skipped}
    return tuple(_answer(code, rules, used, reasons) for code in dict.fromkeys(cart.codes))


def _answer(code: str, rules: RuleSet, used: set[str], reasons: Mapping[str, Reason]) -> CodeAnswer:
    named = [rules.index.ordered[place].id for place in rules.index.codes.get(code, ())]
    if not named:
        return CodeAnswer(code, (), Reason.UNKNOWN_CODE)
    helped = tuple(rule_id for rule_id in named if rule_id in used)
    return CodeAnswer(code, helped, None if helped else reasons[named[0]])
