"""What cannot be priced is refused with the field at fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

import omo_pricing as pricing
from tests.unit.pricing.shop import NOW, cart, line, price, shelf

GOODS = shelf(coat=1_000)
ONE = cart(line(1, "coat"))
TILL = pricing.Price(700, scale=2)


@pytest.mark.parametrize(
    ("bought", "path"),
    [
        (cart(line(1, "coat"), line(2, "hat")), "cart.lines[1].sku"),
        (cart(line(1, "coat", 0)), "cart.lines[0].quantity"),
        (cart(line(1, "coat", -1)), "cart.lines[0].quantity"),
        (cart(line(1, "coat", 1.5)), "cart.lines[0].quantity"),  # type: ignore[arg-type]
        (cart(line(1, "coat", True)), "cart.lines[0].quantity"),
        (cart(line(0, "coat")), "cart.lines[0].line_no"),
        (cart(line(1, "coat"), line(1, "coat")), "cart.lines[1].line_no"),
        (cart(line(1, "coat", 10**17)), "cart.lines"),
        (cart(pricing.CartLine(1, "coat", 1, list_price=pricing.Price(-1))), "cart.lines[0].price.amount"),
        (cart(pricing.CartLine(1, "coat", 1, list_price=pricing.Price(1, 0))), "cart.lines[0].price.scale"),
        (replace(ONE, currency="USD"), "cart.currency"),
        (replace(ONE, spends=(pricing.Spend("points", -1),)), "cart.spends[0].amount"),
        (replace(ONE, spends=(pricing.Spend("points", 1),) * 2), "cart.spends"),
    ],
)
def test_a_cart_that_cannot_be_priced(bought: pricing.Cart, path: str) -> None:
    with pytest.raises(pricing.CartError) as refused:
        price(bought, GOODS)
    assert refused.value.path == path
    assert str(refused.value).startswith(f"{path}: must ")


def test_an_unknown_sku_is_told_apart() -> None:
    with pytest.raises(pricing.UnknownSku, match="hat"):
        price(cart(line(1, "hat")), GOODS)


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (pricing.Item("coat", pricing.Price(-1)), "catalogue.items[coat].price.amount"),
        (pricing.Item("coat", pricing.Price(1, 0)), "catalogue.items[coat].price.scale"),
        (pricing.Item("coat", pricing.Price(1), tax_rate_ppm=-1), "catalogue.items[coat].tax_rate_ppm"),
        (pricing.Item("coat", pricing.Price(9.5)), "catalogue.items[coat].price.amount"),  # type: ignore[arg-type]
    ],
)
def test_a_catalogue_that_cannot_be_used(item: pricing.Item, path: str) -> None:
    with pytest.raises(pricing.CartError) as refused:
        price(ONE, shelf(item))
    assert refused.value.path == path


def test_a_moment_without_an_offset_is_no_moment() -> None:
    with pytest.raises(pricing.CartError) as refused:
        price(ONE, GOODS, at=datetime(2026, 3, 1))  # noqa: DTZ001 - the point of the test
    assert refused.value.path == "at"


def test_the_same_moment_in_another_zone_is_the_same_price() -> None:
    taipei = NOW.astimezone(timezone(timedelta(hours=8)))
    assert price(ONE, GOODS, at=taipei).to_dict() == price(ONE, GOODS).to_dict()


def test_a_till_states_the_price_that_stood_there() -> None:
    sold = cart(pricing.CartLine(1, "coat", 3, list_price=TILL))
    priced = price(sold, GOODS)
    assert priced.totals.total == 1_050
    assert priced.lines[0].list_price == TILL


@pytest.mark.parametrize("total", [0, 1, 99, 100, 101])
def test_a_till_states_a_line_total_to_the_unit(total: int) -> None:
    priced = price(cart(pricing.CartLine(1, "coat", 7, list_price=pricing.Price(total, scale=7))), GOODS)
    assert priced.totals.total == total


def test_an_empty_cart_costs_nothing() -> None:
    priced = price(cart(points=10), GOODS)
    assert priced.totals == pricing.Totals(0, 0, 0, 0, 0, 0, 0)
    assert priced.spent[0].amount == 0


@pytest.mark.parametrize("read", [lambda p: p.catalogue_version, lambda p: p.price_list_version])
def test_the_answer_names_the_versions_that_it_came_from(read: Callable[[pricing.Priced], int]) -> None:
    goods = replace(GOODS, catalogue_version=41, price_list_version=41)
    priced = price(ONE, goods)
    assert read(priced) == 41
    assert (priced.rules_version, priced.at, priced.channel_id) == ("r1", NOW, "web")
