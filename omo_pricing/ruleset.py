"""Promotion rules, versioned, and found fast from the goods in a cart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from omo_pricing.allocation import Mode
from omo_pricing.conditions import Condition
from omo_pricing.effects import Effect
from omo_pricing.errors import RuleError
from omo_pricing.lines import OpenLine
from omo_pricing.reasons import Reason, Skipped

Facet = tuple[str, str]


class Stage(StrEnum):
    """In this order, always; after them spends pay."""

    PRODUCT = "product"
    LINE = "line"
    ORDER = "order"

    @property
    def mode(self) -> Mode:
        """How an effect falls on several lines unless it says otherwise."""
        return Mode.PROPORTIONATE if self is Stage.ORDER else Mode.INDIVIDUAL


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods by any of their names: one match is enough."""

    skus: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def facets(self) -> Iterator[Facet]:
        for name in ("skus", "products", "brands", "categories", "tags"):
            for value in getattr(self, name):
                yield name, value


@dataclass(frozen=True, slots=True)
class Scope:
    """Where, when, for whom and for which goods a rule holds; what is empty means any."""

    include: Goods = field(default_factory=Goods)
    exclude: Goods = field(default_factory=Goods)
    channels: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    starts: datetime | None = None
    """From this moment on."""
    ends: datetime | None = None
    """Until just before this moment."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One promotion. How often it may be used is not its business but that of whoever keeps the uses."""

    id: str
    version: str
    stage: Stage
    effect: Effect
    priority: int = 0
    """The higher goes first inside a stage; equals go by id."""
    codes: frozenset[str] = frozenset()
    """Any of them triggers it; a rule without codes is automatic, unless it is issued."""
    scope: Scope = field(default_factory=Scope)
    conditions: tuple[Condition, ...] = ()
    stop_after: bool = False
    """The lines that it takes from are closed to the rules after it in its stage."""
    issued: bool = False
    """Only a coupon or benefit that somebody was given opens it, by the rule's id."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in force under one version; made once and used for many carts."""

    version: str
    rules: tuple[Rule, ...]
    index: Index = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", Index(self.rules))


class Index:
    """Rules in their order of application, and which of them a good's names lead to."""

    __slots__ = ("_exclude", "_include", "_open", "asked", "codes", "idle", "issued", "ordered")

    def __init__(self, rules: Sequence[Rule]) -> None:
        stages = list(Stage)
        self.ordered = tuple(sorted(rules, key=lambda rule: (stages.index(rule.stage), -rule.priority, rule.id)))
        self.idle = tuple(Skipped(rule.id, rule.version, _idle(rule)) for rule in self.ordered)
        """What is told of a rule that nothing in the cart leads to."""
        self.asked = frozenset(place for place, rule in enumerate(self.ordered) if rule.codes or rule.issued)
        """Rules that hold for nobody who does not ask for them."""
        self.issued = {rule.id: place for place, rule in enumerate(self.ordered) if rule.issued}
        self.codes: dict[str, list[int]] = {}
        self._include: dict[Facet, list[int]] = {}
        self._exclude: dict[Facet, list[int]] = {}
        self._open: set[int] = set()
        for place, rule in enumerate(self.ordered):
            self._add(place, rule)
        _check_unique(rules)

    def matches(self, lines: list[OpenLine]) -> dict[int, list[OpenLine]]:
        """The lines in each rule's scope, by the rule's place; a rule without any is left out."""
        found: dict[int, list[OpenLine]] = dict.fromkeys(self._open, lines) if lines else {}
        barred: dict[int, set[int]] = {}
        for line in lines:
            facets = tuple(line.item.facets())
            for place in {place for facet in facets for place in self._include.get(facet, ())}:
                found.setdefault(place, []).append(line)
            for facet in facets:
                for place in self._exclude.get(facet, ()):
                    barred.setdefault(place, set()).add(line.line.line_no)
        for place, numbers in barred.items():
            if place in found:
                found[place] = [line for line in found[place] if line.line.line_no not in numbers]
        return found

    def _add(self, place: int, rule: Rule) -> None:
        for code in rule.codes:
            self.codes.setdefault(code, []).append(place)
        for facet in rule.scope.exclude.facets():
            self._exclude.setdefault(facet, []).append(place)
        included = list(rule.scope.include.facets())
        if not included:
            self._open.add(place)
        for facet in included:
            self._include.setdefault(facet, []).append(place)


def _idle(rule: Rule) -> Reason:
    return Reason.CODE_NOT_GIVEN if rule.codes or rule.issued else Reason.NO_MATCHING_LINE


def _check_unique(rules: Sequence[Rule]) -> None:
    seen: set[str] = set()
    for place, rule in enumerate(rules):
        if rule.id in seen:
            raise RuleError(f"rules[{place}].id", f"must be unique in the set: {rule.id}")
        seen.add(rule.id)
