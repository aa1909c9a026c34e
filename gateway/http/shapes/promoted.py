"""Promotion rules as headquarters read, check, retire and rehearse them."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, NextPage, Shown, Time, When, Whole, eg, said

RULES = {
    "version": "2026-winter",
    "rules": [
        {
            "id": "gold-5",
            "version": "1",
            "stage": "line",
            "trigger": "auto",
            "scope": {"tiers": ["gold"]},
            "effect": {"kind": "percent_off", "basis_points": 500},
        }
    ],
}
DRAFT = {
    "version": "2026-spring",
    "rules": [*RULES["rules"], RULES["rules"][0] | {"id": "all-10", "scope": {}}],  # type: ignore[operator]
}

RuleId = Annotated[str, StringConstraints(min_length=1, max_length=255)]
ReasonText = Annotated[str, StringConstraints(max_length=200)]
Document = Annotated[dict[str, Any], eg(DRAFT, "As the promotion engine's schema says.")]


class PutRules(Asked):
    """A whole rule set, and why it changes."""

    rules: Annotated[dict[str, Any], eg(RULES, "As the promotion engine's schema says.")]
    reason: Annotated[ReasonText, eg("winter campaign")] = ""


class RulesVersion(Shown):
    """The version that is in force now."""

    version: Annotated[str, eg("13")]


class Rules(Shown):
    """A rule set."""

    version: Annotated[str, eg("13")]
    rules: Annotated[dict[str, Any], eg(RULES)]
    business_time: Time | None


class CheckRules(Asked):
    """A draft."""

    rules: Document


class RuleFault(Shown):
    """Something that is wrong, or looks so."""

    path: Annotated[str, eg("rules[1].effect.basis_points", "The field at fault.")]
    rule: Annotated[str, eg("must be a whole number from 1 to 10000", "What must hold, in words.")]
    rule_id: Annotated[str, eg("all-10", "The promotion rule at fault, where it is one.")]


class CheckedRules(Shown):
    """What is wrong with a draft; without faults it can be published."""

    faults: Annotated[list[RuleFault], said("The first of each rule, and of what stands around them.")]
    warnings: Annotated[list[RuleFault], said("What can run, and looks wrong.")]


class RetireRules(Asked):
    """Which rules are to end, and why."""

    rule_ids: Annotated[list[RuleId], Field(min_length=1, max_length=500), eg(["gold-5"], "Of the set in force.")]
    reason: Annotated[ReasonText, eg("winter is over")] = ""


class RuleVersion(Shown):
    """One version of the rules, and who published it."""

    version: Annotated[str, eg("13")]
    business_time: Time
    reason: Annotated[str, eg("winter campaign")]
    actor_kind: Annotated[str, eg("HQ", "The kind of who published it.")]
    actor_id: Annotated[str, eg("019ab0f1-0000-7000-8000-000000000001", "Who published it.")]


class RuleVersions(Shown):
    """Versions, newest first."""

    versions: Annotated[list[RuleVersion], said("Versions, newest first.")]
    next_page_token: NextPage


class RehearseRules(Asked):
    """A draft, and the past orders to try it on."""

    rules: Document
    start_time: Annotated[When | None, eg("2026-01-05T09:30:00+08:00", "None: 30 days before the end.")] = None
    end_time: Annotated[When | None, eg(None, "None: now.")] = None
    channel_id: Annotated[str, StringConstraints(max_length=64), eg("", "Empty: all channels.")] = ""
    orders: Annotated[Whole, Field(ge=1, le=1_000), eg(200, "The newest of them, at most so many.")] = 200


class RuleDifference(Shown):
    """What one rule gave, and would give."""

    rule_id: Annotated[str, eg("all-10", "The rule.")]
    discount_before: Annotated[int, eg(0, "Minor units that it took off.")]
    discount_after: Annotated[int, eg(2980, "Minor units that it would take off.")]
    orders_before: Annotated[int, eg(0, "How many orders had something of it.")]
    orders_after: Annotated[int, eg(4, "How many orders would have something of it.")]


class LineDifference(Shown):
    """A line whose discount would be another."""

    line_no: Annotated[int, eg(1)]
    sku: Annotated[str, eg("COAT-CAMEL-M")]
    discount_before: Annotated[int, eg(0, "Minor units off it.")]
    discount_after: Annotated[int, eg(1280, "Minor units that would be off it.")]


class OrderDifference(Shown):
    """An order whose discount would be another."""

    order_id: Annotated[str, eg("019ab0f2-0000-7000-8000-000000000001")]
    list_total: Annotated[int, eg(12800, "Minor units at list prices.")]
    discount_before: Annotated[int, eg(0, "Minor units off it.")]
    discount_after: Annotated[int, eg(1280, "Minor units that would be off it.")]
    lines: Annotated[list[LineDifference], said("The lines that would change.")]


class UnpricedOrder(Shown):
    """An order that cannot be priced any more."""

    order_id: Annotated[str, eg("019ab0f2-0000-7000-8000-000000000002")]
    path: Annotated[str, eg("cart.lines[0].sku", "The field at fault.")]
    rule: Annotated[str, eg("must be in the catalogue: HAT", "What must hold, in words.")]


class RehearsedRules(Shown):
    """What past orders would have cost; nothing was published."""

    orders: Annotated[int, eg(200, "How many were tried.")]
    list_total: Annotated[int, eg(2560000, "Minor units at list prices, of all together.")]
    discount_before: Annotated[int, eg(12800, "Minor units that were taken off.")]
    discount_after: Annotated[int, eg(256000, "Minor units that would be taken off.")]
    rules: Annotated[list[RuleDifference], said("By rule.")]
    changed: Annotated[list[OrderDifference], said("The largest differences first, at most 50.")]
    changed_orders: Annotated[int, eg(4, "How many would cost something else.")]
    unpriced: Annotated[list[UnpricedOrder], said("At most 50 that cannot be priced any more.")]
    unpriced_orders: Annotated[int, eg(0, "How many cannot be priced any more.")]
