"""Prices a basket from the till's own copies, as the server would from its own: same engine, same choices."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import omo_pricing
from omo.inventory.v1 import catalogue_pb2
from omo.storefacts.v1 import facts_pb2 as facts
from omo_pricing import Cart, CartLine, Gift, Item, Member, NotSold, Priced, RuleSet, price_lists
from omo_storelink import listed_goods
from omo_storelink.deliveries import CARRY_OUT, Sending
from omo_storelink.errors import CannotPrice
from omo_storelink.listed_goods import Listed
from omo_storelink.range_of_goods import Gates
from omo_storelink.store_reference import Reference

_Good = tuple[catalogue_pb2.Product, catalogue_pb2.Variant]
MAX_LINES = 100
MAX_QUANTITY = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One good: by SKU or barcode, in base units."""

    code: str
    quantity: int
    seller_staff_code: str = ""
    gift_card_id: str = ""
    """The gift card that it sells, as FindGiftCard told; one to a line, and never its code."""
    method: int = CARRY_OUT
    """SHIP what the store is short of, COLLECT what another store has; the rest is carried out."""
    location_id: str = ""
    """The store that has it; empty for SHIP: whoever is chosen."""


@dataclass(frozen=True, slots=True)
class Basket:
    """What is sold, to whom as far as it is known, and the codes he showed."""

    lines: Sequence[Line]
    member_id: str = ""
    tier: str = ""
    codes: Sequence[str] = ()
    opened: Sequence[str] = ()
    """Rules that coupons and benefits of the member's open, held for this sale while there was a line."""
    refused_gifts: Sequence[str] = ()
    """Rules whose gift the shopper leaves."""
    sending: Sending | None = None
    """How lines go that are shipped; without it nobody sends them."""
    tryout_id: str = ""
    """The reservation that it is bought out of."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A priced basket: show it, then let it become a sale."""

    basket: Basket
    priced: Priced
    dead_codes: tuple[str, ...] = field(default=())
    """Codes that nobody gave out, or that hold no longer."""

    @property
    def payable(self) -> int:
        """What the shopper pays, in minor units."""
        return self.priced.totals.payable

    def sale(self, sale_id: str, cashier_staff_code: str, tenders: Mapping[int, int]) -> facts.SaleFact:
        """The sale as a fact, without a receipt number; `tenders` are amounts by TenderKind."""
        priced = self.priced
        made = facts.SaleFact(
            sale_id=sale_id,
            channel_id=priced.channel_id,
            currency_code=priced.currency,
            tax_included=priced.tax_included,
            member_id=self.basket.member_id,
            cashier_staff_code=cashier_staff_code,
            catalogue_version=priced.catalogue_version,
            price_list_version=priced.price_list_version,
            rules_version=priced.rules_version,
            tryout_id=self.basket.tryout_id,
        )
        if self.basket.sending:
            made.delivery.CopyFrom(self.basket.sending.fact())
        made.business_time.FromDatetime(priced.at)
        for kind, amount in tenders.items():
            made.tenders.add(kind=kind, amount=amount)
        _add_lines(made, self)
        return made


class Pricer:
    """Prices for one till's store and channel; keeps the parsed rules until others come."""

    def __init__(self, reference: Reference, *, location_id: str, channel_id: str, currency: str) -> None:
        self._reference = reference
        self._location_id = location_id
        self._channel_id = channel_id
        self._currency = currency
        self._parsed: tuple[str, RuleSet] = ("0", RuleSet("0", ()))

    def offer(self, basket: Basket, at: datetime | None = None) -> Offer:
        """What the basket costs now; raises CannotPrice where our copies do not say."""
        at = at or datetime.now(UTC)
        _check(basket)
        rules = self._rules()
        goods = [self._good(number, line) for number, line in enumerate(basket.lines, 1)]
        spelling = {code.casefold(): code for code in rules.index.codes}
        cart = Cart(
            channel_id=self._channel_id,
            currency=self._currency,
            lines=tuple(
                CartLine(number, variant.sku, line.quantity, variant.by_measure)
                for number, (line, (_, variant)) in enumerate(zip(basket.lines, goods, strict=True), 1)
            ),
            location_id=self._location_id or None,
            opened=tuple(basket.opened),
            refused=frozenset(basket.refused_gifts),
            codes=tuple(dict.fromkeys(spelling.get(code.strip().casefold(), code) for code in basket.codes)),
        )
        catalogue = self._catalogue(goods, self._gifts(rules), basket.tier, at)
        member = Member(basket.tier or None, known=bool(basket.member_id))
        try:
            priced = omo_pricing.evaluate(cart, member, catalogue, rules, at)
        except omo_pricing.PricingError as error:
            raise CannotPrice(str(error)) from error
        dead = {omo_pricing.Reason.UNKNOWN_CODE, omo_pricing.Reason.NOT_STARTED, omo_pricing.Reason.ENDED}
        return Offer(basket, priced, tuple(answer.code for answer in priced.codes if answer.reason in dead))

    def not_sold(self, basket: Basket, at: datetime | None = None) -> dict[int, NotSold]:
        """The lines that this store does not sell now, by their number, and why not: by the assortments.

        The price stands and the sale is taken all the same: what is sold in a store is a fact. The cashier is warned.
        """
        gates = Gates(self._reference, channel_id=self._channel_id, location_id=self._location_id)
        found = {
            number: gates.why_not(*good, at or datetime.now(UTC))
            for number, line in enumerate(basket.lines, 1)
            if (good := self._reference.product(line.code)) is not None
        }
        return {number: why for number, why in found.items() if why is not None}

    def _rules(self) -> RuleSet:
        held = self._reference.rules()
        if held.version and held.version != self._parsed[0]:
            self._parsed = (held.version, omo_pricing.rules.parse(json.loads(held.rules_json), held.version))
        return self._parsed[1]

    def _gifts(self, rules: RuleSet) -> list[_Good]:
        """What rules may give away, as far as we know it; nobody gives what he does not sell."""
        skus = sorted({rule.effect.sku for rule in rules.rules if isinstance(rule.effect, Gift)})
        found = [good for sku in skus if (good := self._reference.product(sku)) is not None]
        return [good for good in found if good[0].active and good[1].active and not good[0].placeholder]

    def _good(self, number: int, line: Line) -> _Good:
        found = self._reference.product(line.code)
        if found is None or not (found[0].active and found[1].active) or found[0].placeholder:
            raise CannotPrice(f"line {number}: {line.code} is not sold")
        return found

    def _catalogue(
        self, goods: Sequence[_Good], gifts: Sequence[_Good], tier: str, at: datetime
    ) -> omo_pricing.Catalogue:
        lists = self._lists(tier, at)
        rates = self._reference.tax_classes()
        items: dict[str, Item] = {}
        used: list[Listed] = []
        for product, variant in goods:
            listed, amount = self._deciding(variant.sku, lists, used)
            used.append(listed)
            items[variant.sku] = listed_goods.item(product, variant, amount, rates)
        for product, variant in gifts:
            with suppress(CannotPrice):  # what has no price here is given to nobody
                items.setdefault(
                    variant.sku, listed_goods.item(product, variant, self._deciding(variant.sku, lists, used)[1], rates)
                )
        return omo_pricing.Catalogue(
            catalogue_version=max(product.version for product, _ in goods),
            price_list_version=max(each.version for each in used),
            currency=self._currency,
            tax_included=used[0].tax_included,
            items=items,
        )

    def _lists(self, tier: str, at: datetime) -> list[Listed]:
        """Those that hold here and now, the one that wins first."""
        lists = (
            listed_goods.listed(each) for each in self._reference.price_lists() if each.currency_code == self._currency
        )
        return price_lists.holding(lists, self._channel_id, self._location_id, tier, at)

    def _deciding(self, sku: str, lists: Sequence[Listed], used: Sequence[Listed]) -> tuple[Listed, int]:
        """The list whose price holds; all lines of a basket share one tax basis, the first line's."""
        prices = self._reference.prices(sku)
        found = price_lists.deciding(lists, prices, used[0].tax_included if used else None)
        if found is None:
            raise CannotPrice(f"{sku} has no price here")
        return found, prices[found.price_list_id]


def _check(basket: Basket) -> None:
    if not 1 <= len(basket.lines) <= MAX_LINES:
        raise CannotPrice(f"lines: must hold 1 to {MAX_LINES} lines")
    for number, line in enumerate(basket.lines, 1):
        if not 1 <= line.quantity <= MAX_QUANTITY:
            raise CannotPrice(f"line {number}: quantity must be 1 to {MAX_QUANTITY}")
        if line.gift_card_id and line.quantity != 1:
            raise CannotPrice(f"line {number}: quantity must be 1, each gift card has a line of its own")


def _add_lines(made: facts.SaleFact, offer: Offer) -> None:
    versions = {each.rule_id: (each.rule_version, each.stage.value) for each in offer.priced.applied}
    asked = offer.basket.lines
    for number, line in enumerate(offer.priced.lines):
        added = made.lines.add(
            line_no=line.line_no,
            sku=line.sku,
            quantity=line.quantity,
            by_measure=line.measure,
            list_total=line.gross,
            net_total=line.net,
            tax_total=line.tax,
            # gifts come last: whoever sold the last of the goods gave them
            seller_staff_code=asked[min(number, len(asked) - 1)].seller_staff_code,
            gift_card_id=asked[number].gift_card_id if number < len(asked) else "",
            method=asked[number].method if number < len(asked) else CARRY_OUT,
            fulfilment_location_id=asked[number].location_id if number < len(asked) else "",
        )
        for rule_id, amount in line.discounts.items():
            version, stage = versions[rule_id]
            added.discounts.add(rule_id=rule_id, rule_version=version, stage=stage, amount=amount)
