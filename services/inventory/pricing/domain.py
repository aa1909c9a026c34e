"""What list prices come to at each place of sale, and where they differ."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from omo_pricing import price_lists
from services.inventory.catalogue.domain import Channel, Location, PriceList


@dataclass(frozen=True, slots=True)
class Listed:
    """A price list's head, by the names of the shared rule."""

    head: PriceList

    @property
    def price_list_id(self) -> str:
        return self.head.price_list_id

    @property
    def channels(self) -> tuple[str, ...]:
        return self.head.channel_ids

    @property
    def locations(self) -> tuple[str, ...]:
        return self.head.location_ids

    @property
    def tiers(self) -> tuple[str, ...]:
        return self.head.tiers

    @property
    def starts(self) -> datetime | None:
        return self.head.start_time

    @property
    def ends(self) -> datetime | None:
        return self.head.end_time

    @property
    def priority(self) -> int:
        return self.head.priority

    @property
    def tax_included(self) -> bool:
        return self.head.tax_included


@dataclass(frozen=True, slots=True)
class SalesPlace:
    """A channel, and the store where it is one of stores."""

    channel_id: str
    location_id: str = ""


@dataclass(frozen=True, slots=True)
class Good:
    """A SKU with its price in each list."""

    sku: str
    product_id: str
    name: str
    prices: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Effective:
    """A price, the list that it comes from, and where it holds; without a list there is none."""

    listed: PriceList | None
    amount: int
    places: tuple[SalesPlace, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A SKU whose price is not the same everywhere."""

    good: Good
    prices: tuple[Effective, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One price that changed, or a list's head where there is no SKU."""

    change_id: str
    price_list_id: str
    sku: str
    amount_before: int | None
    amount: int | None
    head: PriceList | None
    version: int
    business_time: datetime
    record_time: datetime
    actor_kind: str
    actor_id: str
    actor_terminal_id: str
    reason: str


def places(channels: Iterable[Channel], locations: Sequence[Location], only: Sequence[str]) -> list[SalesPlace]:
    """Where goods are sold: each online channel, and each channel of stores at each of its open stores."""
    stores = [one.location_id for one in locations if one.active and one.kind in ("STORE", "OUTLET")]
    found = []
    for channel in channels:
        if only and channel.channel_id not in only:
            continue
        found += [SalesPlace(channel.channel_id, store) for store in (stores if channel.kind == "STORE" else [""])]
    return found


class Board:
    """The lists as they hold at a moment; places that see the same lists in the same order are looked at once."""

    def __init__(self, lists: Iterable[PriceList], where: Iterable[SalesPlace], tier: str, at: datetime) -> None:
        heads = [Listed(one) for one in lists]
        self._groups: dict[tuple[Listed, ...], list[SalesPlace]] = {}
        for place in where:
            held = price_lists.holding(heads, place.channel_id, place.location_id, tier, at)
            self._groups.setdefault(tuple(held), []).append(place)

    def gap(self, good: Good) -> Gap | None:
        """The good's different prices, the one of the most places first; None where there is but one."""
        found: dict[tuple[int, str, bool] | None, tuple[PriceList | None, int, list[SalesPlace]]] = {}
        for ranked, where in self._groups.items():
            decided = price_lists.deciding(ranked, good.prices)
            amount = good.prices[decided.price_list_id] if decided else 0
            # the same amount from two lists is the same price
            key = (amount, decided.head.currency_code, decided.tax_included) if decided else None
            found.setdefault(key, (decided.head if decided else None, amount, []))[2].extend(where)
        if len(found) < 2:
            return None
        most = sorted(found.values(), key=lambda one: (-len(one[2]), one[0] is None, one[1]))
        return Gap(good, tuple(Effective(listed, amount, tuple(where)) for listed, amount, where in most))


def resolve(
    lists: Iterable[PriceList], prices: Mapping[str, int], where: SalesPlace, tier: str, at: datetime
) -> PriceList | None:
    """The list whose price a SKU has there and then; None: it has none."""
    heads = (Listed(one) for one in lists)
    held = price_lists.holding(heads, where.channel_id, where.location_id, tier, at)
    found = price_lists.deciding(held, prices)
    return found.head if found else None
