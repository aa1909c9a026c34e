"""A rule set in force, and what makes one unfit."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import omo_pricing
from kit.errors import Code, Fault
from omo_pricing import RuleSet

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

    @classmethod
    def read(cls, rules_json: str, version: str) -> Self:
        """The rules of a document under the number that they are published as; refuses one that cannot run."""
        if len(rules_json) > MAX_DOCUMENT:
            raise RulesInvalid("rules_json is too long", path="", rule=f"must have at most {MAX_DOCUMENT} characters")
        try:
            document = json.loads(rules_json)
        except ValueError as error:
            raise RulesInvalid(f"rules_json is no JSON: {error}", path="", rule="must be a JSON document") from None
        try:
            rules = omo_pricing.rules.parse(document, version)
        except omo_pricing.RuleError as error:
            raise RulesInvalid(str(error), path=error.path, rule=error.rule) from None
        spelling = {code.casefold(): code for code in rules.index.codes}
        return cls(rules, spelling, {rule.id: rule.version for rule in rules.rules if rule.issued})

    def spelt(self, code: str) -> str:
        """The code as its rule spells it."""
        return self.spelling.get(code.strip().casefold(), code)


NONE = RuleBook(RuleSet("0", ()), {})
