"""What journey J8 says of the data set, asked of the data set itself."""

from collections import Counter
from collections.abc import Iterator

import pytest

from cli.completejourney import mapping, reconcile
from cli.completejourney.reconcile import Figures
from cli.completejourney.source import Source, Weeks
from cli.stack.trouble import Trouble

TWO_WEEKS = Weeks(1, 2)
YEAR = Weeks()
MEASURED = "product_id IN (FROM measured)"
UNMEASURED = "product_id NOT IN (FROM measured)"
UNDESCRIBED = "product_id NOT IN (SELECT product_id FROM products)"


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    try:
        opened = Source.open()
    except Trouble as missing:
        pytest.skip(str(missing))
    with opened:
        yield opened


def ask(source: Source, what: str, where: str = "true") -> tuple[int, ...]:
    """One row of figures over the lines with their products."""
    row = source.db.execute(f"SELECT {what} FROM rows LEFT JOIN products USING (product_id) WHERE {where}").fetchone()
    assert row is not None
    return tuple(row)


SIZES = "count(*), count(DISTINCT basket_id), count(DISTINCT household_id), count(DISTINCT store_id)"


def test_the_year_has_its_size(source: Source) -> None:
    assert ask(source, SIZES) == (1_469_307, 155_848, 2_469, 457)
    assert source.db.execute("SELECT count(*), count(DISTINCT product_id) FROM products").fetchone() == (92_331, 92_331)
    assert sum(1 for _ in source.stores(YEAR)) == 457
    assert sum(1 for _ in source.households(YEAR)) == 2_469


def test_the_first_two_weeks_have_their_size(source: Source) -> None:
    local_day = "(time AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')::DATE"
    assert ask(source, f"{SIZES}, count(DISTINCT {local_day})", "week <= 2") == (35_176, 3_301, 1_390, 142, 8)


def test_a_week_is_a_monday_to_sunday_in_the_chains_zone_only(source: Source) -> None:
    week = "1 + datediff('day', DATE '2016-12-26', ({})::DATE) // 7"
    local, utc = week.format("time AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York'"), week.format("time")
    assert ask(source, f"count_if(week <> {local}), count_if(week <> {utc}) > 0") == (0, True)


def test_money_is_exact_cents_but_for_the_noise_of_binary_fractions(source: Source) -> None:
    assert ask(source, "count_if(abs(sales_value * 100 - sales) > 1e-6), min(sales)") == (0, 0)
    assert ask(source, "sum(sales), sum(retail_disc), sum(coupon_disc), sum(coupon_match_disc)") == (
        459_603_958,
        79_165_064,
        2_635_990,
        454_265,
    )


def test_lines_of_quantity_zero(source: Source) -> None:
    """49 are above zero as stored, but 20 of these hold less than a billionth of a cent: 29 are worth money."""
    figures = "count(*), count_if(sales_value > 0), count_if(sales > 0), sum(sales)"
    assert ask(source, figures, "quantity = 0") == (8_869, 49, 29, 1_252)


def test_lines_worth_zero(source: Source) -> None:
    assert ask(source, "count_if(sales_value = 0), count_if(sales = 0)") == (11_226, 11_246)


def test_only_fuel_has_quantities_that_are_no_pieces(source: Source) -> None:
    assert ask(source, "max(quantity)") == (89_638,)
    assert ask(source, "max(quantity)", UNMEASURED) == (144,)
    assert ask(source, "count(*), count(DISTINCT product_id), min(quantity)", MEASURED) == (13_520, 24, 10)


def test_a_thousand_steps_of_a_pump_cost_a_gallon(source: Source) -> None:
    price = "CAST(quantile_disc(1000.0 * sales / quantity, {}) AS INT)"
    cheap, dear = ask(source, f"{price.format(0.001)}, {price.format(0.999)}", MEASURED)
    assert 170 < cheap < 200
    assert 290 < dear < 350


def test_fuel_sold_by_amount_is_always_a_quantity_of_one(source: Source) -> None:
    figures = "count(*), min(quantity), max(quantity), count(DISTINCT product_id)"
    assert ask(source, figures, f"product_type = '{mapping.FUEL}' AND {UNMEASURED}") == (1_177, 1, 1, 4)


def test_unit_prices_are_fractions(source: Source) -> None:
    assert ask(source, "count(*)", "quantity > 0 AND sales % quantity <> 0") == (44_595,)


def test_coupons_may_exceed_their_line_and_even_the_basket(source: Source) -> None:
    assert ask(source, "count(*)", "coupon_disc > sales") == (3_507,)
    over = "SELECT count(*) FROM (SELECT basket_id FROM rows GROUP BY 1 HAVING sum(coupon_disc) > sum(sales))"
    assert source.db.execute(over).fetchone() == (19,)


def test_products_without_a_master_row(source: Source) -> None:
    assert ask(source, "count(*), count(DISTINCT product_id)", UNDESCRIBED) == (4_836, 17)


def test_a_basket_is_one_visit_and_a_product_is_in_it_once(source: Source) -> None:
    split = """SELECT count(*) FROM (SELECT basket_id FROM rows GROUP BY 1
               HAVING count(DISTINCT (store_id, household_id, time)) > 1 OR count(DISTINCT product_id) < count(*))"""
    assert source.db.execute(split).fetchone() == (0,)


# manufacturers' coupons taken per store, in cents
_COUPONS = """
SELECT CAST(store_id AS VARCHAR), CAST(sum(coupon_disc) AS BIGINT)
  FROM rows WHERE week BETWEEN $first AND $last GROUP BY ALL
"""


def test_the_mapping_loses_nothing_of_the_two_weeks(source: Source) -> None:
    stores: Counter[str] = Counter()
    figures: dict[str, Figures] = {}
    for basket in source.baskets(TWO_WEEKS):
        coupons = (t.amount for t in basket.tenders if t.kind is mapping.TenderKind.MANUFACTURER_COUPON)
        stores[basket.store_id] += sum(coupons)
        sold = Figures(basket.total, basket.units, 1, len(basket.lines), basket.base_units)
        figures[basket.store_id] = figures.get(basket.store_id, Figures()) + sold
    wanted = reconcile.by_store(source, TWO_WEEKS)
    assert reconcile.differences(wanted, figures, reconcile.ALL) == []
    assert dict(stores) == dict(source.db.execute(_COUPONS, TWO_WEEKS.bounds()).fetchall())
    assert sum(wanted.values(), Figures()) == Figures(10_384_779, 46_009, 3_301, 35_176, 9_752_157)


def test_every_cut_of_the_year_sums_to_the_same(source: Source) -> None:
    whole = Figures(459_603_958, 1_917_225, 155_848, 1_469_307, 573_574_320)
    for cut in (reconcile.by_store, reconcile.by_week, reconcile.by_store_and_week, reconcile.by_household):
        assert sum(cut(source, YEAR).values(), Figures()) == whole


def test_baskets_come_by_store_then_time_with_the_receipts_own_order(source: Source) -> None:
    baskets = list(source.baskets(TWO_WEEKS))
    order = [(int(b.store_id), b.business_time, int(b.basket_id)) for b in baskets]
    assert order == sorted(order)
    assert len({b.sale_id for b in baskets}) == 3_301
    assert list(source.baskets(TWO_WEEKS, "361")) == [b for b in baskets if b.store_id == "361"]


def test_ids_do_not_depend_on_the_weeks_asked(source: Source) -> None:
    assert set(source.households(Weeks(2, 2))) <= set(source.households(YEAR))
    assert set(source.stores(Weeks(2, 2))) <= set(source.stores(YEAR))


def test_the_catalogue_is_what_the_weeks_sold(source: Source) -> None:
    products = list(source.products(TWO_WEEKS))
    (unknown,) = ask(source, "count(DISTINCT product_id)", f"week <= 2 AND {UNDESCRIBED}")
    (sold,) = ask(source, "count(DISTINCT product_id)", "week <= 2")
    assert len(products) == sold - unknown
    assert all(product.list_price is None or product.list_price > 0 for product in products)
    assert sum(1 for _ in source.products(TWO_WEEKS, whole_catalogue=True)) == 92_331


@pytest.mark.parametrize("text", ["", "0", "2-1", "1-54", "a-b", "1-2-3", "-2"])
def test_weeks_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(Trouble, match="weeks must"):
        Weeks.parse(text)


def test_weeks_are_read() -> None:
    assert (Weeks.parse("1-2"), Weeks.parse("7")) == (Weeks(1, 2), Weeks(7, 7))
