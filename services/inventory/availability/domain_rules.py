"""Ordered rules, of which the last that matches wins: each is a bit, so that the winner is the highest bit left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.inventory.availability.domain_filters import EVERYTHING, Facts, Filter

# seconds that a cart may hold, whoever says so: its caller or a rule
SHORTEST_HOLD, LONGEST_HOLD = 60, 86_400


class Kind(StrEnum):
    """What a rule decides."""

    SAFETY_STOCK = "SAFETY_STOCK"
    THRESHOLD = "THRESHOLD"
    SHIPPABLE = "SHIPPABLE"
    PICKABLE = "PICKABLE"
    BACKORDER_CAP = "BACKORDER_CAP"
    MIN_CONFIDENCE = "MIN_CONFIDENCE"
    DISPLAY = "DISPLAY"
    TRANSFER_DAYS = "TRANSFER_DAYS"
    HOLD_TTL = "HOLD_TTL"


class Show(StrEnum):
    """What shoppers see of a quantity; the later, the less."""

    EXACT = "EXACT"
    LEVELS = "LEVELS"
    HIDDEN = "HIDDEN"


@dataclass(frozen=True, slots=True)
class Display:
    """What shoppers see, and from where on a quantity is called what."""

    show: Show = Show.EXACT
    low_below: int = 0
    high_from: int = 0

    @property
    def strictness(self) -> tuple[int, int]:
        """The greater, the less is shown."""
        return (list(Show).index(self.show), self.high_from)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; what its kind does not need is left as it is."""

    rule_id: str
    kind: Kind
    goods: Filter = EVERYTHING
    places: Filter = EVERYTHING
    channel_ids: frozenset[str] = frozenset()
    start: datetime | None = None
    end: datetime | None = None
    quantity: int = 0
    allowed: bool = False
    display: Display = Display()

    def in_force(self, at: datetime) -> bool:
        """Whether its time has come and not passed."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    def speaks_of(self, channel_id: str) -> bool:
        """Whether it is for this channel."""
        return not self.channel_ids or channel_id in self.channel_ids


def _mask(rules: Sequence[Rule], test: Callable[[Rule], bool]) -> int:
    return sum(1 << number for number, rule in enumerate(rules) if test(rule))


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One version of the rules, in their order."""

    version: int = 0
    rules: tuple[Rule, ...] = ()
    kinds: dict[Kind, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for kind in Kind:
            self.kinds[kind] = _mask(self.rules, lambda rule, kind=kind: rule.kind is kind)  # type: ignore[misc]

    def of_goods(self, facts: Facts) -> int:
        """The rules that speak of a good."""
        return _mask(self.rules, lambda rule: rule.goods.matches(facts))

    def of_place(self, facts: Facts) -> int:
        """The rules that speak of a place."""
        return _mask(self.rules, lambda rule: rule.places.matches(facts))

    def of_channel(self, channel_id: str) -> int:
        """The rules that speak of a channel."""
        return _mask(self.rules, lambda rule: rule.speaks_of(channel_id))

    def at(self, moment: datetime) -> int:
        """The rules that are in force."""
        return _mask(self.rules, lambda rule: rule.in_force(moment))

    def winner(self, kind: Kind, *masks: int) -> Rule | None:
        """The last rule of a kind that all masks leave."""
        left = self.kinds[kind]
        for mask in masks:
            left &= mask
        return self.rules[left.bit_length() - 1] if left else None

    def next_edge(self, after: datetime) -> datetime | None:
        """When a rule comes into force or leaves it next."""
        edges = (edge for rule in self.rules for edge in (rule.start, rule.end) if edge is not None and edge > after)
        return min(edges, default=None)

    @property
    def watch(self) -> int:
        """With more units than this at one place no change there decides whether a good can be had."""
        most = dict.fromkeys(Kind, 0)
        for rule in self.rules:
            most[rule.kind] = max(most[rule.kind], rule.quantity)
        return most[Kind.SAFETY_STOCK] + most[Kind.THRESHOLD]
