"""Reads each kind of effect from a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from omo_pricing.allocation import Mode
from omo_pricing.bundle import Bundle, Part
from omo_pricing.effects import AmountOff, Effect, FixedPrice, Gift, PercentOff, PointsMore, ShippingOff
from omo_pricing.errors import RuleError
from omo_pricing.fields import Fields
from omo_pricing.gives import WHOLE, Give, Off
from omo_pricing.goods import NAMES, Goods
from omo_pricing.lines import HIGHEST_AMOUNT
from omo_pricing.multibuy import Multibuy, Select
from omo_pricing.tax import Basis

MOST_UNITS = 1_000_000
MOST_PARTS = 10
MOST_POINTS = 1_000_000


def effect(fields: Fields) -> Effect:
    """The effect that an object describes."""
    kind = fields.text("kind")
    if kind not in READERS:
        raise RuleError(fields.at("kind"), f"must be one of {', '.join(sorted(READERS))}")
    read = READERS[kind](fields)
    fields.done()
    return read


def goods(fields: Fields) -> Goods:
    """Goods by their names."""
    named = Goods(**{name: frozenset(fields.texts(name)) for name in NAMES})
    fields.done()
    return named


def _percent_off(fields: Fields) -> Effect:
    return PercentOff(fields.whole("basis_points", 1, WHOLE), fields.optional_choice("mode", Mode))


def _amount_off(fields: Fields) -> Effect:
    amount = fields.whole("amount", 1, HIGHEST_AMOUNT)
    mode, each_unit = fields.optional_choice("mode", Mode), fields.flag("each_unit")
    if each_unit and mode not in {None, Mode.INDIVIDUAL}:
        raise RuleError(fields.at("mode"), "must be individual where the amount is for each unit")
    return AmountOff(amount, mode, each_unit, fields.optional_choice("basis", Basis))


def _fixed_price(fields: Fields) -> Effect:
    return FixedPrice(fields.whole("amount", 0, HIGHEST_AMOUNT))


def _gift(fields: Fields) -> Effect:
    return Gift(fields.text("sku"), fields.whole("quantity", 1, MOST_UNITS, 1))


def _shipping_off(fields: Fields) -> Effect:
    return ShippingOff(_give(fields.nested("give")), frozenset(fields.texts("methods")))


def _points_more(fields: Fields) -> Effect:
    return PointsMore(fields.whole("basis_points", 1, MOST_POINTS))


def _multibuy(fields: Fields) -> Effect:
    trigger = fields.whole("trigger_quantity", 2, MOST_UNITS)
    return Multibuy(
        trigger_quantity=trigger,
        discounted_quantity=fields.whole("discounted_quantity", 1, trigger),
        give=_give(fields.nested("give")),
        select=fields.choice("select", Select, Select.CHEAPEST),
        max_occurrence=fields.whole("max_occurrence", 1, MOST_UNITS) if fields.has("max_occurrence") else None,
        whole_set=fields.flag("whole_set"),
    )


def _bundle(fields: Fields) -> Effect:
    parts = tuple(_part(Fields(value, path)) for path, value in fields.items("parts"))
    if not 2 <= len(parts) <= MOST_PARTS:
        raise RuleError(fields.at("parts"), f"must be 2 to {MOST_PARTS}")
    return Bundle(
        parts=parts,
        give=_give(fields.nested("give")),
        select=fields.choice("select", Select, Select.MOST_EXPENSIVE),
        max_occurrence=fields.whole("max_occurrence", 1, MOST_UNITS) if fields.has("max_occurrence") else None,
    )


def _part(fields: Fields) -> Part:
    named = goods(fields.nested("goods"))
    if not any(named.facets()):
        raise RuleError(fields.at("goods"), "must name some goods")
    part = Part(named, fields.whole("quantity", 1, MOST_UNITS, 1))
    fields.done()
    return part


def _give(fields: Fields) -> Give:
    off = fields.choice("kind", Off)
    if off is Off.PERCENT:
        give = Give(off, fields.whole("basis_points", 1, WHOLE))
    else:
        give = Give(off, fields.whole("amount", int(off is Off.AMOUNT), HIGHEST_AMOUNT))
    fields.done()
    return give


READERS: Final[Mapping[str, Callable[[Fields], Effect]]] = {
    PercentOff.kind: _percent_off,
    AmountOff.kind: _amount_off,
    FixedPrice.kind: _fixed_price,
    Multibuy.kind: _multibuy,
    Bundle.kind: _bundle,
    Gift.kind: _gift,
    ShippingOff.kind: _shipping_off,
    PointsMore.kind: _points_more,
}
