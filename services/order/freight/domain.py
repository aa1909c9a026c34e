"""What bringing goods costs, as the brand's terms: rules by way, method and channel, each with its steps."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.errors import invalid

BACK = "freight.back"
"""The timer that looks whether a fee comes back because the last of its goods was given up."""
MAX_RULES = 100
MAX_STEPS = 20
MAX_NAMES = 50
MAX_FEE = 1_000_000
_MAX_TEXT = 64
_MAX_AMOUNT = 10**12
_MAX_QUANTITY = 100_000_000


class Way(StrEnum):
    """Where shipped goods go to."""

    DELIVERY = "DELIVERY"
    SHIP_TO_STORE = "SHIP_TO_STORE"


class Basis(StrEnum):
    """By what a rule's steps count."""

    FLAT = "FLAT"
    AMOUNT = "AMOUNT"
    QUANTITY = "QUANTITY"


@dataclass(frozen=True, slots=True)
class Step:
    """What it costs from here on."""

    at_least: int
    amount: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One fee; what is named by nothing is all of it."""

    fee_id: str
    way: Way
    basis: Basis
    steps: tuple[Step, ...]
    methods: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def covers(self, way: Way, method: str, channel_id: str) -> bool:
        """Whether it is the fee of that method, there."""
        return self.way is way and _names(self.methods, method) and _names(self.channels, channel_id)

    def fee(self, amount: int, quantity: int) -> int:
        """What it asks for goods that come to so much, and are so many units."""
        value = amount if self.basis is Basis.AMOUNT else quantity if self.basis is Basis.QUANTITY else 0
        return next((step.amount for step in reversed(self.steps) if step.at_least <= value), self.steps[0].amount)


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of all fees; without any, nothing costs anything."""

    version: int = 0
    rules: tuple[Rule, ...] = ()
    tax_class: str = ""

    def rule(self, way: Way, method: str, channel_id: str) -> Rule | None:
        """The one fee of that method, there; None: it is free."""
        return next((rule for rule in self.rules if rule.covers(way, method, channel_id)), None)


@dataclass(frozen=True, slots=True)
class Published:
    """Terms with who put them in force, when and why."""

    terms: Terms
    business_time: datetime | None = None
    reason: str = ""
    actor_kind: str = ""
    actor_id: str = ""


@dataclass(frozen=True, slots=True)
class Brand:
    """What rules may name."""

    methods: Collection[str]
    channels: Collection[str]
    """The online ones: a till's sale is what its receipt says."""
    tax_classes: Collection[str]
    taxed: bool = False
    """Whether any of them has a rate: then bringing goods is taxed too, as somebody must say."""


def checked(given: Terms, brand: Brand) -> Terms:
    """Refuses terms that make no sense, or of which two parts are for the same, naming field and rule."""
    if len(given.rules) > MAX_RULES:
        raise invalid("fees.rules", f"must hold at most {MAX_RULES}")
    if given.tax_class and given.tax_class not in brand.tax_classes:
        raise invalid("fees.tax_class", "must be a tax class of the brand, or empty")
    for place, rule in enumerate(given.rules):
        path = f"fees.rules[{place}]"
        _check_names(path, rule, brand)
        _check_steps(path, rule)
        for before, other in enumerate(given.rules[:place]):
            if other.fee_id == rule.fee_id:
                raise invalid(f"{path}.fee_id", f"must not be that of rules[{before}]")
            if _overlap(other, rule):
                raise invalid(path, f"must not be for what rules[{before}] is for")
    if given.rules and brand.taxed and not given.tax_class:
        raise invalid("fees.tax_class", "must be one of the brand's: what it sells is taxed")
    return given


def _check_names(path: str, rule: Rule, brand: Brand) -> None:
    if not 1 <= len(rule.fee_id) <= _MAX_TEXT:
        raise invalid(f"{path}.fee_id", f"must have 1 to {_MAX_TEXT} characters")
    known = (("shipping_methods", rule.methods, brand.methods, "methods"),
             ("channels", rule.channels, brand.channels, "online channels"))  # fmt: skip
    for name, named, all_of, what in known:
        if len(named) > MAX_NAMES or len(set(named)) < len(named):
            raise invalid(f"{path}.{name}", f"must name at most {MAX_NAMES}, each once")
        for place, one in enumerate(named):
            if one not in all_of:
                raise invalid(f"{path}.{name}[{place}]", f"must be one of the brand's {what}")


def _check_steps(path: str, rule: Rule) -> None:
    if not 1 <= len(rule.steps) <= (1 if rule.basis is Basis.FLAT else MAX_STEPS):
        most = "one" if rule.basis is Basis.FLAT else f"1 to {MAX_STEPS}"
        raise invalid(f"{path}.steps", f"must hold {most}")
    first = 1 if rule.basis is Basis.QUANTITY else 0
    if rule.steps[0].at_least != first:
        raise invalid(f"{path}.steps[0].at_least", f"must be {first}")
    last = _MAX_QUANTITY if rule.basis is Basis.QUANTITY else _MAX_AMOUNT
    for place, step in enumerate(rule.steps):
        if not 0 <= step.amount <= MAX_FEE:
            raise invalid(f"{path}.steps[{place}].amount", f"must be 0 to {MAX_FEE}")
        if step.at_least > last:
            raise invalid(f"{path}.steps[{place}].at_least", f"must be at most {last}")
        if place:
            _check_order(f"{path}.steps[{place}]", rule.basis, rule.steps[place - 1], step)


def _check_order(path: str, basis: Basis, before: Step, step: Step) -> None:
    """Who buys more never pays more for one unit less, nor less for one more: that would be a contradiction."""
    if step.at_least <= before.at_least:
        raise invalid(f"{path}.at_least", "must be more than the step before")
    if basis is Basis.AMOUNT and step.amount >= before.amount:
        raise invalid(f"{path}.amount", "must be less than before: the more the goods cost, the less it does")
    if basis is Basis.QUANTITY and step.amount <= before.amount:
        raise invalid(f"{path}.amount", "must be more than before: more units never cost less to bring")


def _names(named: Sequence[str], one: str) -> bool:
    return not named or one in named


def _overlap(one: Rule, other: Rule) -> bool:
    return one.way is other.way and _meet(one.methods, other.methods) and _meet(one.channels, other.channels)


def _meet(one: Sequence[str], other: Sequence[str]) -> bool:
    return not one or not other or not set(one).isdisjoint(other)
