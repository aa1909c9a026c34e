"""Turns a basket into a quote: which price holds for each good, and what the promotion engine makes of it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import omo_pricing
from kit.errors import invalid
from omo_pricing import Cart, CartLine, Fee, Item, Member, Priced, Spend, price_lists
from services.order.checkout import domain, domain_freight, domain_limits, domain_quoted, domain_spends
from services.order.checkout.domain import ChannelKind, Method
from services.order.checkout.domain_basket import (
    Basket,
    PickupNotOffered,
    Quote,
    SkuNotSoldHere,
    UnknownSku,
    Want,
)
from services.order.checkout.domain_spends import OPENERS, RuleNotInForce, Use
from services.order.preorders import domain as preorders
from services.order.promotions.domain import RuleBook
from services.order.reference.domain import Good, PriceList, Surroundings


class Pricer:
    """One basket, one shopper, one moment, and the copies that its price comes from."""

    def __init__(
        self,
        basket: Basket,
        tier: str,
        at: datetime,
        around: Surroundings,
        goods: Mapping[str, Good],
        book: RuleBook,
        currency: str,
    ) -> None:
        self._basket = basket
        self._tier = tier
        self._at = at
        self._around = around
        self._goods = goods
        self._book = book
        self._currency = currency
        known = basket.member_id is not None
        self._member = Member(tier or None, known=known, bought=basket.bought, segments=basket.segments)
        self._lists = [
            each
            for each in around.price_lists
            if each.currency == currency and each.applies(basket.channel_id, basket.location_id, tier, at)
        ]

    def quote(self) -> Quote:
        """What the basket costs; refuses what is not sold here, and codes that nobody gave out."""
        basket = self._basket
        if basket.channel_id not in self._around.channels:
            raise invalid("channel_id", "must be a channel of the brand")
        wants = [self._placed(f"lines[{place}]", want) for place, want in enumerate(basket.wants)]
        asked = self._asked(wants)
        priced, points = self._evaluated(self._fees(asked, wants))
        domain_quoted.check_codes(priced)
        freight = asked.charge(priced) if asked else None
        versions = domain_quoted.versions_of(priced)
        lines = domain_quoted.lines(priced, wants, self._goods)
        totals = domain.totals(lines, priced.tax_included, freight.total if freight else 0)
        spends = list[Use]()
        if basket.spends:
            spends = domain_spends.settled(basket.spends, lines, versions, totals.grand_total, priced.tax_included)
            lines = tuple(domain_quoted.unearned(line, spends) for line in lines)
        lines = domain_quoted.earning_more(lines, priced)
        return Quote(
            channel_id=basket.channel_id,
            location_id=basket.location_id,
            member_id=basket.member_id,
            currency=self._currency,
            tax_included=priced.tax_included,
            lines=lines,
            totals=totals,
            catalogue_version=priced.catalogue_version,
            price_list_version=priced.price_list_version,
            rules_version=priced.rules_version,
            points_spent=points,
            skipped=domain_quoted.told(priced),
            spends=tuple(spends),
            over=domain_limits.over(priced),
            limited=domain_limits.limited(self._book.rules, basket, self._member, self._at, self._goods),
            codes=tuple((each.code, each.reason.value) for each in priced.codes if each.reason),
            uses=priced.uses,
            coded=bool(basket.codes),
            preorders=preorders.taken(self._around.preorders, wants, self._at) if self._around.preorders else (),
            freight=freight,
            route=asked.route if asked else None,
            along=basket.along,
        )

    def _asked(self, wants: Sequence[Want]) -> domain_freight.Asked | None:
        """By what shipped lines are charged; a till's sale costs what its receipt says, and pays for no way."""
        basket, around = self._basket, self._around
        if basket.along or around.channels[basket.channel_id] != ChannelKind.ONLINE:
            return None
        shipped = tuple(number for number, want in enumerate(wants, 1) if want.method is Method.SHIP)
        way = domain_freight.route(basket.delivery)
        return domain_freight.asked(around.freight, around.tax_rates, way, basket.channel_id, shipped)

    def _fees(self, asked: domain_freight.Asked | None, wants: Sequence[Want]) -> tuple[Fee, ...]:
        """The fee before rules; where a threshold asks what the goods come to, they are priced first."""
        if asked is None:
            return ()
        goods = self._evaluate(0).lines if asked.by_amount else ()
        shipped = [wants[number - 1] for number in asked.line_nos]
        units = sum(1 if self._goods[want.sku].variant.by_measure else want.quantity for want in shipped)
        return asked.fees(sum(line.net for line in goods if line.line_no in asked.line_nos), units)

    def _evaluated(self, fees: tuple[Fee, ...]) -> tuple[Priced, int]:
        """The price, and how many points it takes; a point is never split, so what is over stays with him."""
        value, asked = self._around.point_value, self._basket.spend_points
        if not asked:
            return self._evaluate(0, fees), 0
        if not value:
            raise invalid("spend_points", "must be 0: points have no value in this program")
        priced = self._evaluate(asked * value, fees)
        points, rest = divmod(sum(spent.amount for spent in priced.spent), value)
        return (self._evaluate(points * value, fees) if rest else priced), points

    def _evaluate(self, spend: int, fees: tuple[Fee, ...] = ()) -> Priced:
        basket = self._basket
        catalogue = self._catalogue()
        cart = Cart(
            channel_id=basket.channel_id,
            currency=self._currency,
            lines=tuple(
                CartLine(number, want.sku, want.quantity, self._goods[want.sku].variant.by_measure)
                for number, want in enumerate(basket.wants, 1)
            ),
            location_id=basket.location_id or None,
            codes=tuple(dict.fromkeys(self._book.spelt(code) for code in basket.codes)),
            spends=(Spend(domain_quoted.POINTS, spend),) if spend else (),
            opened=self._opened(),
            refused=frozenset(basket.refused_gifts),
            remaining=basket.remaining,
            fees=fees,
        )
        try:
            return omo_pricing.evaluate(cart, self._member, catalogue, self._book.rules, self._at)
        except omo_pricing.CartError as error:
            raise invalid(error.path.removeprefix("cart."), error.rule) from error

    def _opened(self) -> tuple[str, ...]:
        """The rules that coupons and benefits open; refuses what no rule in force stands for."""
        for place, use in enumerate(self._basket.spends):
            if use.kind not in OPENERS:
                continue
            version = self._book.issued.get(use.rule_id)
            if version is None or (use.rule_version and version != str(use.rule_version)):
                raise RuleNotInForce(
                    f"rule {use.rule_id} is not in force", field=f"spends[{place}].rule_id", rule_id=use.rule_id
                )
        return tuple(use.rule_id for use in self._basket.spends if use.kind in OPENERS)

    def _catalogue(self) -> omo_pricing.Catalogue:
        items: dict[str, Item] = {}
        used: list[PriceList] = []
        for place, want in enumerate(self._basket.wants):
            listed = self._list_for(f"lines[{place}].sku", want.sku, used)
            good = self._goods[want.sku]
            rate = self._around.tax_rates.get(good.variant.tax_class, 0)
            items[want.sku] = good.item(listed.price_list_id, rate)
            used.append(listed)
        items |= self._gifts(items, used[:1])
        return omo_pricing.Catalogue(
            catalogue_version=max(self._goods[want.sku].variant.product_version for want in self._basket.wants),
            price_list_version=max(each.version for each in used),
            currency=self._currency,
            tax_included=used[0].tax_included,
            items=items,
        )

    def _gifts(self, items: Mapping[str, Item], used: Sequence[PriceList]) -> dict[str, Item]:
        """What rules may give away: the goods among them that are sold here, for nobody gives what he has not."""
        found: dict[str, Item] = {}
        for sku in sorted(self._book.gifts - items.keys()):
            with suppress(UnknownSku, SkuNotSoldHere):
                listed = self._list_for("gift", sku, used)
                good = self._goods[sku]
                rate = self._around.tax_rates.get(good.variant.tax_class, 0)
                found[sku] = good.item(listed.price_list_id, rate)
        return found

    def _list_for(self, path: str, sku: str, used: Sequence[PriceList]) -> PriceList:
        """The list whose price holds; all lines of a basket share one tax basis, the first line's."""
        good = self._goods.get(sku)
        if good is None or not good.variant.active or good.variant.placeholder:
            raise UnknownSku(f"{path}: {sku} is not sold", field=path, sku=sku)
        self._check_sold(path, good)
        listed = price_lists.deciding(self._lists, good.prices, used[0].tax_included if used else None)
        if listed is None:
            raise UnknownSku(f"{path}: {sku} has no price here", field=path, sku=sku)
        return listed

    def _check_sold(self, path: str, good: Good) -> None:
        """Refuses what the range of the channel, or of the store that sells, does not hold now."""
        sku, channel_id, location_id = good.variant.sku, self._basket.channel_id, self._basket.location_id
        why = omo_pricing.why_not(True, *self._around.gates(good, channel_id, location_id), self._at)
        if why is not None:
            raise SkuNotSoldHere(
                f"{path}: {sku} is not sold here now",
                field=path,
                sku=sku,
                channel_id=channel_id,
                location_id=location_id,
                why=why.value,
            )

    def _placed(self, path: str, want: Want) -> Want:
        """The line with its method and the place that it is fulfilled from."""
        online = self._around.channels[self._basket.channel_id] == domain.ChannelKind.ONLINE
        method = want.method or (None if online else Method.CARRY_OUT)
        if method is None:
            raise invalid(f"{path}.method", "must be COLLECT or SHIP")
        if (offer := self._around.preorders.get(want.sku)) is not None:
            want = preorders.placed(offer, path, replace(want, method=method), self._at)
        if method is Method.CARRY_OUT:
            place = self._around.locations.get(self._basket.location_id)
            if place is not None and place.kind == "DROP_POINT":
                raise invalid("location_id", "must be a store: a drop point only takes goods back")
            return replace(want, method=method, fulfilment_location_id=self._basket.location_id)
        place_id = want.fulfilment_location_id
        if method is Method.SHIP and not place_id:
            # promised from the channel's pool; who sends it is sourcing's to decide
            return replace(want, method=method)
        place = self._around.locations.get(place_id)
        if method is Method.COLLECT and (place is None or not place.pickup or not place.active):
            raise PickupNotOffered(
                f"{path}: nothing can be collected at {place_id}",
                field=f"{path}.fulfilment_location_id",
                location_id=place_id,
            )
        if place is None or not place.active or (method is Method.SHIP and not place.ships):
            raise invalid(f"{path}.fulfilment_location_id", "must be a location that ships")
        return replace(want, method=method, fulfilment_location_id=place_id)
