"""An amount that is split comes out whole."""

from __future__ import annotations

import pytest

from omo_pricing import AllocationError, Mode, allocate


@pytest.mark.parametrize(
    ("amount", "weights", "mode", "parts"),
    [
        (100, [1, 1, 1], Mode.PROPORTIONATE, [34, 33, 33]),
        (2, [1, 1, 1], Mode.PROPORTIONATE, [1, 1, 0]),
        (10, [5, 3, 2], Mode.PROPORTIONATE, [5, 3, 2]),
        (11, [5, 3, 2], Mode.PROPORTIONATE, [6, 3, 2]),
        (1, [1, 2], Mode.PROPORTIONATE, [0, 1]),
        (0, [0, 0], Mode.PROPORTIONATE, [0, 0]),
        (10, [100, 100, 100], Mode.EVEN, [4, 3, 3]),
        (10, [100, 2, 100], Mode.EVEN, [4, 2, 4]),
        (10, [0, 4, 6], Mode.EVEN, [0, 4, 6]),
        (10, [100, 2, 100], Mode.INDIVIDUAL, [10, 2, 10]),
    ],
)
def test_parts(amount: int, weights: list[int], mode: Mode, parts: list[int]) -> None:
    assert allocate(amount, weights, mode) == parts


@pytest.mark.parametrize(
    ("amount", "weights", "mode", "field"),
    [
        (-1, [1], Mode.PROPORTIONATE, "amount"),
        (1, [-1], Mode.INDIVIDUAL, "weights"),
        (1, [0], Mode.PROPORTIONATE, "weights"),
        (3, [1, 1], Mode.EVEN, "amount"),
    ],
)
def test_what_cannot_come_out_whole_is_refused(amount: int, weights: list[int], mode: Mode, field: str) -> None:
    with pytest.raises(AllocationError) as refused:
        allocate(amount, weights, mode)
    assert refused.value.path == field
