"""The messages that leave for the store door and for headquarters."""

from datetime import datetime

from cli.completejourney import mapping, wire
from cli.completejourney.mapping import Row
from omo.type.v1 import quantity_pb2, trade_pb2

TIME = datetime.fromisoformat("2017-01-01T11:53:26")
PUMP = frozenset({6534178})
ROWS = [
    Row(330, 31198570044, 900, TIME, TIME, 1095275, 2, 289, 45, 55, 5),
    Row(330, 31198570044, 900, TIME, TIME, 6534178, 10597, 2574, 0, 0, 0),
    Row(330, 31198570044, 900, TIME, TIME, 5978656, 0, 0, 0, 200, 0),
]


def test_a_sale_says_what_the_receipt_said() -> None:
    sale = wire.sale(mapping.basket(ROWS, PUMP))
    assert (sale.receipt_no, sale.currency_code, sale.business_time.ToJsonString()) == (
        "31198570044",
        "USD",
        "2017-01-01T11:53:26Z",
    )
    goods, fuel, coupon = sale.lines
    assert (goods.quantity, goods.by_measure, goods.list_total, goods.net_total) == (2, False, 339, 289)
    assert {discount.rule_id: discount.amount for discount in goods.discounts} == {
        "loyalty-card": 45,
        "coupon-match": 5,
    }
    assert (fuel.quantity, fuel.by_measure, fuel.net_total) == (40114, True, 2574)
    assert (coupon.quantity, coupon.by_measure, coupon.net_total, coupon.sku) == (0, False, 0, "5978656")


def test_tenders_of_a_sale_sum_to_its_lines() -> None:
    sale = wire.sale(mapping.basket(ROWS, PUMP))
    kinds = [(tender.kind, tender.amount, tender.reference) for tender in sale.tenders]
    assert kinds == [
        (trade_pb2.TENDER_KIND_MANUFACTURER_COUPON, 55, "line 1"),
        (trade_pb2.TENDER_KIND_MANUFACTURER_COUPON, 200, "line 3"),
        (trade_pb2.TENDER_KIND_OTHER, 2608, ""),
    ]
    assert sum(tender.amount for tender in sale.tenders) == sum(line.net_total for line in sale.lines)


def test_every_line_adds_up() -> None:
    for line in wire.sale(mapping.basket(ROWS, PUMP)).lines:
        assert line.list_total - sum(discount.amount for discount in line.discounts) == line.net_total


def test_the_same_basket_is_the_same_bytes() -> None:
    once, twice = (wire.sale(mapping.basket(ROWS, PUMP)).SerializeToString() for _ in range(2))
    assert once == twice


def test_measured_goods_are_priced_by_the_litre_in_millilitres() -> None:
    pump = mapping.product(6534178, "Private", ("FUEL", None, mapping.FUEL, None), True, 74)
    variant = wire.product(pump).variants[0]
    assert (variant.base_unit, variant.scale, variant.by_measure) == (quantity_pb2.BASE_UNIT_MILLILITRE, 1000, True)
    bread = mapping.product(31693, "Private", ("GROCERY", "BREAD", "BAGELS", "18 OZ"), False, 179)
    variant = wire.product(bread).variants[0]
    assert (variant.base_unit, variant.scale, variant.by_measure) == (quantity_pb2.BASE_UNIT_PIECE, 1, False)


def test_a_household_is_a_card_without_personal_data() -> None:
    member = wire.member(mapping.household(900, TIME, 330))
    assert [identifier.value for identifier in member.identifiers] == ["CJ000900"]
    assert (member.display_name, member.enrolled_location_id) == ("", "330")
