"""Opening hours in the place's own time, and when an order that comes now is worked on."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.inventory.catalogue.domain_hours import Hours, SpecialDay, Week, overlapping

# 2026-11-23 is a Monday; Taipei is eight hours ahead
WEEK = Week(
    [Hours(day, "11:00", "21:30", "18:00") for day in range(1, 6)] + [Hours(6, "12:00", "24:00")],
    [SpecialDay("2026-11-25", closed=True), SpecialDay("2026-11-29", False, "10:00", "12:00")],
    "Asia/Taipei",
)


def taipei(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T10:59:59", False),
        ("2026-11-23T11:00:00", True),
        ("2026-11-23T21:30:00", False),
        ("2026-11-25T12:00:00", False),
        ("2026-11-28T23:59:59", True),
        ("2026-11-29T00:00:00", False),
        ("2026-11-29T11:00:00", True),
    ],
)
def test_open_from_its_opening_until_before_its_closing(at: str, expected: bool) -> None:
    assert WEEK.is_open(taipei(at)) is expected


@pytest.mark.parametrize(
    ("comes", "worked_on"),
    [
        ("2026-11-23T12:00:00", "2026-11-23T12:00:00"),
        ("2026-11-23T03:00:00", "2026-11-23T11:00:00"),
        ("2026-11-23T18:00:00", "2026-11-24T11:00:00"),
        # Wednesday is closed
        ("2026-11-24T19:00:00", "2026-11-26T11:00:00"),
        ("2026-11-28T23:00:00", "2026-11-28T23:00:00"),
        # a Sunday that is open by exception, and one that is not
        ("2026-11-29T01:00:00", "2026-11-29T10:00:00"),
        ("2026-12-06T10:00:00", "2026-12-07T11:00:00"),
    ],
)
def test_what_comes_after_the_cut_off_waits_for_the_next_opening(comes: str, worked_on: str) -> None:
    assert WEEK.worked_on(taipei(comes)) == taipei(worked_on)


def test_without_hours_a_place_is_always_open_but_for_its_exceptions() -> None:
    always = Week([], [SpecialDay("2026-11-25", closed=True)], "Asia/Taipei")
    assert always.is_open(taipei("2026-11-24T03:00:00"))
    assert not always.is_open(taipei("2026-11-25T03:00:00"))
    assert always.worked_on(taipei("2026-11-25T03:00:00")) == taipei("2026-11-26T00:00:00")


def test_a_place_that_stays_closed_works_on_nothing() -> None:
    mondays = [date(2026, 11, 23) + timedelta(weeks=n) for n in range(60)]
    closed = [SpecialDay(day.isoformat(), closed=True) for day in mondays]
    assert Week([Hours(1, "10:00", "12:00")], closed, "Asia/Taipei").worked_on(taipei("2026-11-23T00:00:00")) is None


def test_summer_time_moves_the_moment_and_not_the_clock() -> None:
    london = Week([Hours(day, "09:00", "17:00") for day in range(1, 8)], [], "Europe/London")
    assert london.worked_on(datetime(2026, 3, 28, 3, tzinfo=UTC)) == datetime(2026, 3, 28, 9, tzinfo=UTC)
    assert london.worked_on(datetime(2026, 3, 29, 3, tzinfo=UTC)) == datetime(2026, 3, 29, 8, tzinfo=UTC)


def test_times_that_meet_on_one_day_are_found() -> None:
    assert overlapping([Hours(1, "09:00", "12:00"), Hours(1, "12:00", "15:00"), Hours(2, "09:00", "18:00")]) is None
    assert overlapping([Hours(2, "12:00", "15:00"), Hours(2, "09:00", "12:30")]) == 2
