"""Rules as data: reads a document, or says which field of it is wrong."""

from __future__ import annotations

from omo_pricing import conditions, effects
from omo_pricing.effects import Effect
from omo_pricing.errors import RuleError
from omo_pricing.fields import Fields
from omo_pricing.ruleset import Goods, Rule, RuleSet, Scope, Stage

HIGHEST_PRIORITY = 1_000_000


def parse(data: object, version: str | None = None) -> RuleSet:
    """The rule set that a plain document describes; `version` is for whoever publishes it under his own count."""
    fields = Fields(data, "")
    named = fields.text("version") if version is None or fields.has("version") else version
    rules = tuple(_rule(Fields(rule, path)) for path, rule in fields.items("rules"))
    fields.done()
    return RuleSet(version if version is not None else named, rules)


def _rule(fields: Fields) -> Rule:
    stage = fields.choice("stage", Stage)
    issued, codes = _trigger(fields)
    rule = Rule(
        id=fields.text("id"),
        version=fields.text("version"),
        stage=stage,
        effect=_effect(fields.nested("effect")),
        priority=fields.whole("priority", -HIGHEST_PRIORITY, HIGHEST_PRIORITY, 0),
        codes=codes,
        issued=issued,
        scope=_scope(fields.nested("scope")),
        conditions=tuple(_condition(Fields(value, path)) for path, value in fields.items("conditions")),
        stop_after=fields.flag("stop_after"),
    )
    fields.done()
    return rule


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
        include=_goods(fields.nested("include")),
        exclude=_goods(fields.nested("exclude")),
        channels=frozenset(fields.texts("channels")),
        locations=frozenset(fields.texts("locations")),
        tiers=frozenset(fields.texts("tiers")),
        segments=frozenset(fields.texts("segments")),
        starts=fields.moment("from"),
        ends=fields.moment("until"),
    )
    if scope.starts and scope.ends and scope.ends <= scope.starts:
        raise RuleError(fields.at("until"), "must be later than from")
    fields.done()
    return scope


def _goods(fields: Fields) -> Goods:
    goods = Goods(
        skus=frozenset(fields.texts("skus")),
        products=frozenset(fields.texts("products")),
        brands=frozenset(fields.texts("brands")),
        categories=frozenset(fields.texts("categories")),
        tags=frozenset(fields.texts("tags")),
    )
    fields.done()
    return goods


def _condition(fields: Fields) -> conditions.Condition:
    kind = fields.text("kind")
    if kind not in conditions.READERS:
        raise RuleError(fields.at("kind"), f"must be one of {', '.join(sorted(conditions.READERS))}")
    condition = conditions.READERS[kind](fields)
    fields.done()
    return condition


def _effect(fields: Fields) -> Effect:
    kind = fields.text("kind")
    if kind not in effects.READERS:
        raise RuleError(fields.at("kind"), f"must be one of {', '.join(sorted(effects.READERS))}")
    effect = effects.READERS[kind](fields)
    fields.done()
    return effect
