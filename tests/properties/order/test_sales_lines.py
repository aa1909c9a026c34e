"""A line's arithmetic, whatever a till states: the units are worth what the line is, to the last cent."""

from hypothesis import given
from hypothesis import strategies as st

from services.order.sales import domain

AMOUNTS = st.integers(0, 10**9)


@st.composite
def stated(draw: st.DrawFn) -> tuple[int, bool, int, int, int, list[int], bool]:
    """Quantity, measure, list, net, tax, discounts and whether tax is inside: readable, as the lane lets through."""
    listed = draw(st.integers(-(10**6), 10**9))
    discounts = draw(st.lists(st.integers(0, max(listed, 0) // 4), max_size=4))
    if draw(st.booleans()):
        discounts.append(draw(st.integers(0, 10**9)))
    quantity = draw(st.one_of(st.integers(-3, 12), st.integers(0, 10**12)))
    return (
        quantity, draw(st.booleans()), listed, listed - sum(discounts), draw(st.integers(-5, 10**6)), discounts,
        draw(st.booleans()),
    )  # fmt: skip


@given(stated())
def test_units_sum_to_their_line(line: tuple[int, bool, int, int, int, list[int], bool]) -> None:
    quantity, by_measure, listed, net, tax, discounts, _ = line
    runs = domain.runs(*line)
    units = 1 if by_measure and quantity > 0 else max(quantity, 0)
    if not runs:
        assert units == 0 or min(listed, net, tax) < 0
        return
    lasts = [run[0] for run in runs]
    counts = [last - before for last, before in zip(lasts, [-1, *lasts], strict=False)]
    assert min(counts) > 0
    assert sum(counts) == units
    assert sum(count * run[1] for count, run in zip(counts, runs, strict=True)) == listed
    assert sum(count * run[2] for count, run in zip(counts, runs, strict=True)) == net
    assert sum(count * run[3] for count, run in zip(counts, runs, strict=True)) == tax
    for place, amount in enumerate(discounts):
        assert sum(count * run[4][place] for count, run in zip(counts, runs, strict=True)) == amount
    for run in runs:
        assert run[1] - sum(run[4]) == run[2]


@given(stated())
def test_no_unit_of_a_good_line_is_worth_less_than_nothing(
    line: tuple[int, bool, int, int, int, list[int], bool],
) -> None:
    if min(line[2], line[3], line[4]) >= 0:
        assert all(min(run[1], run[2], run[3]) >= 0 for run in domain.runs(*line))


@given(AMOUNTS, AMOUNTS, st.booleans())
def test_points_are_earned_on_what_was_paid(net: int, tax: int, included: bool) -> None:
    assert domain.earn_base(net, tax, included, without_tax=False) == net
    assert domain.earn_base(net, tax, included, without_tax=True) == (max(net - tax, 0) if included else net)
    assert domain.earn_base(-net, tax, included, without_tax=False) == 0
