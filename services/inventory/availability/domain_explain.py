"""Why a channel can sell so much: each location's part, with the rules that decided."""

from dataclasses import dataclass

from omo_pricing import NotSold
from services.inventory.availability import domain_atp
from services.inventory.availability.domain_atp import NOTHING, Shelves
from services.inventory.availability.domain_limits import SURE, Limits, Out, Site
from services.inventory.availability.domain_rules import Kind, Rule
from services.inventory.catalogue import domain_kits


@dataclass(frozen=True, slots=True)
class Part:
    """One location."""

    location_id: str
    available: int
    safety: int
    safety_rule: Rule | None
    counted: int
    excluded: Out | None
    excluded_rule: Rule | None
    not_pickable: Out | None
    pickable_rule: Rule | None
    backorder_rule: Rule | None
    hold_ttl_rule: Rule | None
    confidence: int
    incoming: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole sum."""

    channel_id: str
    sku: str
    version: int
    parts: tuple[Part, ...]
    threshold_rule: Rule | None
    unassigned: int
    available: int
    display_rule: Rule | None
    remarks: tuple[str, ...]
    components: dict[str, int]
    not_sold: NotSold | None = None


def explain(limits: Limits, shelves: Shelves, channel_id: str, sku: str) -> Explanation:
    """The same sum as `domain_atp.for_channel`, with its reasons."""
    pool = set(domain_atp.pool(limits, channel_id, sku))
    parts = tuple(_part(limits, shelves, channel_id, sku, site, pool) for site in limits.world.ordered)
    kit = bool(limits.kits.get(sku))
    return Explanation(
        channel_id,
        sku,
        limits.world.rules.version,
        parts,
        limits.rule(Kind.THRESHOLD, sku, channel_id=channel_id),
        domain_atp.unassigned(limits, shelves, sku),
        domain_atp.for_channel(limits, shelves, channel_id, sku),
        limits.rule(Kind.DISPLAY, sku, channel_id=channel_id),
        tuple(_remarks(parts)),
        domain_kits.flat(sku, limits.kits) if kit else {},
        limits.not_sold(channel_id, sku)[0],
    )


def _part(limits: Limits, shelves: Shelves, channel_id: str, sku: str, site: Site, pool: set[str]) -> Part:
    place = site.location_id
    excluded, excluded_rule = limits.why_not_shipped(channel_id, sku, site)
    if excluded is None and place not in pool:  # a part of the kit is ruled out here
        excluded, excluded_rule = _of_kit(limits, channel_id, sku, site)
    not_pickable, pickable_rule = limits.why_not_picked(sku, site)
    kit = bool(limits.kits.get(sku))
    at_place = domain_atp.at_place(limits, shelves, sku, place)
    return Part(
        place,
        at_place if kit else shelves.get(sku, NOTHING).available.get(place, 0),
        0 if kit else limits.safety(sku, place),
        None if kit else limits.rule(Kind.SAFETY_STOCK, sku, place),
        at_place if place in pool else 0,
        excluded,
        excluded_rule,
        not_pickable,
        pickable_rule,
        limits.rule(Kind.BACKORDER_CAP, sku, place),
        limits.rule(Kind.HOLD_TTL, sku, place),
        limits.confidence.get((sku, place), SURE),
        sum(units for _, units in shelves.get(sku, NOTHING).incoming.get(place, ())),
    )


def _of_kit(limits: Limits, channel_id: str, sku: str, site: Site) -> tuple[Out | None, Rule | None]:
    for part in domain_kits.flat(sku, limits.kits):
        reason, rule = limits.why_not_shipped(channel_id, part, site)
        if reason is not None:
            return reason, rule
    return None, None


def _remarks(parts: tuple[Part, ...]) -> list[str]:
    """What an author should hear: rules that exclude everything have no fall-back, the figure is then 0."""
    if any(part.excluded is None for part in parts):
        return []
    if any(part.excluded in (Out.RULED_OUT, Out.LOW_CONFIDENCE) for part in parts):
        return ["the rules leave no location that serves this channel: nothing can be sold"]
    return ["no location serves this channel: nothing can be sold"]
