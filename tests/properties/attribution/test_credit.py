"""The resolution of a line's credit and the arithmetic of a pot."""

from hypothesis import given
from hypothesis import strategies as st

from services.attribution.credit import domain


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10_000), min_size=1, max_size=6))
def test_the_shares_of_a_pot_sum_to_the_minor_unit(base: int, weights: list[int]) -> None:
    weights[0] += 10_000 - sum(weights)
    if weights[0] < 0:
        weights = [10_000]
    parts = domain.shares(base, weights)
    assert sum(parts) == base
    assert all(abs(part - base * share / 10_000) <= 1 for part, share in zip(parts, weights, strict=True))
