"""Rules, places and goods of which tests ask what can be sold."""

from datetime import UTC, datetime
from typing import Any

from services.inventory.availability import domain_atp
from services.inventory.availability.domain_atp import Shelf
from services.inventory.availability.domain_filters import Clause, Field, Filter
from services.inventory.availability.domain_limits import Limits, Outlet, Site, World
from services.inventory.availability.domain_rules import Rule, Ruleset

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TAGS = ("winter", "summer", "sale")


def tagged(*tags: str, every: bool = False) -> Filter:
    return Filter((Clause(Field.TAG, frozenset(tags), every),))


def placed(*places: str) -> Filter:
    return Filter((Clause(Field.LOCATION, frozenset(places)),))


def limits(*rules: Rule, sites: Any = ("X", "Y"), goods: Any = None, at: datetime = NOW, **more: Any) -> Limits:
    ruleset = Ruleset(1, rules)
    known = [one if isinstance(one, Site) else Site(one, "STORE") for one in sites]
    outlets = more.pop("outlets", (Outlet("web"),))
    world = World(ruleset, {one.location_id: one for one in known}, {one.channel_id: one for one in outlets})
    facts = {
        sku: {Field.SKU: frozenset({sku}), Field.TAG: frozenset(tags)} for sku, tags in (goods or {"A": ()}).items()
    }
    return Limits(world, ruleset.at(at), {sku: ruleset.of_goods(one) for sku, one in facts.items()}, **more)


def atp(found: Limits, levels: dict[str, int], sku: str = "A", channel: str = "web", unassigned: int = 0) -> int:
    return domain_atp.for_channel(found, {sku: Shelf(levels, unassigned)}, channel, sku)
