"""Whatever hour, value or member: nobody is written to in quiet hours, a value stays a value, more is never worse."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.member.messages import domain_hours, domain_templates
from services.member.messages.domain_hours import Quiet
from services.member.messages.domain_templates import Words
from services.member.segments import domain_rfm

TAIPEI, BERLIN = ZoneInfo("Asia/Taipei"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@given(
    start=st.integers(0, 1439),
    end=st.integers(0, 1439),
    hours=st.integers(0, 24 * 730),
    zone=st.sampled_from([TAIPEI, BERLIN, ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe")]),
)
def test_what_is_loud_is_never_quiet_and_never_past(start: int, end: int, hours: int, zone: ZoneInfo) -> None:
    now, window = NOW + timedelta(hours=hours, minutes=7), Quiet(start, end)
    found = domain_hours.loud(now, zone, [window])
    local = found.astimezone(zone)
    assert now <= found <= now + timedelta(days=1, hours=2)
    assert start == end or not window.holds(local.hour * 60 + local.minute)


@given(value=st.text(max_size=600))
def test_a_value_never_becomes_a_place_a_line_or_a_tag(value: str) -> None:
    words = Words("en", "to {a}", "<{a}>{b}", "<p>{a}</p>")
    found = domain_templates.fill(words, {"a": value, "b": "{a}"})
    assert "\n" not in found.subject
    assert "\r" not in found.subject
    assert found.text == f"<{value[:500]}>{{a}}"
    inside = found.html.removeprefix("<p>").removesuffix("</p>")
    assert "<" not in inside
    assert ">" not in inside


@given(days=st.integers(0, 3000), orders=st.integers(1, 100), spend=st.integers(0, 10**6))
def test_more_never_makes_worse(days: int, orders: int, spend: int) -> None:
    better = domain_rfm.score(max(0, days - 1), orders + 1, spend + 1)
    here = domain_rfm.score(days, orders, spend)
    assert (better.recency, better.worth) >= (here.recency, here.worth)
