"""Which list's price holds: the most specific one that applies, then the higher priority, then the code."""

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omo_pricing import price_lists

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Head:
    price_list_id: str
    channels: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    priority: int = 0
    tax_included: bool = True


ALL = Head("all")
WEB = Head("web", channels=("web",))
GOLD = Head("gold", tiers=("gold",))
XINYI = Head("xinyi", locations=("TPE01",))


def chosen(*lists: Head, channel: str = "web", location: str = "", tier: str = "", at: datetime = NOON) -> str:
    held = price_lists.holding(lists, channel, location, tier, at)
    found = price_lists.deciding(held, {each.price_list_id for each in lists})
    return found.price_list_id if found else ""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "web"),
        ({"tier": "gold"}, "gold"),
        ({"tier": "silver"}, "web"),
        ({"channel": "stores", "location": "TPE01", "tier": "gold"}, "xinyi"),
        ({"channel": "stores", "location": "TPE02"}, "all"),
        ({"channel": "app"}, "all"),
    ],
)
def test_a_store_comes_before_a_tier_before_a_channel(asked: dict[str, Any], expected: str) -> None:
    for order in itertools.permutations((ALL, WEB, GOLD, XINYI)):
        assert chosen(*order, **asked) == expected


def test_a_period_begins_with_its_start_and_ends_before_its_end() -> None:
    sale = replace(ALL, price_list_id="sale", starts=NOON, ends=NOON + DAY, priority=1)
    moments = {NOON - DAY: "all", NOON: "sale", NOON + DAY - timedelta(microseconds=1): "sale", NOON + DAY: "all"}
    assert {at: chosen(ALL, sale, at=at) for at in moments} == moments


def test_priority_decides_between_equals_and_then_the_code() -> None:
    assert chosen(replace(WEB, price_list_id="a", priority=2), replace(WEB, price_list_id="b", priority=1)) == "a"
    assert chosen(replace(WEB, price_list_id="a"), replace(WEB, price_list_id="b")) == "b"


def test_a_list_without_the_good_is_passed_over() -> None:
    held = price_lists.holding((ALL, WEB), "web", "", "", NOON)
    assert price_lists.deciding(held, {"all": 100}) == ALL
    assert price_lists.deciding(held, {}) is None
    untaxed = replace(WEB, tax_included=False)
    assert price_lists.deciding([untaxed, ALL], {"all", "web"}, tax_included=True) == ALL
