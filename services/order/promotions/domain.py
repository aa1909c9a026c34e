"""A rule set in force, and what makes one unfit."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import omo_pricing
from kit.errors import Code, Fault, invalid
from omo_pricing import Doubt, Gift, Rule, RuleError, RuleSet

# what an event can carry; a larger set is fetched by whoever hears of it
MAX_ANNOUNCED = 48 * 1024
MAX_DOCUMENT = 1024 * 1024


class RulesInvalid(Fault):
    code = Code.INVALID_ARGUMENT
    reason = "RULES_INVALID"


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A parsed rule set, and how each code is spelt in it: shoppers type as they like."""

    rules: RuleSet
    spelling: Mapping[str, str]
    issued: Mapping[str, str] = field(default_factory=dict)
    """By id, the version of each rule that only a coupon or benefit opens."""
    gifts: frozenset[str] = frozenset()
    """The SKUs that rules give away."""
    limited: tuple[Rule, ...] = ()
    """Rules that may be used so many times only."""
    segments: frozenset[str] = frozenset()
    """The segments that rules or limits name."""

    @classmethod
    def read(cls, rules_json: str, version: str) -> Self:
        """The rules of a document under the number that they are published as; refuses one that cannot run."""
        try:
            rules = omo_pricing.rules.parse(decoded(rules_json), version)
        except RuleError as error:
            refused = RulesInvalid(str(error), path=error.path, rule=error.rule)
            refused.metadata.update({"rule_id": error.rule_id} if error.rule_id else {})
            raise refused from None
        return cls.of(rules)

    @classmethod
    def of(cls, rules: RuleSet) -> Self:
        """What a checkout asks of rules, looked up once."""
        scopes = (*(rule.scope for rule in rules.rules), *(limit.scope for limit in rules.purchase_limits))
        return cls(
            rules,
            {code.casefold(): code for code in rules.index.codes},
            {rule.id: rule.version for rule in rules.rules if rule.issued},
            frozenset(rule.effect.sku for rule in rules.rules if isinstance(rule.effect, Gift)),
            tuple(rule for rule in rules.rules if rule.limit),
            frozenset(name for scope in scopes for name in scope.segments),
        )

    def spelt(self, code: str) -> str:
        """The code as its rule spells it."""
        return self.spelling.get(code.strip().casefold(), code)


@dataclass(frozen=True, slots=True)
class Published:
    """Which rule set was published when, by whom and why."""

    number: int
    business_time: datetime
    reason: str
    actor_kind: str
    actor_id: str


def decoded(rules_json: str) -> object:
    """The JSON document of a rule set."""
    if len(rules_json) > MAX_DOCUMENT:
        raise RulesInvalid("rules_json is too long", path="", rule=f"must have at most {MAX_DOCUMENT} characters")
    try:
        return json.loads(rules_json)
    except (ValueError, RecursionError) as error:
        raise RulesInvalid(f"rules_json is no JSON: {error}", path="", rule="must be a JSON document") from None


def checked(rules_json: str) -> tuple[tuple[RuleError, ...], tuple[Doubt, ...]]:
    """Everything that is wrong with a draft; where nothing is, what looks wrong about it."""
    data = decoded(rules_json)
    if errors := omo_pricing.rules.check(data):
        return errors, ()
    return (), omo_pricing.doubts(omo_pricing.rules.parse(data, "0"))


def without(rules_json: str, rule_ids: Sequence[str]) -> str:
    """The document of a rule set less some of its rules; refuses what is not in it."""
    told: dict[str, Any] = json.loads(rules_json)
    known = {rule["id"] for rule in told.get("rules", [])}
    for place, rule_id in enumerate(rule_ids):
        if rule_id not in known:
            raise invalid(f"rule_ids[{place}]", "must be a rule of the set in force")
    if not rule_ids:
        raise invalid("rule_ids", "must name a rule")
    kept = [rule for rule in told["rules"] if rule["id"] not in set(rule_ids)]
    return json.dumps({**told, "rules": kept}, ensure_ascii=False)


NONE = RuleBook(RuleSet("0", ()), {})
