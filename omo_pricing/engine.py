"""The promotion engine: a pure function from a cart and its snapshots to a price."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from omo_pricing import stages
from omo_pricing.allocation import allocate
from omo_pricing.cart import Cart, Member, Spend
from omo_pricing.catalogue import Catalogue
from omo_pricing.errors import CartError
from omo_pricing.lines import OpenLine, open_lines
from omo_pricing.priced import ENGINE, Priced, PricedLine, Spent
from omo_pricing.ruleset import RuleSet
from omo_pricing.tax import TaxLevel, tax_of
from omo_pricing.units import Sold


def evaluate(cart: Cart, member: Member, catalogue: Catalogue, rules: RuleSet, at: datetime) -> Priced:
    """What the cart costs this member at that moment.

    Reads no clock, no file and no locale, uses no float and no order of hashes: a till without a network and a
    server come to the same answer. The order of `cart.lines` does not matter, their numbers do.
    """
    if at.tzinfo is None:
        raise CartError("at", "must carry its offset")
    lines = open_lines(cart, catalogue)
    outcome = stages.run(lines, cart, member, rules, at)
    drafts = [_Draft(line) for line in lines]
    spent = tuple(_pay(drafts, spend) for spend in cart.spends)
    return Priced(
        engine=ENGINE,
        at=at.astimezone(UTC),
        channel_id=cart.channel_id,
        location_id=cart.location_id,
        currency=catalogue.currency,
        tax_included=catalogue.tax_included,
        policy=catalogue.policy,
        catalogue_version=catalogue.catalogue_version,
        price_list_version=catalogue.price_list_version,
        rules_version=rules.version,
        lines=tuple(draft.line() for draft in drafts),
        applied=outcome.applied,
        skipped=outcome.skipped,
        codes=outcome.codes,
        spent=spent,
    )


def _pay(drafts: Sequence[_Draft], spend: Spend) -> Spent:
    """Spreads a spend over all lines and units by what they still have to pay; what is not needed stays with him."""
    payable = [draft.payable for draft in drafts]
    amount = min(spend.amount, sum(payable))
    for draft, share in zip(drafts, allocate(amount, payable), strict=True):
        draft.spend(spend.source, share)
    return Spent(spend.source, spend.amount, amount)


class _Draft:
    """A discounted line on its way to units, tax and spends."""

    __slots__ = ("_open", "_sold", "_spent", "_tax", "_total", "payable")

    def __init__(self, line: OpenLine) -> None:
        self._open = line
        self._sold = Sold(line.line.units, line.gross)
        for rule_id, amount in line.discounts.items():
            self._sold.less(rule_id, amount)
        self._tax = self._taxed()
        self._total = self.payable = line.left if line.catalogue.tax_included else line.left + self._tax
        self._spent: dict[str, int] = {}

    def spend(self, source: str, amount: int) -> None:
        if not amount:
            return
        self._sold.spend(source, amount)
        self._spent[source] = amount
        self.payable -= amount

    def line(self) -> PricedLine:
        line, item = self._open.line, self._open.item
        return PricedLine(
            line_no=line.line_no,
            sku=line.sku,
            quantity=line.quantity,
            measure=line.measure,
            list_price=line.list_price or item.price,
            gross=self._open.gross,
            discounts=self._open.discounts,
            net=self._open.left,
            tax_class=item.tax_class,
            tax_rate_ppm=item.tax_rate_ppm,
            tax=self._tax,
            total=self._total,
            spent=self._spent,
            units=self._sold.runs(),
        )

    def _taxed(self) -> int:
        rate, included = self._open.item.tax_rate_ppm, self._open.catalogue.tax_included
        policy = self._open.catalogue.policy
        if policy.tax_level is TaxLevel.UNIT:
            return self._sold.tax_each(rate, included, policy.tax)
        tax = tax_of(self._open.left, rate, included, policy.tax)
        self._sold.tax(tax, included)
        return tax
