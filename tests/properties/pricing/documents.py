"""Rule sets as the documents that describe them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import omo_pricing as pricing
from omo_pricing.gives import Give, Off


def document(rules: pricing.RuleSet) -> dict[str, Any]:
    """What `rules.parse` would read as these rules."""
    told: dict[str, Any] = {"version": rules.version, "rules": [_rule(rule) for rule in rules.rules]}
    told["groups"] = [_plain(group) for group in rules.groups]
    told["combine"] = rules.combine.value
    if rules.stacking:
        told["stacking"] = _plain(rules.stacking)
    return told


def _rule(rule: pricing.Rule) -> dict[str, Any]:
    told: dict[str, Any] = _plain(rule)
    told["effect"] = {"kind": rule.effect.kind, **_plain(rule.effect)}
    told["conditions"] = [{"kind": each.kind, **_plain(each)} for each in rule.conditions]  # type: ignore[attr-defined]
    told["trigger"] = "issued" if told.pop("issued", False) else "code" if rule.codes else "auto"
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, Give):
        name = "basis_points" if value.off is Off.PERCENT else "amount"
        return {"kind": value.off.value, name: value.value}
    if is_dataclass(value):
        told = {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        # a price of 0 says something, what is left out says nothing
        return {name: each for name, each in told.items() if each is not None and each is not False and each != []}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value
