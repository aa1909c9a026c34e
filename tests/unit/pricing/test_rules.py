"""Rules as data: what is read, and what is refused with its path, by the engine and by the schema alike."""

from __future__ import annotations

import copy
import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import omo_pricing as pricing
from tests.unit.pricing.full_rules import FULL, READ

jsonschema = importlib.import_module("jsonschema")
SCHEMA = json.loads((Path(pricing.__file__).parent / "rules.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_every_field_is_read() -> None:
    assert pricing.rules.parse(FULL) == READ
    assert not list(VALIDATOR.iter_errors(FULL))


def test_the_publisher_counts_versions() -> None:
    assert pricing.rules.parse({"rules": []}, version="8").version == "8"
    assert pricing.rules.parse({"version": "draft", "rules": []}, version="8").version == "8"


def put(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Sets a field by its path; None takes it away."""

    def spoil(document: dict[str, Any]) -> None:
        *way, last = path.replace("]", "").replace("[", ".").split(".")
        place: Any = document
        for step in way:
            place = place[int(step)] if step.isdecimal() else place.setdefault(step, {})
        if value is None:
            del place[last]
        else:
            place[int(last) if last.isdecimal() else last] = value

    return spoil


SPOILT: list[tuple[str, object, str]] = [
    ("version", None, "version"),
    ("version", "", "version"),
    ("rules", "none", "rules"),
    ("rules[1]", 5, "rules[1]"),
    ("extra", 1, "extra"),
    ("rules[0].id", None, "rules[0].id"),
    ("rules[0].id", 7, "rules[0].id"),
    ("rules[0].id", "x" * 256, "rules[0].id"),
    ("rules[0].version", None, "rules[0].version"),
    ("rules[0].stage", "shipping", "rules[0].stage"),
    ("rules[0].stage", "payment", "rules[0].stage"),
    ("rules[4].stage", "order", "rules[4].stage"),
    ("rules[0].limit", {}, "rules[0].limit.total"),
    ("rules[0].limit.total", 0, "rules[0].limit.total"),
    ("rules[0].scope.hours[0].days", [8], "rules[0].scope.hours[0].days[0]"),
    ("rules[0].scope.hours[0].from", "9:30", "rules[0].scope.hours[0].from"),
    ("rules[2].effect.trigger_quantity", 1, "rules[2].effect.trigger_quantity"),
    ("rules[2].effect.discounted_quantity", 0, "rules[2].effect.discounted_quantity"),
    ("rules[2].effect.give", None, "rules[2].effect.give.kind"),
    ("rules[2].effect.give.amount", 3, "rules[2].effect.give.amount"),
    ("rules[2].effect.max_occurrence", 0, "rules[2].effect.max_occurrence"),
    ("rules[3].effect.parts", [], "rules[3].effect.parts"),
    ("rules[3].effect.parts[0].goods", {}, "rules[3].effect.parts[0].goods"),
    ("rules[3].effect.give.amount", -1, "rules[3].effect.give.amount"),
    ("rules[5].effect.sku", None, "rules[5].effect.sku"),
    ("rules[6].effect.basis_points", 0, "rules[6].effect.basis_points"),
    ("groups[0].mode", "best", "groups[0].mode"),
    ("groups[0].scope", "line", "groups[0].scope"),
    ("stacking.applied_limit", 0, "stacking.applied_limit"),
    ("stacking.admission", "some", "stacking.admission"),
    ("combine", "sum", "combine"),
    ("purchase_limits[0]", {"id": "x"}, "purchase_limits[0].max_per_cart"),
    ("utc_offset", 900, "utc_offset"),
    ("rules[0].priority", 1.5, "rules[0].priority"),
    ("rules[0].priority", 1_000_001, "rules[0].priority"),
    ("rules[0].trigger", "always", "rules[0].trigger"),
    ("rules[0].codes", None, "rules[0].codes"),
    ("rules[0].codes", [], "rules[0].codes"),
    ("rules[0].codes", "SPRING", "rules[0].codes"),
    ("rules[0].codes[1]", 4, "rules[0].codes[1]"),
    ("rules[1].codes", ["X"], "rules[1].codes"),
    ("rules[0].condition", [], "rules[0].condition"),
    ("rules[0].scope.channel", ["web"], "rules[0].scope.channel"),
    ("rules[0].scope.include.sku", ["a"], "rules[0].scope.include.sku"),
    ("rules[0].scope.tiers", {"gold": True}, "rules[0].scope.tiers"),
    ("rules[0].scope.from", "2026-03-01", "rules[0].scope.from"),
    ("rules[0].scope.from", "2026-03-01T00:00:00", "rules[0].scope.from"),
    ("rules[0].conditions[0].kind", "min_weight", "rules[0].conditions[0].kind"),
    ("rules[0].conditions[0].quantity", 0, "rules[0].conditions[0].quantity"),
    ("rules[0].conditions[0].quantity", True, "rules[0].conditions[0].quantity"),
    ("rules[0].conditions[1].basis", "gross", "rules[0].conditions[1].basis"),
    ("rules[0].conditions[1].amount", 2**63, "rules[0].conditions[1].amount"),
    ("rules[0].effect", None, "rules[0].effect.kind"),
    ("rules[0].effect.kind", "free", "rules[0].effect.kind"),
    ("rules[0].effect.amount", 0, "rules[0].effect.amount"),
    ("rules[0].effect.mode", "fair", "rules[0].effect.mode"),
    ("rules[0].effect.basis_points", 5, "rules[0].effect.basis_points"),
    ("rules[0].effect", {"kind": "percent_off", "basis_points": 10_001}, "rules[0].effect.basis_points"),
    ("rules[1].effect.mode", "even", "rules[1].effect.mode"),
    ("rules[1].effect.each_unit", "yes", "rules[1].effect.each_unit"),
    ("rules[1].stop_after", 1, "rules[1].stop_after"),
]


@pytest.mark.parametrize(
    ("path", "value", "expected"), SPOILT, ids=[f"{path}={value}"[:40] for path, value, _ in SPOILT]
)
def test_what_is_wrong_is_named_by_its_path(path: str, value: object, expected: str) -> None:
    document = copy.deepcopy(FULL)
    put(path, value)(document)
    with pytest.raises(pricing.RuleError) as refused:
        pricing.rules.parse(document)
    assert refused.value.path == expected
    assert list(VALIDATOR.iter_errors(document)), "the schema lets through what the engine refuses"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("rules[1].id", "spring", "rules[1].id"),
        ("rules[0].scope.until", "2026-02-28T16:00:00Z", "rules[0].scope.until"),
        ("rules[0].scope.until", "2026-02-30T00:00:00Z", "rules[0].scope.until"),
        ("rules[0].scope.hours[0].until", "09:30", "rules[0].scope.hours[0].until"),
        ("rules[2].effect.discounted_quantity", 4, "rules[2].effect.discounted_quantity"),
        ("rules[0].group", "lost", "rules[0].group"),
        ("rules[1].group", "cards", "groups[cards]"),
        ("groups[0].parent", "lost", "groups[0].parent"),
        ("groups[1].parent", "cards", "groups[0].parent"),
        ("groups[1].id", "cards", "groups"),
        ("purchase_limits[0].min_per_cart", 3, "purchase_limits[0].max_per_cart"),
    ],
)
def test_what_no_schema_can_say_is_refused_too(path: str, value: object, expected: str) -> None:
    document = copy.deepcopy(FULL)
    put(path, value)(document)
    with pytest.raises(pricing.RuleError) as refused:
        pricing.rules.parse(document)
    assert refused.value.path == expected


@pytest.mark.parametrize("document", [None, [], "rules", {"version": "1", "rules": [None]}])
def test_what_is_no_document_is_refused(document: object) -> None:
    with pytest.raises(pricing.RuleError):
        pricing.rules.parse(document)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_everything_that_is_wrong_is_told_at_once_with_its_rule() -> None:
    document = copy.deepcopy(FULL)
    for path, value in [("rules[0].priority", 1.5), ("rules[3].effect.parts", []), ("groups[1].mode", "best")]:
        put(path, value)(document)
    found = [(error.path, error.rule_id) for error in pricing.rules.check(document)]
    assert found == [
        ("rules[0].priority", "spring"),
        ("rules[3].effect.parts", "suit"),
        ("groups[1].mode", "all"),
    ]
    assert pricing.rules.check(FULL) == ()
