"""Carts, goods and rules for the tests, short to write down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import omo_pricing as pricing
from omo_pricing.conditions import Condition
from omo_pricing.effects import Effect

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIVE_PERCENT = 50_000


def line(line_no: int, sku: str, quantity: int = 1, *, measure: bool = False) -> pricing.CartLine:
    return pricing.CartLine(line_no, sku, quantity, measure)


def cart(*lines: pricing.CartLine, codes: tuple[str, ...] = (), points: int = 0) -> pricing.Cart:
    spends = (pricing.Spend("points", points),) if points else ()
    return pricing.Cart("web", "TWD", lines, codes=codes, spends=spends)


def shelf(
    *items: pricing.Item,
    tax_included: bool = True,
    policy: pricing.Policy | None = None,
    **prices: int,
) -> pricing.Catalogue:
    """A snapshot of `items` and of untaxed goods at `prices`."""
    priced = [pricing.Item(sku, pricing.Price(amount)) for sku, amount in prices.items()]
    everything = {item.sku: item for item in [*items, *priced]}
    return pricing.Catalogue(1, 1, "TWD", tax_included, everything, policy or pricing.Policy())


def percent(basis_points: int, mode: pricing.Mode | None = None) -> pricing.PercentOff:
    return pricing.PercentOff(basis_points, mode)


def amount(minor_units: int, mode: pricing.Mode | None = None) -> pricing.AmountOff:
    return pricing.AmountOff(minor_units, mode)


def rule(
    rule_id: str,
    effect: Effect,
    stage: str = "order",
    priority: int = 0,
    *,
    codes: frozenset[str] = frozenset(),
    scope: pricing.Scope | None = None,
    conditions: tuple[Condition, ...] = (),
    stop_after: bool = False,
) -> pricing.Rule:
    named = pricing.Stage(stage)
    return pricing.Rule(rule_id, "1", named, effect, priority, codes, scope or pricing.Scope(), conditions, stop_after)


def percent_rule(rule_id: str, basis_points: int, stage: str = "line", **more: Any) -> pricing.Rule:
    """A rule for everything, with whatever else is told of it."""
    return replace(rule(rule_id, percent(basis_points), stage), **more)


def price_by(
    rules: pricing.RuleSet,
    bought: pricing.Cart,
    catalogue: pricing.Catalogue,
    member: pricing.Member | None = None,
    at: datetime = NOW,
) -> pricing.Priced:
    return pricing.evaluate(bought, member or pricing.Member(), catalogue, rules, at)


def skipped(priced: pricing.Priced) -> dict[str, pricing.Reason]:
    return {each.rule_id: each.reason for each in priced.skipped}


def given(priced: pricing.Priced) -> list[tuple[str, int]]:
    """What each rule gave, in the order of application."""
    return [(done.rule_id, done.amount) for done in priced.applied]


def price(
    bought: pricing.Cart,
    catalogue: pricing.Catalogue,
    *rules: pricing.Rule,
    member: pricing.Member | None = None,
    at: datetime = NOW,
) -> pricing.Priced:
    return pricing.evaluate(bought, member or pricing.Member(), catalogue, pricing.RuleSet("r1", rules), at)
