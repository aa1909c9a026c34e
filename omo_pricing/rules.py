"""Rules as data: reads a document, or says which field of which rule is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from omo_pricing import conditions, effect_kinds
from omo_pricing.effects import Effect, Target
from omo_pricing.errors import RuleError
from omo_pricing.fields import Fields
from omo_pricing.groups import Group, GroupMode, GroupScope
from omo_pricing.limits import PurchaseLimit, UsageLimit
from omo_pricing.lines import HIGHEST_AMOUNT
from omo_pricing.ruleset import Rule, RuleSet, Stage
from omo_pricing.scope import Hours, Scope
from omo_pricing.stacking import Admission, Combine, OnGoods, Stacking

HIGHEST_PRIORITY = 1_000_000
DAY = 24 * 60
FARTHEST = 14 * 60
MOST_ERRORS = 50
T = TypeVar("T")


def parse(data: object, version: str | None = None) -> RuleSet:
    """The rule set that a plain document describes; `version` is for whoever publishes it under his own count."""
    errors: list[RuleError] = []
    rules = _read(data, version, errors)
    if errors:
        raise errors[0]
    assert rules is not None, "there is a rule set or an error"
    return rules


def check(data: object) -> tuple[RuleError, ...]:
    """Everything that is wrong with a document, rule by rule; nothing where it can be published."""
    errors: list[RuleError] = []
    _read(data, "0", errors)
    return tuple(errors[:MOST_ERRORS])


def _read(data: object, version: str | None, errors: list[RuleError]) -> RuleSet | None:
    """The rule set, or None with what is wrong: the first fault of each rule, and of what stands around them."""
    try:
        fields = Fields(data, "")
        named = fields.text("version") if version is None or fields.has("version") else version
        documents = fields.items("rules")
        rules = [rule for path, value in documents if (rule := _caught(errors, _rule, value, path))]
        groups = _named(errors, fields, "groups", _group)
        limits = _named(errors, fields, "purchase_limits", _purchase_limit)
        stacking = _stacking(fields.nested("stacking")) if fields.has("stacking") else None
        combine = fields.choice("combine", Combine, Combine.STACKING)
        utc_offset = fields.whole("utc_offset", -FARTHEST, FARTHEST, 0)
        fields.done()
        if not errors:
            known = version if version is not None else named
            return RuleSet(known, tuple(rules), groups, stacking, combine, limits, utc_offset)
    except RuleError as error:
        errors.append(error)
    return None


def _named(errors: list[RuleError], fields: Fields, name: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
    values = (_caught(errors, read, value, path) for path, value in fields.items(name))
    return tuple(value for value in values if value is not None)


def _caught(errors: list[RuleError], read: Callable[[Fields], T], value: object, path: str) -> T | None:
    try:
        fields = Fields(value, path)
        made = read(fields)
        fields.done()
    except RuleError as error:
        rule_id = value.get("id") if isinstance(value, dict) else None
        errors.append(RuleError(error.path, error.rule, rule_id if isinstance(rule_id, str) else None))
        return None
    return made


def _rule(fields: Fields) -> Rule:
    stage = fields.choice("stage", Stage)
    issued, codes = _trigger(fields)
    effect = effect_kinds.effect(fields.nested("effect"))
    _check_stage(fields, stage, effect)
    return Rule(
        id=fields.text("id"),
        version=fields.text("version"),
        stage=stage,
        effect=effect,
        priority=_priority(fields),
        codes=codes,
        issued=issued,
        scope=_scope(fields.nested("scope")),
        conditions=tuple(_condition(Fields(value, path)) for path, value in fields.items("conditions")),
        stop_after=fields.flag("stop_after"),
        group=fields.optional_text("group"),
        promotion=fields.optional_text("promotion"),
        category=fields.optional_text("category"),
        limit=_usage_limit(fields.nested("limit")) if fields.has("limit") else None,
    )


def _check_stage(fields: Fields, stage: Stage, effect: Effect) -> None:
    if (stage is Stage.SHIPPING) != (effect.target is Target.FEES):
        raise RuleError(fields.at("stage"), "must be shipping for effects on shipping, and only for those")


def _trigger(fields: Fields) -> tuple[bool, frozenset[str]]:
    """A rule says both how it is triggered and by what, so that a lost list of codes never makes it automatic."""
    trigger, codes = fields.text("trigger"), frozenset(fields.texts("codes"))
    if trigger not in {"auto", "code", "issued"}:
        raise RuleError(fields.at("trigger"), "must be one of auto, code, issued")
    if (trigger == "code") != bool(codes):
        raise RuleError(fields.at("codes"), "must be given with trigger code, and only then")
    return trigger == "issued", codes


def _scope(fields: Fields) -> Scope:
    scope = Scope(
        include=effect_kinds.goods(fields.nested("include")),
        exclude=effect_kinds.goods(fields.nested("exclude")),
        channels=frozenset(fields.texts("channels")),
        locations=frozenset(fields.texts("locations")),
        tiers=frozenset(fields.texts("tiers")),
        segments=frozenset(fields.texts("segments")),
        starts=fields.moment("from"),
        ends=fields.moment("until"),
        hours=tuple(_hours(Fields(value, path)) for path, value in fields.items("hours")),
    )
    if scope.starts and scope.ends and scope.ends <= scope.starts:
        raise RuleError(fields.at("until"), "must be later than from")
    fields.done()
    return scope


def _hours(fields: Fields) -> Hours:
    days = frozenset(fields.wholes("days", 1, 7)) or frozenset(range(1, 8))
    hours = Hours(days, fields.clock("from", 0), fields.clock("until", DAY))
    if hours.ends <= hours.begins:
        raise RuleError(fields.at("until"), "must be later than from; a night is two entries")
    fields.done()
    return hours


def _condition(fields: Fields) -> conditions.Condition:
    kind = fields.text("kind")
    if kind not in conditions.READERS:
        raise RuleError(fields.at("kind"), f"must be one of {', '.join(sorted(conditions.READERS))}")
    condition = conditions.READERS[kind](fields)
    fields.done()
    return condition


def _usage_limit(fields: Fields) -> UsageLimit:
    total, per_member = _most(fields, "total"), _most(fields, "per_member")
    if total is None and per_member is None:
        raise RuleError(fields.at("total"), "must be given, or per_member")
    limit = UsageLimit(total, per_member, fields.flag("give_back", True))
    fields.done()
    return limit


def _purchase_limit(fields: Fields) -> PurchaseLimit:
    least, most, per_member = (_most(fields, name) for name in ("min_per_cart", "max_per_cart", "max_per_member"))
    if least is None and most is None and per_member is None:
        raise RuleError(fields.at("max_per_cart"), "must be given, or another limit")
    if least is not None and most is not None and most < least:
        raise RuleError(fields.at("max_per_cart"), "must be no less than min_per_cart")
    return PurchaseLimit(fields.text("id"), _scope(fields.nested("scope")), least, most, per_member)


def _most(fields: Fields, name: str) -> int | None:
    return fields.whole(name, 1, HIGHEST_AMOUNT) if fields.has(name) else None


def _group(fields: Fields) -> Group:
    return Group(
        id=fields.text("id"),
        mode=fields.choice("mode", GroupMode),
        scope=fields.choice("scope", GroupScope, GroupScope.SESSION),
        priority=_priority(fields),
        parent=fields.optional_text("parent"),
    )


def _stacking(fields: Fields) -> Stacking:
    usual = Stacking()
    stacking = Stacking(
        exclusive_categories=tuple(dict.fromkeys(fields.texts("exclusive_categories"))),
        joint_categories=frozenset(fields.texts("joint_categories")),
        sent_limit=fields.whole("sent_limit", 1, HIGHEST_PRIORITY, usual.sent_limit),
        applied_limit=fields.whole("applied_limit", 1, HIGHEST_PRIORITY, usual.applied_limit),
        category_limit=_most(fields, "category_limit"),
        admission=fields.choice("admission", Admission, usual.admission),
        on_goods=fields.choice("on_goods", OnGoods, usual.on_goods),
    )
    fields.done()
    return stacking


def _priority(fields: Fields) -> int:
    return fields.whole("priority", -HIGHEST_PRIORITY, HIGHEST_PRIORITY, 0)
