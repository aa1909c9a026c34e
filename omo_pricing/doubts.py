"""What looks wrong about rules that can run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from omo_pricing.ruleset import Rule, RuleSet


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rule that its author should look at once more, and why."""

    path: str
    rule: str
    rule_id: str


def doubts(rules: RuleSet) -> tuple[Doubt, ...]:
    """In the order of the rules."""
    codes: dict[str, list[str]] = defaultdict(list)
    for rule in rules.rules:
        for code in rule.codes:
            codes[code.casefold()].append(rule.id)
    return tuple(
        Doubt(f"rules[{place}].{field}", told, rule.id)
        for place, rule in enumerate(rules.rules)
        for field, told in (*_shared(rule, codes), *_nobody(rule), *_tied(rule, rules))
    )


def _shared(rule: Rule, codes: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    others = sorted({other for code in rule.codes for other in codes[code.casefold()]} - {rule.id})
    if others:
        yield "codes", f"opens {', '.join(others)} too"


def _nobody(rule: Rule) -> Iterator[tuple[str, str]]:
    include, exclude = set(rule.scope.include.facets()), set(rule.scope.exclude.facets())
    if include and include <= exclude:
        yield "scope.include", "names nothing that exclude leaves"


def _tied(rule: Rule, rules: RuleSet) -> Iterator[tuple[str, str]]:
    """Where a rule closes lines, who comes first matters; between equals the id decides."""
    if not rule.stop_after or rule.group or rule.promotion:
        return
    goods = set(rule.scope.include.facets())
    for other in rules.rules:
        alike = other.stage is rule.stage and other.priority == rule.priority and other.id != rule.id
        theirs = set(other.scope.include.facets()) if alike else set()
        if alike and (not goods or not theirs or goods & theirs):
            yield "priority", f"is that of {other.id}, which may fall on the same goods: the id decides who is first"
            return
