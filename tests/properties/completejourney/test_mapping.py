"""What a row of the data set becomes, without the data set."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from cli.completejourney import mapping
from cli.completejourney.mapping import Row, TenderKind

NEW_YEAR = datetime.fromisoformat("2017-01-01T11:53:26")
PUMP = frozenset({6534178})


def row(
    product_id: int = 1095275, quantity: int = 1, sales: int = 50, coupon: int = 0, loyalty: int = 0, match: int = 0
) -> Row:
    return Row(330, 31198570044, 900, NEW_YEAR, NEW_YEAR, product_id, quantity, sales, loyalty, coupon, match)


@given(st.integers(min_value=0, max_value=10**9))
def test_a_measure_takes_the_source_quantity_back_exactly(steps: int) -> None:
    assert mapping.thousandths(mapping.millilitres(steps)) == steps


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=50))
def test_tenders_always_sum_to_the_basket(amounts: list[tuple[int, int]]) -> None:
    basket = mapping.basket([row(sales=sales, coupon=coupon) for sales, coupon in amounts], PUMP)
    assert sum(tender.amount for tender in basket.tenders) == basket.total
    coupons = sum(t.amount for t in basket.tenders if t.kind is TenderKind.MANUFACTURER_COUPON)
    assert coupons == sum(coupon for _, coupon in amounts)
