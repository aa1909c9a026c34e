"""Whatever comes back, in whatever order: what was paid for it goes back, by each tender at most what it paid."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omo_pricing import allocate, units
from services.order.checkout.domain import (
    ChannelKind,
    Discount,
    Entry,
    Line,
    Method,
    Order,
    State,
    TenderEntry,
    UnitRun,
    totals,
)
from services.order.returns import domain_refunds, domain_till, domain_units
from services.order.returns.domain import Disposition, Units
from services.order.returns.domain_refunds import TenderOrder
from services.order.returns.domain_till import Given

NOW = datetime(2026, 11, 3, tzinfo=UTC)


def line(number: int, quantity: int, listed: int, discount: int, tax: int = 0, included: bool = True) -> Line:
    """A line as it is kept: split to units when it was sold."""
    split = units.stated(quantity, listed, {"0": discount} if discount else {}, tax, included)
    runs, first = [], 0
    for run in split:
        runs.append(UnitRun(first, run.last, run.gross, run.net, run.tax, 0, (run.discounts.get("0", 0),)))
        first = run.last + 1
    given_ = (Discount("sale", "1", "order", discount),) if discount else ()
    return Line(number, f"S{number}", "", quantity, False, listed, listed - discount, tax, 0, listed - discount, given_,
                tuple(runs), Method.CARRY_OUT)  # fmt: skip


def sold(lines: list[Line], parts: list[tuple[str, int]], included: bool = True) -> Order:
    tenders = tuple(
        TenderEntry(number, Entry.CAPTURED, kind, amount, NOW + timedelta(seconds=number))
        for number, (kind, amount) in enumerate(parts, 1)
    )
    return Order(
        "o", "n", State.CONFIRMED, ChannelKind.STORE, "stores", NOW, "TWD", included, totals(tuple(lines), included),
        tuple(lines), tenders,
    )  # fmt: skip


def worth(order: Order, line_no: int, first: int, last: int) -> Units:
    found = next(one for one in order.lines if one.line_no == line_no)
    (one,) = domain_units.worth(order, [(found, (first, last), Disposition.RESTOCK)], NOW)
    return one


def test_2_7_4_an_item_of_a_discounted_basket_gives_back_its_own_part() -> None:
    parts = allocate(42, [150, 60])
    order = sold([line(1, 1, 150, parts[0]), line(2, 1, 60, parts[1])], [("CASH", 168)])
    assert worth(order, 1, 0, 0).amount == 120, "not 108"


def test_2_7_4_tax_on_top_comes_back_with_its_unit() -> None:
    order = sold([line(1, 2, 200, 20, 18, included=False)], [("CASH", 198)], included=False)
    assert worth(order, 1, 0, 0).amount == 99, "not 97.9"


def test_2_7_4_a_fixed_discount_is_shared_by_price() -> None:
    parts = allocate(100, [600, 400])
    order = sold([line(1, 1, 600, parts[0]), line(2, 1, 400, parts[1])], [("CASH", 900)])
    assert worth(order, 1, 0, 0).amount == 540


def test_2_7_5_what_came_back_is_not_spread_over_what_stays() -> None:
    order = sold([line(1, 3, 300, 30)], [("CASH", 270)])
    before = worth(order, 1, 2, 2)
    assert worth(order, 1, 0, 1).amount == 180
    assert worth(order, 1, 2, 2) == before


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (TenderOrder.VALUE_FIRST, {2: 300}),
        (TenderOrder.FIRST_PAID, {1: 300}),
        (TenderOrder.LAST_PAID, {3: 200, 2: 100}),
        (TenderOrder.RATIO, {1: 150, 2: 90, 3: 60}),
    ],
)
def test_2_7_7_which_tender_gives_first(order: TenderOrder, expected: dict[int, int]) -> None:
    whole = sold([line(1, 1, 1000, 0)], [("CASH", 500), ("STORE_CREDIT", 300), ("CARD_PRESENT", 200)])
    plan = domain_refunds.plan(300, domain_refunds.left(whole.tenders, {}), order)
    assert {one.tender_no: one.amount for one in plan} == expected


def test_2_7_6_never_more_than_was_paid_with_each_or_in_all() -> None:
    whole = sold([line(1, 1, 1000, 0)], [("CASH", 900), ("CASH", -100)])
    left = domain_refunds.left(whole.tenders, {1: 50})
    assert sum(one.amount for one in domain_refunds.plan(1000, left, TenderOrder.VALUE_FIRST)) == 750


_KINDS = st.sampled_from(["CASH", "STORE_CREDIT", "GIFT_CARD", "CARD_PRESENT", "OTHER"])


@st.composite
def sales(draw: st.DrawFn) -> Order:
    included = draw(st.booleans())
    lines = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        listed = draw(st.integers(0, 5_000))
        discount = draw(st.integers(0, listed))
        tax = draw(st.integers(0, (listed - discount) // 5))
        lines.append(line(number, draw(st.integers(1, 6)), listed, discount, tax, included))
    total = totals(tuple(lines), included).grand_total
    cuts = sorted(draw(st.lists(st.integers(0, total), max_size=2)))
    parts = [end - begin for begin, end in zip([0, *cuts], [*cuts, total], strict=True)]
    return sold(lines, [(draw(_KINDS), part) for part in parts], included)


def refunded(order: Order, runs: list[tuple[int, int, int]], how: TenderOrder, *, planted: bool = False) -> list[int]:
    """What each return gives, one after the other, while the journal remembers what went back."""
    given_ = []
    for number, (line_no, first, last) in enumerate(runs):
        amount = worth(order, line_no, first, last).amount + planted
        for part in domain_refunds.plan(amount, domain_refunds.left(order.tenders, {}), how):
            entry = TenderEntry(part.tender_no, Entry.REFUNDED, part.kind, part.amount, NOW, key=str(number))
            order = replace(order, tenders=(*order.tenders, entry))
        back = [one.amount for one in order.tenders if one.entry is Entry.REFUNDED and one.key == str(number)]
        given_.append(sum(back))
        for tender in {one.tender_no for one in order.tenders}:
            own = [one for one in order.tenders if one.tender_no == tender]
            paid = sum(one.amount for one in own if one.entry is Entry.CAPTURED)
            assert sum(one.amount for one in own if one.entry is Entry.REFUNDED) <= paid
    return given_


@given(order=sales(), data=st.data(), how=st.sampled_from(list(TenderOrder)))
def test_any_returns_give_back_exactly_what_was_paid(order: Order, data: st.DataObject, how: TenderOrder) -> None:
    runs = []
    for one in order.lines:
        cuts = sorted(set(data.draw(st.lists(st.integers(1, one.quantity), max_size=3))) | {one.quantity})
        runs += [(one.line_no, begin, end - 1) for begin, end in zip([0, *cuts], cuts, strict=False) if end > begin]
    runs = data.draw(st.permutations(runs))
    some = runs[: data.draw(st.integers(0, len(runs)))]
    given_ = refunded(order, some, how)
    assert given_ == [worth(order, *run).amount for run in some]
    if len(some) == len(runs):
        assert sum(given_) == order.totals.grand_total


def test_a_refund_that_gives_one_too_many_is_seen() -> None:
    """The property above can fail: each return here gives a unit of money that nobody paid."""
    order = sold([line(1, 2, 1000, 0)], [("CASH", 1000)])
    assert refunded(order, [(1, 0, 0)], TenderOrder.VALUE_FIRST, planted=True) != [500]


@st.composite
def tills(draw: st.DrawFn) -> tuple[list[domain_refunds.Left], int, list[Given]]:
    """What tenders have left, what units had cost, and what a till says that it gave."""
    kinds = st.sampled_from(["CASH", "CARD_PRESENT", "STORE_CREDIT", "GIFT_CARD", "PROVIDER", "POINTS", "PREPAID"])
    left = [
        domain_refunds.Left(number, draw(kinds), "", "", draw(st.integers(0, 900)), NOW)
        for number in range(1, draw(st.integers(1, 4)) + 1)
    ]
    ways = st.sampled_from(["CASH", "CARD_PRESENT", "STORE_CREDIT", "RETURN", "OTHER"])
    said = st.builds(Given, ways, st.integers(1, 900))
    return left, draw(st.integers(0, 2_000)), draw(st.lists(said, min_size=1, max_size=4))


@given(tills(), st.sampled_from(TenderOrder), st.booleans())
def test_whatever_a_till_gave_no_tender_gives_more_than_it_has_and_nothing_is_given_twice(
    told: tuple[list[domain_refunds.Left], int, list[Given]], order: TenderOrder, known: bool
) -> None:
    left, worth_, said = told
    packs = min(sum(one.amount for one in left if one.kind == "PREPAID"), worth_)
    planned = domain_till.plan(worth_, left, packs, said, order, known=known)
    ceilings = {one.tender_no: one.amount for one in left}
    for one in planned.tenders:
        assert 0 <= one.amount + one.kept <= ceilings[one.tender_no]
        assert not (one.as_credit and (one.code or not known)), "credit is given to somebody, once"
    back = sum(one.amount + one.kept for one in planned.tenders)
    assert back <= worth_
    money, whole = sum(one.amount for one in said), min(worth_, sum(ceilings.values()))
    owners = sum(
        one.amount for one in planned.tenders if one.kind in ("STORE_CREDIT", "GIFT_CARD", "POINTS", "PREPAID")
    )
    assert money - whole <= planned.excess <= money - whole + owners, "each coin is somewhere"
