"""The weeks as times and as ISO weeks."""

from datetime import datetime

import pytest

from cli.completejourney import outside
from cli.completejourney.source import Weeks


def test_the_two_weeks_end_on_a_midnight_of_the_chains_zone() -> None:
    start, end = outside.period(Weeks(1, 2))
    assert start == datetime.fromisoformat("2016-12-26T05:00:00+00:00")
    assert end == datetime.fromisoformat("2017-01-09T05:00:00+00:00")


def test_summer_is_an_hour_off() -> None:
    assert outside.period(Weeks(20, 20))[0] == datetime.fromisoformat("2017-05-08T04:00:00+00:00")


@pytest.mark.parametrize(("iso", "week"), [("2016-W52", 1), ("2017-W01", 2), ("2017-W52", 53)])
def test_iso_weeks_are_the_datas_weeks(iso: str, week: int) -> None:
    assert outside.week_of(iso) == week
