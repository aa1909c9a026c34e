"""A price made at the till without a line is the price that the server would have made."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from omo.type.v1 import trade_pb2
from omo_storelink import Basket, CannotPrice, Line, Offer, Pricer, Reference
from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import Basket as ServerBasket
from services.order.checkout.domain_basket import CouponUnknown, Quote, UnknownSku, Want
from services.order.checkout.domain_pricing import Pricer as ServerPricer
from tests.properties.omo_storelink.world import AT, SKUS, World, worlds

_lines = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 5)), min_size=1, max_size=4)


def _offered(world: World, lines: list[tuple[str, int]], tier: str, codes: tuple[str, ...]) -> Offer | None:
    pricer = Pricer(world.till(), location_id="TPE01", channel_id="stores", currency="TWD")
    basket = Basket([Line(sku, quantity) for sku, quantity in lines], tier=tier, codes=codes)
    try:
        return pricer.offer(basket, AT)
    except CannotPrice:
        return None


def _quoted(world: World, lines: list[tuple[str, int]], tier: str, codes: tuple[str, ...]) -> Quote | None:
    around, goods, book = world.server()
    wants = tuple(Want(sku, quantity, Method.CARRY_OUT, "") for sku, quantity in lines)
    basket = ServerBasket("stores", wants, location_id="TPE01", codes=codes)
    try:
        return ServerPricer(basket, tier, AT, around, goods, book, "TWD").quote()
    except (UnknownSku, CouponUnknown):
        return None


def _line(line: Any) -> tuple[Any, ...]:
    discounts = tuple((each.rule_id, each.rule_version, each.stage, each.amount) for each in line.discounts)
    amounts = (line.list_total, line.net_total, line.tax_total)
    return (line.line_no, line.sku, line.quantity, line.by_measure, *amounts, discounts)


@given(worlds(), _lines, st.sampled_from(["", "gold"]), st.sampled_from([(), (" sPRING",), ("nobody's",)]))
def test_offline_the_price_is_the_servers(
    world: World, lines: list[tuple[str, int]], tier: str, codes: tuple[str, ...]
) -> None:
    offer, quote = _offered(world, lines, tier, codes), _quoted(world, lines, tier, codes)
    if offer is None or offer.dead_codes:
        assert quote is None
        return
    assert quote is not None
    sale = offer.sale("s", "A102", {trade_pb2.TENDER_KIND_CASH: offer.payable})
    assert [_line(line) for line in sale.lines] == [_line(line) for line in quote.lines]
    assert (sale.tax_included, sale.currency_code) == (quote.tax_included, quote.currency)
    assert (sale.catalogue_version, sale.price_list_version, sale.rules_version) == (
        quote.catalogue_version, quote.price_list_version, quote.rules_version,
    )  # fmt: skip
    assert offer.payable == quote.totals.grand_total
    for line in sale.lines:
        assert line.list_total - sum(each.amount for each in line.discounts) == line.net_total


@given(worlds(), st.randoms())
def test_reference_data_may_come_in_any_order_and_twice(world: World, chance: Any) -> None:
    straight = _seen(world.till())
    products, lists = [*world.products, *world.products], [*world.price_lists, *world.price_lists]
    chance.shuffle(products)
    chance.shuffle(lists)
    shuffled = World(products, lists, world.tax_classes, world.rules)
    assert _seen(shuffled.till()) == straight


def _seen(reference: Reference) -> Any:
    goods = {sku: reference.product(sku) for sku in SKUS}
    return (
        goods,
        {sku: reference.prices(sku) for sku in SKUS},
        [each.SerializeToString(deterministic=True) for each in reference.price_lists()],
    )
