"""What the rules say of some goods in some channels: pools, safety stock, thresholds, pickup, backorders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from omo_pricing import NotSold
from services.inventory.availability import domain_windows
from services.inventory.availability.domain_filters import Facts, Field
from services.inventory.availability.domain_rules import Display, Kind, Rule, Ruleset
from services.inventory.availability.domain_windows import ORDINARY, Range
from services.inventory.catalogue.domain_kits import Component

SURE = 1000
_EXACT = Display()
_DAYS = 3


class Out(StrEnum):
    """Why a place does not take part."""

    INACTIVE = "INACTIVE"
    VIRTUAL = "VIRTUAL"
    SHIPS_NOT = "SHIPS_NOT"
    NO_PICKUP = "NO_PICKUP"
    NOT_SELLABLE = "NOT_SELLABLE"
    FRANCHISE = "FRANCHISE"
    OUTSIDE_GROUPS = "OUTSIDE_GROUPS"
    RULED_OUT = "RULED_OUT"
    LOW_CONFIDENCE = "LOW_CONFIDENCE"
    # the place's assortment says so
    NOT_SOLD = "NOT_SOLD"


@dataclass(frozen=True, slots=True)
class Site:
    """A location, as far as it matters for what can be sold."""

    location_id: str
    kind: str
    groups: frozenset[str] = frozenset()
    active: bool = True
    ships: bool = True
    pickup: bool = True
    sellable: bool = True
    franchise: bool = False
    opted_in: bool = False
    # sells only what its assortment lists
    listed_only: bool = False

    @property
    def facts(self) -> Facts:
        """What filters look at."""
        return {
            Field.LOCATION: frozenset({self.location_id}),
            Field.GROUP: self.groups,
            Field.LOCATION_KIND: frozenset({self.kind}),
        }


@dataclass(frozen=True, slots=True)
class Outlet:
    """A channel, and the groups of locations that serve it; none: all serve it."""

    channel_id: str
    online: bool = True
    groups: frozenset[str] = frozenset()
    listed_only: bool = False


@dataclass(frozen=True)
class World:
    """Rules and places of one version, with what was worked out of them."""

    rules: Ruleset
    sites: Mapping[str, Site]
    outlets: Mapping[str, Outlet]

    @cached_property
    def of_site(self) -> dict[str, int]:
        """The rules that speak of each place."""
        return {site.location_id: self.rules.of_place(site.facts) for site in self.sites.values()}

    @cached_property
    def of_channel(self) -> dict[str, int]:
        """The rules that speak of each channel."""
        return {channel_id: self.rules.of_channel(channel_id) for channel_id in self.outlets}

    @cached_property
    def ordered(self) -> tuple[Site, ...]:
        """Warehouses first, each in the order of codes."""
        return tuple(sorted(self.sites.values(), key=lambda one: (one.kind != "WAREHOUSE", one.location_id)))


@dataclass(frozen=True, slots=True)
class Limits:
    """The rules for some goods, at one moment."""

    world: World
    # rules in force now
    now: int
    # the rules that speak of each good; a good that nobody described has none
    goods: Mapping[str, int]
    kits: Mapping[str, tuple[Component, ...]] = field(default_factory=dict)
    # per mille, where less than sure
    confidence: Mapping[tuple[str, str], int] = field(default_factory=dict)
    _pools: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    # the moment; without one no assortment is asked
    at: datetime | None = None
    ranges: Mapping[str, Range] = field(default_factory=dict)

    def pool(self, channel_id: str, sku: str) -> tuple[str, ...]:
        """The locations that may ship a good for a channel, best first."""
        key = (channel_id, self.goods.get(sku, 0))
        doubts = self.world.rules.kinds[Kind.MIN_CONFIDENCE]
        if doubts or key not in self._pools:
            found = (one for one in self.world.ordered if self.why_not_shipped(channel_id, sku, one)[0] is None)
            self._pools[key] = tuple(one.location_id for one in found)
        return self._pools[key]

    def safety(self, sku: str, location_id: str) -> int:
        """Units that stay out of the channels' reach at a location."""
        rule = self.rule(Kind.SAFETY_STOCK, sku, location_id)
        return rule.quantity if rule else 0

    def threshold(self, channel_id: str, sku: str) -> int:
        """Units of a channel's pool that are not offered."""
        rule = self.rule(Kind.THRESHOLD, sku, channel_id=channel_id)
        return rule.quantity if rule else 0

    def backorder(self, sku: str, location_id: str) -> int:
        """Units that may be promised beyond what is there."""
        rule = self.rule(Kind.BACKORDER_CAP, sku, location_id)
        return rule.quantity if rule else 0

    def soonest(self, sku: str, location_ids: Sequence[str]) -> Sequence[str]:  # noqa: ARG002
        """Rules know of no goods to come: the order of the pool stands."""
        return location_ids

    def pickable(self, sku: str, location_id: str) -> bool:
        """Whether the good can be collected at a location."""
        site = self.world.sites.get(location_id)
        return site is not None and self.why_not_picked(sku, site)[0] is None

    def display(self, channel_id: str, sku: str) -> Display:
        """What a channel's shoppers see; without a channel, the strictest of all online ones."""
        if not self.in_force(Kind.DISPLAY):
            return _EXACT
        named = [channel_id] if channel_id else [one.channel_id for one in self.world.outlets.values() if one.online]
        rules = [self.rule(Kind.DISPLAY, sku, channel_id=one) for one in named]
        return max((rule.display for rule in rules if rule), key=lambda one: one.strictness, default=_EXACT)

    def transfer_days(self, sku: str, location_id: str) -> int:
        """How long goods of other locations take to a location."""
        rule = self.rule(Kind.TRANSFER_DAYS, sku, location_id)
        return rule.quantity if rule else _DAYS

    def hold_ttl(self, sku: str, location_id: str) -> int:
        """Seconds that a cart holds a good at a location if its caller does not say; 0: no rule does."""
        rule = self.rule(Kind.HOLD_TTL, sku, location_id)
        return rule.quantity if rule else 0

    def not_sold(self, channel_id: str, sku: str) -> tuple[NotSold | None, datetime | None]:
        """Why a channel does not sell a good now, and from when on it will; who says nothing of it may be promised.

        Promises that stand are none of an assortment's business: it decides what is offered, not the pools.
        """
        outlet = self.world.outlets.get(channel_id)
        if self.at is None or outlet is None:
            return None, None
        return domain_windows.in_channel(self.ranges.get(sku, ORDINARY), channel_id, outlet.listed_only, self.at)

    def withheld(self, sku: str, location_id: str) -> bool:
        """Whether the place's assortment keeps it from selling the good now."""
        site = self.world.sites.get(location_id)
        if self.at is None or site is None:
            return False
        said = self.ranges.get(sku, ORDINARY)
        return domain_windows.at_place(said, location_id, site.listed_only, self.at) is not None

    def offered(self, channel_id: str, sku: str) -> bool:
        """Whether a channel sells a good now; without a channel, whether any online one does."""
        if channel_id:
            return self.not_sold(channel_id, sku)[0] is None
        online = [one.channel_id for one in self.world.outlets.values() if one.online]
        return not online or any(self.not_sold(one, sku)[0] is None for one in online)

    def in_force(self, kind: Kind) -> bool:
        """Whether there is any rule of this kind now."""
        return bool(self.world.rules.kinds[kind] & self.now)

    def rule(self, kind: Kind, sku: str, location_id: str = "", channel_id: str = "") -> Rule | None:
        """The rule that wins for a good, at a location or in a channel where one is named."""
        if not self.world.rules.kinds[kind]:
            return None
        masks = [self.now, self.goods.get(sku, 0)]
        if location_id:
            masks.append(self.world.of_site.get(location_id, 0))
        if channel_id:
            masks.append(self.world.of_channel.get(channel_id, 0))
        return self.world.rules.winner(kind, *masks)

    def why_not_shipped(self, channel_id: str, sku: str, site: Site) -> tuple[Out | None, Rule | None]:
        """Why a place does not ship a good for a channel, and the rule that says so."""
        outlet = self.world.outlets.get(channel_id)
        if fixed := _closed(site) or (None if site.ships else Out.SHIPS_NOT):
            return fixed, None
        if site.franchise and not site.opted_in and (outlet is None or outlet.online):
            return Out.FRANCHISE, None
        if outlet is None or (outlet.groups and outlet.groups.isdisjoint(site.groups)):
            return Out.OUTSIDE_GROUPS, None
        rule = self.rule(Kind.SHIPPABLE, sku, site.location_id, channel_id)
        if rule and not rule.allowed:
            return Out.RULED_OUT, rule
        return self._doubted(sku, site)

    def why_not_picked(self, sku: str, site: Site) -> tuple[Out | None, Rule | None]:
        """Why a good cannot be collected at a place, and the rule that says so."""
        if fixed := _closed(site) or (None if site.pickup else Out.NO_PICKUP):
            return fixed, None
        if not site.sellable:
            return Out.NOT_SELLABLE, None
        if self.withheld(sku, site.location_id):
            return Out.NOT_SOLD, None
        rule = self.rule(Kind.PICKABLE, sku, site.location_id)
        if rule and not rule.allowed:
            return Out.RULED_OUT, rule
        return self._doubted(sku, site)

    def _doubted(self, sku: str, site: Site) -> tuple[Out | None, Rule | None]:
        rule = self.rule(Kind.MIN_CONFIDENCE, sku, site.location_id)
        if rule and self.confidence.get((sku, site.location_id), SURE) < rule.quantity:
            return Out.LOW_CONFIDENCE, rule
        return None, None


def _closed(site: Site) -> Out | None:
    if not site.active:
        return Out.INACTIVE
    return Out.VIRTUAL if site.kind == "VIRTUAL" else None
