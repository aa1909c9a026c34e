"""Where and when a good is sold: every gate may only refuse."""

from datetime import UTC, datetime, timedelta

import pytest

from omo_pricing import Gate, NotSold, Window, why_not

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPEN, LISTED = Gate(), Gate(listed_only=True)


@pytest.mark.parametrize(
    ("channel", "place", "why"),
    [
        (OPEN, None, None),
        (OPEN, OPEN, None),
        (LISTED, None, NotSold.CHANNEL),
        (OPEN, LISTED, NotSold.LOCATION),
        (LISTED, LISTED, NotSold.CHANNEL),
        (Gate(True, Window()), None, None),
        (Gate(True, Window()), Gate(True, Window()), None),
        (Gate(False, Window(withheld=True)), None, NotSold.CHANNEL),
        (OPEN, Gate(False, Window(withheld=True)), NotSold.LOCATION),
        (Gate(True, Window(withheld=True, published=NOON - HOUR)), None, NotSold.CHANNEL),
        (Gate(True, Window(published=NOON)), None, None),
        (Gate(True, Window(published=NOON + HOUR)), None, NotSold.NOT_YET),
        (Gate(False, Window(unpublished=NOON)), None, NotSold.NO_MORE),
        (Gate(False, Window(unpublished=NOON + HOUR)), None, None),
        (Gate(False, Window(NOON - HOUR, NOON + HOUR)), Gate(False, Window(published=NOON + HOUR)), NotSold.NOT_YET),
    ],
)
def test_each_gate_may_only_refuse(channel: Gate, place: Gate | None, why: NotSold | None) -> None:
    assert why_not(True, channel, place, NOON) is why


def test_the_product_is_the_outer_gate() -> None:
    assert why_not(False, Gate(True, Window()), None, NOON) is NotSold.INACTIVE
