"""Rules on identifiers, masks and windows."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kit import attempts
from services.member.identity import domain
from services.member.identity.domain import Limit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = st.lists(
    st.builds(Limit, st.integers(1, 6), st.integers(1, 600).map(lambda seconds: timedelta(seconds=seconds))),
    min_size=1,
    max_size=3,
)


@given(LIMITS, st.lists(st.integers(0, 120), max_size=60))
def test_no_window_ever_holds_more_than_its_limit(limits: list[Limit], pauses: list[int]) -> None:
    now = NOW
    times: list[datetime] = []
    for pause in pauses:
        now += timedelta(seconds=pause)
        if not attempts.wait(times, limits, now):
            times.append(now)
        for limit in limits:
            assert sum(at > now - limit.period for at in times) <= limit.most


@given(LIMITS, st.lists(st.integers(0, 600), max_size=30))
def test_whoever_waits_as_told_is_served(limits: list[Limit], ages: list[int]) -> None:
    times = [NOW - timedelta(seconds=age) for age in ages]
    wait = attempts.wait(times, limits, NOW)
    assert wait >= timedelta()
    assert attempts.wait(times, limits, NOW + wait) == timedelta()


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2), min_size=1, max_size=4))
def test_a_masked_latin_name_tells_initials_only(words: list[str]) -> None:
    assert domain.masked_name(" ".join(words)) == " ".join(f"{word[0]}***" for word in words)


@given(st.text("王小明陳怡君林", min_size=3, max_size=8))
def test_a_masked_han_name_tells_the_first_and_the_last_sign_only(name: str) -> None:
    masked = domain.masked_name(name)
    assert (masked[0], masked[-1]) == (name[0], name[-1])
    assert set(masked[1:-1]) == {"○"}
