"""An amount that is split comes out whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from omo_pricing import Mode, allocate
from omo_pricing.allocation import spread

WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


@given(st.data(), WEIGHTS, st.sampled_from([Mode.PROPORTIONATE, Mode.EVEN]))
def test_parts_sum_to_the_amount_and_no_line_falls_below_zero(
    data: st.DataObject, weights: list[int], mode: Mode
) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    parts = allocate(amount, weights, mode)
    assert sum(parts) == amount
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(st.data(), WEIGHTS)
def test_a_proportionate_part_is_within_one_of_its_exact_share(data: st.DataObject, weights: list[int]) -> None:
    amount, total = data.draw(st.integers(1, max(1, sum(weights)))), max(1, sum(weights))
    if not sum(weights):
        return
    parts = allocate(amount, weights)
    assert all(abs(part * total - amount * weight) < total for part, weight in zip(parts, weights, strict=True))


@given(st.data(), WEIGHTS)
def test_even_parts_differ_by_one_at_most_unless_a_line_is_used_up(data: st.DataObject, weights: list[int]) -> None:
    parts = allocate(data.draw(st.integers(0, sum(weights))), weights, Mode.EVEN)
    open_parts = [part for part, weight in zip(parts, weights, strict=True) if part < weight]
    assert not open_parts or max(parts) - min(open_parts) <= 1


@given(st.data(), st.lists(st.tuples(st.integers(1, 30), st.integers(0, 500)), min_size=1, max_size=6))
def test_runs_are_split_as_their_units_would_be(data: st.DataObject, runs: list[tuple[int, int]]) -> None:
    units = [weight for count, weight in runs for _ in range(count)]
    amount = data.draw(st.integers(0, sum(units)))
    shares = [share for run in spread(amount, runs) for count, share in run for _ in range(count)]
    assert shares == allocate(amount, units)
    assert sum(len(run) for run in spread(amount, runs)) <= len(runs) + 1
