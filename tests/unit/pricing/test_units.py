"""Units add up to their line, and come back for what was paid for them."""

from __future__ import annotations

import pytest

import omo_pricing as pricing
from omo_pricing import units
from tests.unit.pricing.shop import amount, cart, line, price, rule, shelf

RUNS = price(cart(line(1, "sock", 7), points=10), shelf(sock=30), rule("off", amount(16))).lines[0].units


def test_runs_say_which_units_bore_what() -> None:
    told = [(run.first, run.last, run.gross, run.discounts, run.spent, run.payable) for run in RUNS]
    assert told == [
        (0, 1, 30, {"off": 3}, {"points": 1}, 26),
        (2, 4, 30, {"off": 2}, {"points": 2}, 26),
        (5, 6, 30, {"off": 2}, {"points": 1}, 27),
    ]


def test_a_refund_is_the_sum_of_what_is_stored() -> None:
    refund = pricing.refund_of(RUNS, [0, 4, 5])
    assert refund == pricing.Refund(
        count=3, gross=90, discounts={"off": 7}, net=83, tax=0, total=83, spent={"points": 4}, payable=79
    )
    assert pricing.refund_of(RUNS, range(7)).payable == 184
    assert pricing.refund_of(RUNS, []) == pricing.Refund(0, 0, {}, 0, 0, 0, {}, 0)


@pytest.mark.parametrize("indexes", [[7], [-1], [0, 0], [3, 8]])
def test_units_that_are_not_there_cannot_come_back(indexes: list[int]) -> None:
    with pytest.raises(pricing.AllocationError) as refused:
        pricing.refund_of(RUNS, indexes)
    assert refused.value.path == "unit_indexes"


def test_a_line_that_a_till_priced_is_split_like_any_other() -> None:
    runs = units.stated(3, 100, {"card": 10, "coupon": 1}, tax=4, tax_included=True, spent={"points": 2})
    assert sum(run.count * run.net for run in runs) == 89
    assert sum(run.count * run.tax for run in runs) == 4
    assert sum(run.count * run.payable for run in runs) == 87
    assert [run.first for run in runs] == [0, 1, 2]


@pytest.mark.parametrize(
    ("count", "gross", "discounts", "tax", "spent", "field"),
    [
        (3, 100, {"card": 101}, 0, {}, "discounts"),
        (3, 100, {"card": 60, "coupon": 41}, 0, {}, "discounts"),
        (3, 100, {"card": 1}, 0, {"points": 100}, "spent"),
        (0, 100, {}, 0, {}, "count"),
        (3, -1, {}, 0, {}, "gross"),
        (3, 100, {}, -1, {}, "tax"),
        (3, 100, {"card": -1}, 0, {}, "discounts.card"),
        (3, 100, {}, 0, {"points": -1}, "spent.points"),
    ],
)
def test_what_a_till_states_must_add_up(
    count: int, gross: int, discounts: dict[str, int], tax: int, spent: dict[str, int], field: str
) -> None:
    with pytest.raises(pricing.AllocationError) as refused:
        units.stated(count, gross, discounts, tax, tax_included=True, spent=spent)
    assert refused.value.path == field


def test_a_till_may_state_tax_on_top_and_tax_on_nothing() -> None:
    assert [run.total for run in units.stated(2, 100, {}, tax=10, tax_included=False, spent={"gift": 110})] == [55]
    assert [run.tax for run in units.stated(2, 100, {"gift": 100}, tax=4, tax_included=True)] == [2]
