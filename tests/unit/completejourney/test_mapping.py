"""What a row of the data set becomes, without the data set."""

from datetime import UTC, datetime
from uuid import UUID

from cli.completejourney import mapping
from cli.completejourney.mapping import Row, Tender, TenderKind

NEW_YEAR = datetime.fromisoformat("2017-01-01T11:53:26")
PUMP = frozenset({6534178})


def row(
    product_id: int = 1095275, quantity: int = 1, sales: int = 50, coupon: int = 0, loyalty: int = 0, match: int = 0
) -> Row:
    return Row(330, 31198570044, 900, NEW_YEAR, NEW_YEAR, product_id, quantity, sales, loyalty, coupon, match)


def test_a_line_keeps_what_the_retailer_received_and_shows_both_discounts() -> None:
    line = mapping.line(row(quantity=2, sales=289, loyalty=45, match=5), 1, PUMP)
    assert (line.sku, line.quantity, line.total, line.regular) == ("1095275", 2, 289, 339)


def test_fuel_from_a_pump_is_one_unit_with_a_measure() -> None:
    line = mapping.line(row(product_id=6534178, quantity=89638, sales=25000), 1, PUMP)
    assert (line.quantity, line.measure) == (1, 339317)


def test_a_line_of_nothing_stays_a_line() -> None:
    line = mapping.line(row(quantity=0, sales=209), 3, PUMP)
    assert (line.line_no, line.quantity, line.measure, line.total) == (3, 0, 0, 209)


def test_a_coupon_is_a_tender_at_face_value_and_the_rest_was_paid_otherwise() -> None:
    basket = mapping.basket([row(sales=289, coupon=55), row(product_id=2, sales=100)], PUMP)
    assert basket.tenders == (Tender(TenderKind.MANUFACTURER_COUPON, 55, 1), Tender(TenderKind.OTHER, 334))
    assert (basket.total, basket.units) == (389, 2)


def test_a_coupon_above_the_basket_gives_money_back() -> None:
    basket = mapping.basket([row(sales=71), row(product_id=5978656, quantity=0, sales=0, coupon=100)], PUMP)
    assert basket.tenders == (Tender(TenderKind.MANUFACTURER_COUPON, 100, 2), Tender(TenderKind.OTHER, -29))
    assert (basket.total, basket.units) == (71, 1)


def test_a_basket_of_nothing_needs_no_tender() -> None:
    assert mapping.basket([row(quantity=0, sales=0)], PUMP).tenders == ()


def test_times_are_utc() -> None:
    assert mapping.basket([row()], PUMP).business_time == datetime(2017, 1, 1, 11, 53, 26, tzinfo=UTC)


def test_ids_are_the_same_every_time_and_sort_by_the_things_own_time() -> None:
    first = mapping.identifier("basket", 31198570044, NEW_YEAR)
    assert first == mapping.identifier("basket", 31198570044, NEW_YEAR)
    assert first != mapping.identifier("household", 31198570044, NEW_YEAR)
    assert first < mapping.identifier("basket", 1, NEW_YEAR.replace(second=27))
    parsed = UUID(first)
    assert (parsed.version, parsed.variant, str(parsed)) == (7, "specified in RFC 4122", first)
    assert parsed.int >> 80 == int(NEW_YEAR.replace(tzinfo=UTC).timestamp()) * 1000


def test_a_product_is_named_by_the_narrowest_thing_known() -> None:
    assert mapping.product(31693, "Private", ("GROCERY", "BREAD", "BAGELS", "18 OZ"), False, 179).name == "BAGELS 18 OZ"
    assert mapping.product(26081, "National", ("MISCELLANEOUS", None, None, None), False, None).name == "MISCELLANEOUS"
    assert mapping.product(5, "", (None, None, None, None), False, None).name == "Product 5"
    assert mapping.product(6534178, "Private", ("FUEL", None, mapping.FUEL, None), True, 74).scale == 1000
