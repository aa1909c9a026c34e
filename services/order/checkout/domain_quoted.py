"""What the promotion engine made of a basket, as a quote's lines and words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from omo_pricing import Priced, PricedLine, Reason
from services.order.checkout import domain_spends
from services.order.checkout.domain import Discount, Line, UnitRun
from services.order.checkout.domain_basket import CouponUnknown, SkippedRule, Want
from services.order.checkout.domain_spends import Use
from services.order.reference.domain import Good

POINTS = "points"
_DEAD_CODE = {Reason.UNKNOWN_CODE, Reason.NOT_STARTED, Reason.ENDED}
# Reasons that a shopper can do something about; the others would tell him of rules that are not for him.
_TELL = {
    Reason.BELOW_MIN_AMOUNT,
    Reason.BELOW_MIN_QUANTITY,
    Reason.STOPPED,
    Reason.NOTHING_LEFT,
    Reason.USED_UP,
    Reason.GIFT_REFUSED,
    Reason.OTHER_DEAL_BETTER,
    Reason.NOT_ALL_APPLY,
}
_MAX_TOLD = 50
# basis points of what a line earns on without any rule
_WHOLE = 10_000

Versions = Mapping[str, tuple[str, str]]


def lines(priced: Priced, wants: Sequence[Want], goods: Mapping[str, Good]) -> tuple[Line, ...]:
    """The wanted lines, and after them the gifts that rules add: they come with the first line."""
    versions = versions_of(priced)
    placed = [*wants, *_gifts(priced.lines[len(wants) :], wants)]
    return tuple(_line(want, line, versions, goods) for want, line in zip(placed, priced.lines, strict=True))


def versions_of(priced: Priced) -> Versions:
    """Version and stage of each rule that gave something."""
    return {each.rule_id: (each.rule_version, each.stage.value) for each in priced.applied}


def unearned(line: Line, spends: Sequence[Use]) -> Line:
    """The line, earning nothing on units that were paid for before: they earned then."""
    paid = domain_spends.prepaid(spends, line.line_no)
    return replace(line, earn_base=max(line.earn_base - paid, 0)) if paid else line


def earning_more(given: Sequence[Line], priced: Priced) -> tuple[Line, ...]:
    """The lines, each earning on as much more as rules say; all of a line's rules add up."""
    more = {line.line_no: sum(line.points.values()) for line in priced.lines if line.points}
    if not more:
        return tuple(given)
    return tuple(
        replace(line, earn_base=line.earn_base * (_WHOLE + more.get(line.line_no, 0)) // _WHOLE) for line in given
    )


def check_codes(priced: Priced) -> None:
    """Refuses codes that nobody gave out, or whose time is not now."""
    for answer in priced.codes:
        if answer.reason in _DEAD_CODE:
            raise CouponUnknown(answer.code)


def told(priced: Priced) -> tuple[SkippedRule, ...]:
    """Why rules gave nothing, of those that the shopper may know of."""
    found = [SkippedRule(each.rule_id, each.reason.value) for each in priced.skipped if each.reason in _TELL]
    return tuple(found[:_MAX_TOLD])


def _gifts(given: Sequence[PricedLine], wants: Sequence[Want]) -> Iterator[Want]:
    for gift in given:
        yield replace(wants[0], sku=gift.sku, quantity=gift.quantity)


def _line(want: Want, priced: PricedLine, versions: Versions, goods: Mapping[str, Good]) -> Line:
    assert want.method is not None, "placed before it was priced"
    rules = tuple(priced.discounts)
    return Line(
        line_no=priced.line_no,
        sku=priced.sku,
        name=goods[want.sku].variant.name,
        quantity=priced.quantity,
        by_measure=priced.measure,
        list_total=priced.gross,
        net_total=priced.net,
        tax_total=priced.tax,
        points_value=priced.spent.get(POINTS, 0),
        earn_base=priced.payable,
        discounts=tuple(Discount(rule, *versions[rule], priced.discounts[rule]) for rule in rules),
        units=tuple(
            UnitRun(
                first=run.first,
                last=run.last,
                list_amount=run.gross,
                net_amount=run.net,
                tax_amount=run.tax,
                points_value=run.spent.get(POINTS, 0),
                discounts=tuple(run.discounts.get(rule, 0) for rule in rules),
            )
            for run in priced.units
        ),
        method=want.method,
        fulfilment_location_id=want.fulfilment_location_id,
    )
