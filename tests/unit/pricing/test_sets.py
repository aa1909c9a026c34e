"""Several units together cost less: multibuys, bundles and fixed prices, down to the unit."""

from __future__ import annotations

import pytest

import omo_pricing as pricing
from omo_pricing import Goods, Reason, Select
from tests.unit.pricing.shop import cart, given, line, percent, price, rule, shelf, skipped

FREE = pricing.Give(pricing.Off.PERCENT, 10_000)
HALF = pricing.Give(pricing.Off.PERCENT, 5_000)
GOODS = shelf(coat=1_000, hat=300, sock=100, tie=200)


def nets(priced: pricing.Priced) -> list[list[int]]:
    """What each unit costs, by line."""
    return [[run.net for run in found.units for _ in range(run.count)] for found in priced.lines]


def part(quantity: int = 1, **goods: set[str]) -> pricing.Part:
    return pricing.Part(Goods(**{name: frozenset(values) for name, values in goods.items()}), quantity)


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        pytest.param(pricing.Multibuy(3, 1, FREE), [[1_000], [300, 0], [100, 100]], id="third-free"),
        pytest.param(pricing.Multibuy(2, 1, HALF), [[1_000], [300, 150], [50, 100]], id="second-half"),
        pytest.param(pricing.Multibuy(2, 2, HALF), [[500], [150, 150], [50, 100]], id="both-half"),
        pytest.param(pricing.Multibuy(2, 1, FREE, max_occurrence=1), [[1_000], [300, 0], [100, 100]], id="once"),
        pytest.param(pricing.Multibuy(2, 1, FREE, Select.MOST_EXPENSIVE), [[0], [300, 0], [100, 100]], id="dearest"),
        pytest.param(
            pricing.Multibuy(5, 1, pricing.Give(pricing.Off.AMOUNT, 30)), [[1_000], [300, 300], [100, 70]], id="amount"
        ),
        pytest.param(
            pricing.Multibuy(5, 2, pricing.Give(pricing.Off.PRICE, 60)), [[1_000], [300, 300], [60, 60]], id="price"
        ),
    ],
)
def test_multibuy_makes_units_cheaper(effect: pricing.Multibuy, expected: list[list[int]]) -> None:
    bought = cart(line(1, "coat"), line(2, "hat", 2), line(3, "sock", 2))
    priced = price(bought, GOODS, rule("many", effect, "line"))
    assert [sorted(units) for units in nets(priced)] == [sorted(units) for units in expected]
    assert priced.totals.discount == 1_800 - sum(map(sum, expected))


def test_multibuy_over_the_whole_set_leaves_no_unit_free() -> None:
    """Three for two of 100: each unit carries a third, so that no free unit is kept when a paid one comes back."""
    priced = price(cart(line(1, "sock", 3)), GOODS, rule("third", pricing.Multibuy(3, 1, FREE, whole_set=True), "line"))
    assert nets(priced) == [[66, 67, 67]]
    assert sum(pricing.refund_of(priced.lines[0].units, [unit]).payable for unit in range(3)) == 200


def test_a_discounted_unit_gives_back_what_it_cost() -> None:
    priced = price(cart(line(1, "sock", 3)), GOODS, rule("third", pricing.Multibuy(3, 1, FREE), "line"))
    assert [(run.first, run.last, run.net) for run in priced.lines[0].units] == [(0, 1, 100), (2, 2, 0)]
    assert priced.lines[0].units[1].discounts == {"third": 100}


def test_two_sets_are_made_dearest_with_dearest() -> None:
    """Three of 1,000 and three of 100: one coat and one sock come free, in one cart as in two."""
    third = rule("third", pricing.Multibuy(3, 1, FREE), "line")
    priced = price(cart(line(1, "coat", 3), line(2, "sock", 3)), GOODS, third)
    assert priced.totals.discount == 1_100
    assert [found.discounts for found in priced.lines] == [{"third": 1_000}, {"third": 100}]


def test_multibuy_looks_at_units_as_rules_before_left_them() -> None:
    sale = rule("sale", percent(5_000), "product", scope=pricing.Scope(include=Goods(skus=frozenset({"hat"}))))
    priced = price(
        cart(line(1, "hat"), line(2, "tie")), GOODS, sale, rule("pair", pricing.Multibuy(2, 1, FREE), "line")
    )
    assert given(priced) == [("sale", 150), ("pair", 150)]
    assert nets(priced) == [[0], [200]]


def test_too_few_for_a_set_is_told() -> None:
    priced = price(cart(line(1, "sock", 2)), GOODS, rule("third", pricing.Multibuy(3, 1, FREE), "line"))
    assert skipped(priced) == {"third": Reason.TOO_FEW_FOR_SET}


def test_a_bundle_has_its_own_price() -> None:
    """Coat, hat and two socks for 1,200 instead of 1,500: each unit carries its part of the 300."""
    suit = pricing.Bundle(
        (part(skus={"coat"}), part(skus={"hat"}), part(2, skus={"sock"})), pricing.Give(pricing.Off.PRICE, 1_200)
    )
    priced = price(cart(line(1, "coat"), line(2, "hat"), line(3, "sock", 3)), GOODS, rule("suit", suit))
    assert nets(priced) == [[800], [240], [100, 80, 80]]
    assert priced.totals.total == 1_300


def test_parts_that_share_goods_still_make_as_many_bundles_as_they_can() -> None:
    """Any small good and a sock: the tie goes to the first part, or the only sock would be used up by it."""
    pair = pricing.Bundle((part(skus={"sock", "tie"}), part(skus={"sock"})), pricing.Give(pricing.Off.AMOUNT, 50))
    for select in Select:
        effect = pricing.Bundle(pair.parts, pair.give, select)
        priced = price(cart(line(1, "sock"), line(2, "tie")), GOODS, rule("pair", effect))
        assert given(priced) == [("pair", 50)]


def test_only_bundles_that_save_are_made() -> None:
    """Two for 450: with a hat it saves, two socks alone cost less."""
    pair = pricing.Bundle(
        (part(skus={"coat", "hat", "sock"}), part(skus={"sock"})), pricing.Give(pricing.Off.PRICE, 350)
    )
    priced = price(cart(line(1, "hat"), line(2, "sock", 3)), GOODS, rule("pair", pair))
    assert given(priced) == [("pair", 50)]
    alone = price(cart(line(1, "sock", 4)), GOODS, rule("pair", pair))
    assert skipped(alone) == {"pair": Reason.TOO_FEW_FOR_SET}


def test_bundles_stop_where_the_rule_says() -> None:
    pair = pricing.Bundle((part(skus={"hat"}), part(skus={"sock"})), HALF, max_occurrence=2)
    priced = price(cart(line(1, "hat", 5), line(2, "sock", 5)), GOODS, rule("pair", pair))
    assert priced.totals.discount == 400


def test_a_fixed_price_is_never_a_dearer_one() -> None:
    cheap = rule("cheap", pricing.FixedPrice(150), "product")
    priced = price(cart(line(1, "hat", 2), line(2, "sock", 2)), GOODS, cheap)
    assert [found.net for found in priced.lines] == [300, 200]
    assert priced.applied[0].lines == ((1, 300),)


def test_a_fixed_price_is_for_as_many_base_units_as_the_list_s() -> None:
    tea = shelf(pricing.Item("tea", pricing.Price(400, scale=1_000)))
    priced = price(cart(line(1, "tea", 250, measure=True)), tea, rule("cheap", pricing.FixedPrice(200), "product"))
    assert priced.totals.total == 50


def test_a_fixed_price_is_for_each_unit_also_where_a_line_s_total_was_stated() -> None:
    sold = pricing.CartLine(1, "sock", 3, list_price=pricing.Price(300, 3))
    priced = price(cart(sold), GOODS, rule("cheap", pricing.FixedPrice(60), "product"))
    assert priced.totals.total == 180


def test_thousands_of_units_make_their_bundles_at_once() -> None:
    pair = pricing.Bundle((part(skus={"hat", "sock"}), part(3, skus={"sock"})), HALF)
    priced = price(cart(line(1, "hat", 1_000), line(2, "sock", 9_000)), GOODS, rule("pair", pair))
    # 1,000 hats each with three socks, and 1,500 sets of four socks
    assert priced.totals.discount == 1_000 * 300 + 1_500 * 200
