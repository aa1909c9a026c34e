"""How long somebody may wait is counted in hours of service: over nights, closed days and changed clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kit.errors import Fault
from omo.member.v1 import conversation_pb2 as pb
from services.member.conversation import domain_hours, wire_hours
from services.member.conversation.domain_hours import Hours, Window

TAIPEI, BERLIN = ZoneInfo("Asia/Taipei"), ZoneInfo("Europe/Berlin")
# 10:30 to 21:30, Sundays to 18:00
STORE = (*(Window(day, 630, 1290) for day in range(1, 7)), Window(7, 630, 1080))
NIGHT = (Window(6, 22 * 60, 4 * 60),)


@pytest.mark.parametrize(
    ("zone", "windows", "closed", "minutes", "now", "due"),
    [
        # Monday 23 November 2026
        (TAIPEI, STORE, (), 30, (2026, 11, 23, 12, 0), (2026, 11, 23, 12, 30)),
        (TAIPEI, STORE, (), 30, (2026, 11, 23, 21, 0), (2026, 11, 23, 21, 30)),
        (TAIPEI, STORE, (), 30, (2026, 11, 23, 21, 10), (2026, 11, 24, 10, 40)),
        (TAIPEI, STORE, (), 30, (2026, 11, 23, 23, 0), (2026, 11, 24, 11, 0)),
        (TAIPEI, STORE, (), 30, (2026, 11, 23, 3, 0), (2026, 11, 23, 11, 0)),
        (TAIPEI, STORE, (), 60, (2026, 11, 29, 17, 30), (2026, 11, 30, 11, 0)),
        # two days closed
        (TAIPEI, STORE, ("2026-11-24", "2026-11-25"), 30, (2026, 11, 23, 22, 0), (2026, 11, 26, 11, 0)),
        # more than a day of service
        (TAIPEI, STORE, (), 14 * 60, (2026, 11, 23, 10, 30), (2026, 11, 24, 13, 30)),
        # an hour that two windows name passes once
        (TAIPEI, (Window(1, 600, 720), Window(1, 660, 780)), (), 150, (2026, 11, 23, 10, 0), (2026, 11, 23, 12, 30)),
        # round the clock
        (TAIPEI, (), (), 30, (2026, 11, 23, 3, 0), (2026, 11, 23, 3, 30)),
        # Saturday night to Sunday, when Berlin's clocks leave out an hour, and when one comes twice
        (BERLIN, NIGHT, (), 300, (2026, 3, 28, 22, 0), (2026, 3, 29, 4, 0)),
        (BERLIN, NIGHT, (), 360, (2026, 10, 24, 22, 0), (2026, 10, 25, 3, 0)),
        (BERLIN, NIGHT, (), 30, (2026, 3, 28, 12, 0), (2026, 3, 28, 22, 30)),
    ],
    ids=str,
)
def test_waiting_is_counted_in_hours_of_service(
    zone: ZoneInfo, windows: tuple[Window, ...], closed: tuple[str, ...], minutes: int, now: tuple[int, ...],
    due: tuple[int, ...],
) -> None:  # fmt: skip
    hours = Hours(1, minutes, windows, frozenset(map(date.fromisoformat, closed)))
    found = domain_hours.due(hours, zone, datetime(*now, tzinfo=zone).astimezone(UTC))  # type: ignore[misc,arg-type]
    assert found.astimezone(zone).replace(tzinfo=None) == datetime(*due)  # type: ignore[arg-type]  # noqa: DTZ001


def test_a_brand_that_never_opens_is_counted_by_the_wall() -> None:
    now = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    days = frozenset(date(2026, 11, 1) + timedelta(days=one) for one in range(400))
    assert domain_hours.due(Hours(1, 30, (Window(1, 0, 60),), days), TAIPEI, now) > now


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (pb.ServiceHours(answer_minutes=0), "hours.answer_minutes"),
        (pb.ServiceHours(answer_minutes=10_081), "hours.answer_minutes"),
        (pb.ServiceHours(answer_minutes=1, windows=[pb.ServiceWindow(weekday=8, opens="10:00", closes="11:00")]),
         "hours.windows[0].weekday"),
        (pb.ServiceHours(answer_minutes=1, windows=[pb.ServiceWindow(weekday=1, opens="24:00", closes="11:00")]),
         "hours.windows[0].opens"),
        (pb.ServiceHours(answer_minutes=1, windows=[pb.ServiceWindow(weekday=1, opens="10:00", closes="soon")]),
         "hours.windows[0].closes"),
        (pb.ServiceHours(answer_minutes=1, closed_days=["2026-02-30"]), "hours.closed_days[0]"),
        (pb.ServiceHours(answer_minutes=1, closed_days=["20260228"]), "hours.closed_days[0]"),
    ],
    ids=["no minutes", "a week", "weekday", "opens", "closes", "no day", "another form"],
)  # fmt: skip
def test_hours_that_could_not_be_kept_are_refused_by_name(message: pb.ServiceHours, field: str) -> None:
    with pytest.raises(Fault) as refused:
        domain_hours.check(wire_hours.hours(message))
    assert refused.value.metadata["field"] == field


def test_hours_come_back_as_they_were_told() -> None:
    told = pb.ServiceHours(
        windows=[pb.ServiceWindow(weekday=1, opens="10:30", closes="21:30")], closed_days=["2027-02-05"],
        answer_minutes=30, version=2,
    )  # fmt: skip
    assert wire_hours.message(wire_hours.hours(told)) == told
