"""Promotion rules, versioned, and found fast from the goods in a cart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from omo_pricing import groups as trees
from omo_pricing.allocation import Mode
from omo_pricing.bundle import Bundle
from omo_pricing.conditions import Condition
from omo_pricing.effects import Effect
from omo_pricing.errors import RuleError
from omo_pricing.goods import Facet, Goods
from omo_pricing.groups import Group
from omo_pricing.limits import PurchaseLimit, UsageLimit
from omo_pricing.lines import OpenLine
from omo_pricing.reasons import Reason, Skipped
from omo_pricing.scope import Scope
from omo_pricing.stacking import Combine, Stacking

__all__ = ["Facet", "Goods", "Index", "Rule", "RuleSet", "Scope", "Stage"]


class Stage(StrEnum):
    """In this order, always; after them spends pay."""

    PRODUCT = "product"
    LINE = "line"
    ORDER = "order"
    SHIPPING = "shipping"

    @property
    def mode(self) -> Mode:
        """How an effect falls on several lines unless it says otherwise."""
        return Mode.PROPORTIONATE if self is Stage.ORDER else Mode.INDIVIDUAL


@dataclass(frozen=True, slots=True)
class Rule:
    """One promotion's rule. How often it was used is not its business but that of whoever keeps the uses."""

    id: str
    version: str
    stage: Stage
    effect: Effect
    priority: int = 0
    """The higher goes first inside a stage or group; equals go by id."""
    codes: frozenset[str] = frozenset()
    """Any of them triggers it; a rule without codes is automatic, unless it is issued."""
    scope: Scope = field(default_factory=Scope)
    conditions: tuple[Condition, ...] = ()
    stop_after: bool = False
    """The lines that it takes from are closed to the rules after it in its stage."""
    issued: bool = False
    """Only a coupon or benefit that somebody was given opens it, by the rule's id."""
    group: str | None = None
    promotion: str | None = None
    """Of all rules of one promotion only the one that saves most gives something."""
    category: str | None = None
    """By which stacking counts and excludes it."""
    limit: UsageLimit | None = None

    @property
    def asked(self) -> bool:
        """It holds for nobody who does not ask for it."""
        return bool(self.codes) or self.issued


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in force under one version; made once and used for many carts."""

    version: str
    rules: tuple[Rule, ...]
    groups: tuple[Group, ...] = ()
    stacking: Stacking | None = None
    combine: Combine = Combine.STACKING
    purchase_limits: tuple[PurchaseLimit, ...] = ()
    utc_offset: int = 0
    """Minutes that the clocks are ahead of UTC where `hours` are meant."""
    index: Index = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", Index(self.rules, self.groups))


class Index:
    """Rules in their order of application, and which of them a good's names lead to."""

    __slots__ = ("_exclude", "_include", "_open", "asked", "codes", "idle", "issued", "ordered", "turn_of", "turns")

    def __init__(self, rules: Sequence[Rule], groups: Sequence[Group] = ()) -> None:
        stages = list(Stage)
        self.ordered = tuple(sorted(rules, key=lambda rule: (stages.index(rule.stage), -rule.priority, rule.id)))
        self.idle = tuple(Skipped(rule.id, rule.version, _idle(rule)) for rule in self.ordered)
        """What is told of a rule that nothing in the cart leads to."""
        self.asked = frozenset(place for place, rule in enumerate(self.ordered) if rule.asked)
        """Rules that hold for nobody who does not ask for them."""
        self.issued = {rule.id: place for place, rule in enumerate(self.ordered) if rule.issued}
        self.codes: dict[str, list[int]] = {}
        self._include: dict[Facet, list[int]] = {}
        self._exclude: dict[Facet, list[int]] = {}
        self._open: set[int] = set()
        for place, rule in enumerate(self.ordered):
            self._add(place, rule)
        _check_unique(rules)
        trees.check(rules, groups)
        self.turns = trees.turns(self.ordered, groups, stages)
        """Rules and groups of rules in the order in which their turn comes."""
        self.turn_of = {place: turn for turn, node in enumerate(self.turns) for place in trees.leaves(node)}

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
        if not included and isinstance(rule.effect, Bundle):
            included = list(rule.effect.facets())
        if not included:
            self._open.add(place)
        for facet in dict.fromkeys(included):
            self._include.setdefault(facet, []).append(place)


def _idle(rule: Rule) -> Reason:
    return Reason.CODE_NOT_GIVEN if rule.asked else Reason.NO_MATCHING_LINE


def _check_unique(rules: Sequence[Rule]) -> None:
    seen: set[str] = set()
    for place, rule in enumerate(rules):
        if rule.id in seen:
            raise RuleError(f"rules[{place}].id", f"must be unique in the set: {rule.id}", rule.id)
        seen.add(rule.id)
