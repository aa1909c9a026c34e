"""The promotion engine: a pure function from a cart and its snapshots to a price."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from omo_pricing import limits
from omo_pricing.allocation import allocate
from omo_pricing.cart import Cart, Member, Spend
from omo_pricing.catalogue import Catalogue
from omo_pricing.decide import decide
from omo_pricing.errors import CartError
from omo_pricing.lines import OpenLine
from omo_pricing.priced import ENGINE, Applied, CodeAnswer, Priced, PricedFee, PricedLine, Spent, Use
from omo_pricing.reasons import Reason
from omo_pricing.ruleset import RuleSet
from omo_pricing.stages import Done, Run
from omo_pricing.tax import TaxLevel, tax_of


def evaluate(
    cart: Cart,
    member: Member,
    catalogue: Catalogue,
    rules: RuleSet,
    at: datetime,
    *,
    only: Collection[str] | None = None,
) -> Priced:
    """What the cart costs this member at that moment; `only` looks at no more than these rules, by id.

    Reads no clock, no file and no locale, uses no float and no order of hashes: a till without a network and a
    server come to the same answer. The order of `cart.lines` does not matter, their numbers do.
    """
    if at.tzinfo is None:
        raise CartError("at", "must carry its offset")
    run = decide(cart, member, catalogue, rules, at, only)
    drafts = [_Draft(line) for line in run.ground.priced()]
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
        applied=tuple(_applied(done, rules) for done in run.booked),
        skipped=tuple(filter(None, run.skipped)),
        codes=tuple(_answer(code, rules, run) for code in dict.fromkeys(cart.codes)),
        spent=spent,
        fees=tuple(_fee(fee) for fee in run.ground.fees),
        uses=_uses(run, rules),
        problems=limits.problems(rules.purchase_limits, run.ground.lines, cart, member, at, rules.utc_offset),
    )


def _pay(drafts: Sequence[_Draft], spend: Spend) -> Spent:
    """Spreads a spend over all lines and units by what they still have to pay; what is not needed stays with him."""
    payable = [draft.payable for draft in drafts]
    amount = min(spend.amount, sum(payable))
    for draft, share in zip(drafts, allocate(amount, payable), strict=True):
        draft.spend(spend.source, share)
    return Spent(spend.source, spend.amount, amount)


def _applied(done: Done, rules: RuleSet) -> Applied:
    rule = rules.index.ordered[done.place]
    on_goods = [(share.line.line.line_no, share) for share in done.shares if share.line.line.line_no]
    gifts = [line_no for line_no, share in on_goods if share.line.line.gift_of]
    return Applied(
        rule_id=rule.id,
        rule_version=rule.version,
        stage=rule.stage,
        kind=rule.effect.kind,
        amount=done.amount,
        lines=tuple((line_no, share.amount) for line_no, share in on_goods if share.amount),
        inputs={"base": done.base, **rule.effect.inputs(rule.stage.mode)},
        fees=tuple((share.line.line.sku, share.amount) for share in done.shares if not share.line.line.line_no),
        points=tuple((line_no, share.points) for line_no, share in on_goods if share.points),
        gift=gifts[0] if gifts else None,
    )


def _answer(code: str, rules: RuleSet, run: Run) -> CodeAnswer:
    """What to tell the shopper about a code."""
    places = rules.index.codes.get(code, ())
    helped = tuple(rules.index.ordered[place].id for place in places if not run.skipped[place])
    reasons = [found.reason for place in places if (found := run.skipped[place])]
    if helped:
        return CodeAnswer(code, helped, None)
    return CodeAnswer(code, (), reasons[0] if reasons else Reason.UNKNOWN_CODE)


def _uses(run: Run, rules: RuleSet) -> tuple[Use, ...]:
    used = [rules.index.ordered[place] for place in sorted({done.place for done in run.booked})]
    return tuple(
        Use(rule.id, rule.version, rule.limit.total, rule.limit.per_member, rule.limit.give_back)
        for rule in used
        if rule.limit
    )


def _fee(fee: OpenLine) -> PricedFee:
    policy, included = fee.catalogue.policy, fee.catalogue.tax_included
    tax = tax_of(fee.left, fee.item.tax_rate_ppm, included, policy.tax)
    return PricedFee(
        key=fee.line.sku,
        method=fee.method,
        gross=fee.gross,
        discounts=fee.discounts,
        net=fee.left,
        tax_class=fee.item.tax_class,
        tax_rate_ppm=fee.item.tax_rate_ppm,
        tax=tax,
        total=fee.left if included else fee.left + tax,
    )


class _Draft:
    """A discounted line on its way to units, tax and spends."""

    __slots__ = ("_open", "_sold", "_spent", "_tax", "_total", "payable")

    def __init__(self, line: OpenLine) -> None:
        self._open = line
        self._sold = line.sold()
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
            gift_of=line.gift_of,
            points=self._open.points,
        )

    def _taxed(self) -> int:
        rate, included = self._open.item.tax_rate_ppm, self._open.catalogue.tax_included
        policy = self._open.catalogue.policy
        if policy.tax_level is TaxLevel.UNIT:
            return self._sold.tax_each(rate, included, policy.tax)
        tax = tax_of(self._open.left, rate, included, policy.tax)
        self._sold.tax(tax, included)
        return tax
