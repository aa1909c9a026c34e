"""Which price holds, where goods come from, and that every sum is the sum of its parts."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout import domain
from tests.unit.order.pricing_shop import AROUND, LIST, basket, percent, quote, rules, want


@given(
    st.lists(st.tuples(st.sampled_from(["COAT", "SCARF"]), st.integers(1, 50)), min_size=1, max_size=6),
    st.integers(1, 10_000),
    st.integers(0, 5_000),
    st.booleans(),
)
def test_every_sum_is_the_sum_of_its_parts(
    wants: list[tuple[str, int]], points_off: int, spend: int, included: bool
) -> None:
    around = replace(AROUND, price_lists=(replace(LIST, tax_included=included),))
    asked = basket(*(want(sku, quantity) for sku, quantity in wants), spend_points=spend)
    made = quote(asked, around, book=rules(percent(points_off)))
    on_top = 0 if included else 1
    for line in made.lines:
        assert line.list_total - sum(each.amount for each in line.discounts) == line.net_total
        assert line.earn_base == line.net_total + on_top * line.tax_total - line.points_value
        assert [run.first for run in line.units] == [0, *(run.last + 1 for run in line.units[:-1])]
        assert sum(run.count for run in line.units) == line.quantity
        for total, each in (("list_total", "list_amount"), ("net_total", "net_amount"), ("tax_total", "tax_amount")):
            assert getattr(line, total) == sum(getattr(run, each) * run.count for run in line.units)
        assert line.points_value == sum(run.points_value * run.count for run in line.units)
        for place, discount in enumerate(line.discounts):
            assert discount.amount == sum(run.discounts[place] * run.count for run in line.units)
    sums = made.totals
    assert sums == domain.totals(made.lines, included)
    assert sums.grand_total == sums.list_total - sums.discount_total + on_top * sums.tax_total - sums.points_value
    assert sums.grand_total >= 0
    assert made.points_spent == sums.points_value <= spend
