"""What a good earns at a place: its list price there without tax, less what it cost."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from omo_pricing import price_lists
from services.inventory.catalogue.domain import Channel, PriceList, TaxClass
from services.inventory.planner.forecasting import Floats
from services.inventory.planner.store import Article, Place
from services.inventory.pricing.domain import Listed

_WHOLE = 10_000


class Margins:
    """The price lists that hold at a moment, by place; places that see the same lists are looked at once."""

    def __init__(
        self,
        lists: Sequence[PriceList],
        channels: Sequence[Channel],
        taxes: Sequence[TaxClass],
        places: Sequence[Place],
        at: datetime,
        assumed: int,
    ) -> None:
        heads = [Listed(one) for one in lists]
        online = next((one.channel_id for one in channels if one.kind == "ONLINE"), "")
        stores = next((one.channel_id for one in channels if one.kind == "STORE"), "")
        self._groups: dict[tuple[Listed, ...], list[int]] = {}
        for number, place in enumerate(places):
            channel, where = (online, "") if place.kind == "WAREHOUSE" else (stores, place.location_id)
            ranked = tuple(price_lists.holding(heads, channel, where, "", at))
            self._groups.setdefault(ranked, []).append(number)
        self._rates: Mapping[str, int] = {one.tax_class: one.rate_bp for one in taxes}
        self._assumed = assumed / 100
        self._places = len(places)

    def of(self, article: Article) -> Floats:
        """By place, of one base unit; nothing where it has no price, or sells below its cost."""
        found = np.zeros(self._places)
        for ranked, where in self._groups.items():
            decided = price_lists.deciding(ranked, article.prices)
            if decided is not None:
                found[where] = self._margin(article, article.prices[decided.price_list_id], decided.tax_included)
        return found

    def _margin(self, article: Article, amount: int, tax_included: bool) -> float:
        rate = self._rates.get(article.tax_class, 0) if tax_included else 0
        net = amount * _WHOLE / (_WHOLE + rate)
        earned = net - article.unit_cost if article.unit_cost else net * self._assumed
        return max(0.0, earned) / article.scale
