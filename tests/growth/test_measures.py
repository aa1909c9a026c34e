"""What grows too much is told, and what does not is left in peace."""

from typing import Any

import pytest

from tests.growth import measures


def test_level_is_level_and_ten_times_is_too_much() -> None:
    told: list[tuple[str, Any]] = []
    measures.judge(lambda *one: told.append(one), "1 to 10", {"hold": 4.0}, {"hold": 8.0}, lambda _: measures.LEVEL)
    assert told == [("growth", "hold|1 to 10|4.0 ms|8.0 ms|2.0|3")]
    with pytest.raises(AssertionError, match="hold"):
        measures.judge(lambda *_: None, "1 to 10", {"hold": 4.0}, {"hold": 40.0}, lambda _: measures.LEVEL)


def test_in_step_is_allowed_and_the_square_is_not() -> None:
    measures.judge(lambda *_: None, "", {"proof": 30.0}, {"proof": 300.0}, lambda _: measures.IN_STEP)
    with pytest.raises(AssertionError, match="proof"):
        measures.judge(lambda *_: None, "", {"proof": 30.0}, {"proof": 3_000.0}, lambda _: measures.IN_STEP)
