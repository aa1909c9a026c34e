"""When a message may go out: quiet hours over midnight and changed clocks, caps, consent, channels."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.member.campaigns import domain as campaigns
from services.member.campaigns.domain import Campaign, Trigger
from services.member.messages import domain_hours, domain_sending
from services.member.messages.domain import Purpose
from services.member.messages.domain_hours import Quiet
from services.member.messages.domain_sending import Person, Rules, Send, Wait, Wanted, Withhold

TAIPEI, BERLIN, APIA = ZoneInfo("Asia/Taipei"), ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")
NIGHT = Quiet(21 * 60, 9 * 60)
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
RULES = Rules(1, NIGHT, 1, 3, 500, 200, ("line", "email", "sms"), "zh-TW")
ALL = frozenset({"line", "email", "sms"})
AGREED = Person(True, ALL, {Purpose.MARKETING: ALL, Purpose.SERVICE: ALL})


def _at(zone: ZoneInfo, *when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "windows", "now", "loud"),
    [
        (TAIPEI, [NIGHT], (2026, 11, 23, 12, 0), (2026, 11, 23, 12, 0)),
        (TAIPEI, [NIGHT], (2026, 11, 23, 20, 59), (2026, 11, 23, 20, 59)),
        (TAIPEI, [NIGHT], (2026, 11, 23, 21, 0), (2026, 11, 24, 9, 0)),
        (TAIPEI, [NIGHT], (2026, 11, 24, 0, 0), (2026, 11, 24, 9, 0)),
        (TAIPEI, [NIGHT], (2026, 12, 31, 23, 59), (2027, 1, 1, 9, 0)),
        (TAIPEI, [Quiet(720, 720)], (2026, 11, 23, 12, 0), (2026, 11, 23, 12, 0)),
        # one window ends where another begins
        (TAIPEI, [NIGHT, Quiet(540, 660)], (2026, 11, 23, 22, 0), (2026, 11, 24, 11, 0)),
        # Berlin's clocks jump from 02:00 to 03:00 on 29 March 2026 …
        (BERLIN, [NIGHT], (2026, 3, 28, 22, 0), (2026, 3, 29, 9, 0)),
        (BERLIN, [Quiet(60, 150)], (2026, 3, 29, 1, 30), (2026, 3, 29, 3, 30)),
        # … and go back from 03:00 to 02:00 on 25 October
        (BERLIN, [NIGHT], (2026, 10, 24, 23, 0), (2026, 10, 25, 9, 0)),
        # Apia had no 30 December 2011
        (APIA, [NIGHT], (2011, 12, 29, 22, 0), (2011, 12, 31, 9, 0)),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(
    zone: ZoneInfo, windows: list[Quiet], now: tuple[int, ...], loud: tuple[int, ...]
) -> None:
    found = domain_hours.loud(_at(zone, *now), zone, windows)
    assert found.astimezone(zone).replace(tzinfo=None) == datetime(*loud)  # type: ignore[arg-type]  # noqa: DTZ001


def test_an_hour_that_comes_twice_is_quiet_until_it_is_over_once() -> None:
    second = _at(BERLIN, 2026, 10, 25, 2, 10, fold=1)
    window = [Quiet(60, 150)]
    assert domain_hours.loud(second, BERLIN, window) == _at(BERLIN, 2026, 10, 25, 2, 30, fold=1)
    assert domain_hours.loud(_at(BERLIN, 2026, 10, 25, 2, 10), BERLIN, window) == _at(BERLIN, 2026, 10, 25, 2, 30)


def test_caps_count_back_from_now() -> None:
    hours = [NOW - timedelta(hours=ago) for ago in (1, 30, 60)]
    assert domain_hours.free(hours, NOW, 1, 0) == NOW + timedelta(hours=23)
    assert domain_hours.free(hours, NOW, 0, 3) == NOW + timedelta(days=7, hours=-60)
    assert domain_hours.free(hours, NOW, 2, 4) == NOW
    assert domain_hours.free(hours, NOW, 0, 0) == NOW


@pytest.mark.parametrize(
    ("wanted", "person", "halted", "decision"),
    [
        (Wanted(Purpose.MARKETING, NOW), AGREED, frozenset(), Send("line")),
        (Wanted(Purpose.MARKETING, NOW, channels=("sms",)), AGREED, frozenset(), Send("sms")),
        (Wanted(Purpose.MARKETING, NOW), Person(True, ALL), frozenset(), Withhold("NO_CONSENT")),
        (Wanted(Purpose.MARKETING, NOW), Person(True), frozenset(), Withhold("NO_ADDRESS")),
        (Wanted(Purpose.MARKETING, NOW), Person(known=False), frozenset(), Withhold("NO_MEMBER")),
        (Wanted(Purpose.MARKETING, NOW, end_time=NOW), AGREED, frozenset(), Withhold("EXPIRED")),
        (Wanted(Purpose.MARKETING, NOW, tried=ALL), AGREED, frozenset(), Withhold("REFUSED")),
        (Wanted(Purpose.MARKETING, NOW), AGREED, frozenset({"line"}), Send("email")),
        (Wanted(Purpose.MARKETING, NOW, pinned="sms"), AGREED, frozenset(), Send("sms")),
        (Wanted(Purpose.TRANSACTIONAL, NOW), Person(True, ALL), frozenset(), Send("line")),
    ],
)
def test_what_happens_to_a_message(wanted: Wanted, person: Person, halted: frozenset[str], decision: object) -> None:
    assert domain_sending.decide(wanted, person, RULES, ALL, halted, NOW, TAIPEI) == decision


def test_a_channel_that_stands_or_a_campaign_that_stands_is_waited_for() -> None:
    stands = Wanted(Purpose.MARKETING, NOW, campaign_stands=True)
    for wanted, halted in ((stands, frozenset()), (Wanted(Purpose.MARKETING, NOW), ALL)):
        found = domain_sending.decide(wanted, AGREED, RULES, ALL, frozenset(halted), NOW, TAIPEI)
        assert isinstance(found, Wait)
        assert found.until > NOW


@pytest.mark.parametrize(
    ("sent", "blocked", "stops"), [(199, 199, False), (200, 10, False), (200, 11, True), (0, 0, False)]
)
def test_a_share_of_blocks_stops(sent: int, blocked: int, *, stops: bool) -> None:
    assert domain_sending.too_blocked(sent, blocked, RULES) is stops


@pytest.mark.parametrize(
    ("zone", "moment", "due"),
    [
        (TAIPEI, (2026, 11, 23, 20, 0), (2026, 11, 24, 11, 0)),
        # the day after, at the brand's hour: also when that day has 23 hours, or 25
        (BERLIN, (2026, 3, 28, 20, 0), (2026, 3, 29, 11, 0)),
        (BERLIN, (2026, 10, 24, 20, 0), (2026, 10, 25, 11, 0)),
    ],
    ids=["Taipei", "Berlin, spring", "Berlin, autumn"],
)
def test_a_campaigns_hour_is_that_of_the_wall(zone: ZoneInfo, moment: tuple[int, ...], due: tuple[int, ...]) -> None:
    campaign = Campaign("c", "n", "t", trigger=Trigger.STORE_SALE, days=1, hour=11 * 60)
    found = campaigns.due(campaign, _at(zone, *moment), _at(zone, *moment), zone)
    assert found.astimezone(zone).replace(tzinfo=None) == datetime(*due)  # type: ignore[arg-type]  # noqa: DTZ001


@pytest.mark.parametrize("zone", [TAIPEI, BERLIN], ids=str)
def test_caps_are_hours_whatever_the_clocks_do(zone: ZoneInfo) -> None:
    """On the evening before the clocks change: one a day means 24 hours, not the next date."""
    sent = _at(zone, 2026, 10, 24, 20, 0)
    assert domain_hours.free([sent], sent + timedelta(hours=23), 1, 0) == sent + timedelta(hours=24)
    assert domain_hours.free([sent], sent + timedelta(hours=24), 1, 0) == sent + timedelta(hours=24)
