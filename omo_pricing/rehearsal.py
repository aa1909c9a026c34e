"""What past baskets would have cost under other rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from omo_pricing.cart import Cart, Member
from omo_pricing.catalogue import Catalogue
from omo_pricing.engine import evaluate
from omo_pricing.errors import PricingError
from omo_pricing.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class PastBasket:
    """A basket with what it was priced from, and what each rule then gave on each line."""

    key: str
    cart: Cart
    member: Member
    catalogue: Catalogue
    at: datetime
    given: Mapping[int, Mapping[str, int]] = field(hash=False)
    """By line number, by rule id."""


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """What one rule gave and would give, over all baskets."""

    rule_id: str
    before: int
    after: int
    baskets_before: int
    baskets_after: int


@dataclass(frozen=True, slots=True)
class LineDifference:
    """A line whose discount would be another; a line that was not there before is a gift."""

    line_no: int
    sku: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class BasketDifference:
    """A basket whose discount would be another."""

    key: str
    gross: int
    before: int
    after: int
    lines: tuple[LineDifference, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A basket that cannot be priced any more, and why."""

    key: str
    path: str
    rule: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Discounts as they were and as they would be."""

    baskets: int
    gross: int
    before: int
    after: int
    rules: tuple[RuleDifference, ...]
    """By id."""
    changed: tuple[BasketDifference, ...]
    """The largest differences first, equals by key."""
    refused: tuple[Refused, ...]


def rehearse(past: Iterable[PastBasket], rules: RuleSet) -> Rehearsal:
    """Replays baskets under a draft of rules, one by one and apart from each other."""
    sums: dict[str, list[int]] = {}
    changed: list[BasketDifference] = []
    refused: list[Refused] = []
    baskets = gross = before = after = 0
    for basket in past:
        try:
            told = _replayed(basket, rules, sums)
        except PricingError as error:
            refused.append(Refused(basket.key, error.path, error.rule))
            continue
        baskets, gross = baskets + 1, gross + told.gross
        before, after = before + told.before, after + told.after
        if told.lines:
            changed.append(told)
    by_rule = tuple(RuleDifference(rule_id, *sums[rule_id]) for rule_id in sorted(sums))
    return Rehearsal(baskets, gross, before, after, by_rule, _largest_first(changed), tuple(refused))


def joined(parts: Sequence[Rehearsal]) -> Rehearsal:
    """Rehearsals of several heaps of baskets as one of all."""
    sums: dict[str, list[int]] = {}
    for each in (rule for part in parts for rule in part.rules):
        row = sums.setdefault(each.rule_id, [0, 0, 0, 0])
        more = (each.before, each.after, each.baskets_before, each.baskets_after)
        sums[each.rule_id] = [held + added for held, added in zip(row, more, strict=True)]
    return Rehearsal(
        baskets=sum(part.baskets for part in parts),
        gross=sum(part.gross for part in parts),
        before=sum(part.before for part in parts),
        after=sum(part.after for part in parts),
        rules=tuple(RuleDifference(rule_id, *sums[rule_id]) for rule_id in sorted(sums)),
        changed=_largest_first(each for part in parts for each in part.changed),
        refused=tuple(each for part in parts for each in part.refused),
    )


def _largest_first(changed: Iterable[BasketDifference]) -> tuple[BasketDifference, ...]:
    return tuple(sorted(changed, key=lambda each: (-abs(each.after - each.before), each.key)))


def _replayed(basket: PastBasket, rules: RuleSet, sums: dict[str, list[int]]) -> BasketDifference:
    priced = evaluate(basket.cart, basket.member, basket.catalogue, rules, basket.at)
    then = {line_no: dict(given) for line_no, given in basket.given.items()}
    now = {line.line_no: dict(line.discounts) for line in priced.lines}
    skus = {line.line_no: line.sku for line in priced.lines}
    differences = []
    for line_no in sorted(skus):
        was, will = sum(then.get(line_no, {}).values()), sum(now[line_no].values())
        if then.get(line_no, {}) != now[line_no]:
            differences.append(LineDifference(line_no, skus[line_no], was, will))
    _count(sums, then, 0)
    _count(sums, now, 1)
    before, after = (sum(sum(given.values()) for given in side.values()) for side in (then, now))
    gross = sum(line.gross for line in priced.lines)
    return BasketDifference(basket.key, gross, before, after, tuple(differences))


def _count(sums: dict[str, list[int]], side: Mapping[int, Mapping[str, int]], after: int) -> None:
    found: dict[str, int] = {}
    for given in side.values():
        for rule_id, amount in given.items():
            found[rule_id] = found.get(rule_id, 0) + amount
    for rule_id, amount in found.items():
        row = sums.setdefault(rule_id, [0, 0, 0, 0])
        row[after] += amount
        row[2 + after] += 1
