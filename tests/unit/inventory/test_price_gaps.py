"""Where the brand's prices are not one, and by which list."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.inventory.catalogue.domain import Channel, Location, PriceList
from services.inventory.pricing import domain
from services.inventory.pricing.domain import Board, Good, SalesPlace

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RETAIL = PriceList("retail", "TWD", True)
WEB = PriceList("web", "TWD", True, channel_ids=("web",))
XINYI = PriceList("xinyi", "TWD", True, location_ids=("TPE01",))
CHANNELS = [Channel("app", "ONLINE", "app"), Channel("stores", "STORE", "stores"), Channel("web", "ONLINE", "web")]
PLACES = [
    Location("TPE01", "STORE", "a", active=True),
    Location("TPE02", "STORE", "b", active=True),
    Location("SHUT", "STORE", "c", active=False),
    Location("WH1", "WAREHOUSE", "d", active=True),
]
WHERE = domain.places(CHANNELS, PLACES, ())


def good(**prices: int) -> Good:
    return Good("COAT-M", "COAT", "Coat M", prices)


def found(*lists: PriceList, at: datetime = NOON, **prices: int) -> list[tuple[int | None, str, list[str]]]:
    gap = Board(lists, WHERE, "", at).gap(good(**prices))
    if gap is None:
        return []
    return [
        (
            one.amount if one.listed else None,
            one.listed.price_list_id if one.listed else "",
            sorted(f"{place.channel_id}{place.location_id}" for place in one.places),
        )
        for one in gap.prices
    ]


def test_goods_are_sold_online_and_at_open_stores() -> None:
    assert {(one.channel_id, one.location_id) for one in WHERE} == {
        ("app", ""), ("web", ""), ("stores", "TPE01"), ("stores", "TPE02"),
    }  # fmt: skip
    assert domain.places(CHANNELS, PLACES, ["web"]) == [SalesPlace("web")]


def test_one_price_everywhere_is_no_gap() -> None:
    assert found(RETAIL, retail=100) == []
    assert found(RETAIL, WEB, retail=100, web=100) == []


def test_a_gap_names_each_price_its_list_and_its_places() -> None:
    assert found(RETAIL, WEB, XINYI, retail=100, web=90, xinyi=95) == [
        (100, "retail", ["app", "storesTPE02"]),
        (90, "web", ["web"]),
        (95, "xinyi", ["storesTPE01"]),
    ]


def test_a_place_without_a_price_is_a_gap() -> None:
    assert found(WEB, web=90) == [(None, "", ["app", "storesTPE01", "storesTPE02"]), (90, "web", ["web"])]


def test_another_currency_or_tax_basis_is_another_price() -> None:
    assert len(found(RETAIL, replace(WEB, tax_included=False), retail=100, web=100)) == 2
    assert len(found(RETAIL, replace(WEB, currency_code="USD"), retail=100, web=100)) == 2


def test_a_gap_of_tomorrow_is_seen_by_its_time() -> None:
    tomorrow = replace(WEB, start_time=NOON + timedelta(days=1))
    assert found(RETAIL, tomorrow, retail=100, web=90) == []
    assert found(RETAIL, tomorrow, at=NOON + timedelta(days=1), retail=100, web=90) != []


def test_a_price_is_resolved_as_a_basket_would() -> None:
    def chosen(channel: str, location: str = "") -> str:
        listed = domain.resolve(
            [RETAIL, WEB, XINYI], {"retail": 1, "web": 2, "xinyi": 3}, SalesPlace(channel, location), "", NOON
        )
        return listed.price_list_id if listed else ""

    assert [chosen("web"), chosen("app"), chosen("stores", "TPE01"), chosen("stores", "TPE02")] == [
        "web", "retail", "xinyi", "retail",
    ]  # fmt: skip
    assert domain.resolve([WEB], {"web": 2}, SalesPlace("app"), "", NOON) is None
