"""What bringing goods costs, whatever the fees, rules and goods, and however an order that pays for it is cut up."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout.domain import Method, Order, totals
from services.order.checkout.domain_freight import Charge, Route, State
from services.order.checkout.domain_spends import Kind, Use
from services.order.freight.domain import MAX_FEE, Basis, Step, Terms, Way, checked
from services.order.fulfilment import domain_cancelled
from services.order.fulfilment.domain_cancelled import Cancelled
from services.order.promotions.domain import NONE, RuleBook
from services.order.returns import domain_fees
from services.order.returns.domain_policy import Terms as Policy
from tests.properties.order.test_edits import AT
from tests.properties.order.test_fulfilment_sourced import order_of
from tests.unit.order.pricing_shop import AROUND, basket, quote, rules, want
from tests.unit.order.test_freight import BRAND, HOME, TERMS
from tests.unit.order.test_freight_priced import FAST, off

_LINES = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 99), st.booleans()), min_size=1, max_size=4)


def paying(goods: list[tuple[int, int, bool]], fee: int, part: float) -> Order:
    """Of each good how many, at what price, and whether it ships; a card pays that part of the whole."""
    made = order_of([quantity for quantity, _, _ in goods], [price for _, price, _ in goods])
    lines = tuple(
        line if ships else replace(line, method=Method.COLLECT)
        for line, (_, _, ships) in zip(made.lines, goods, strict=True)
    )
    shipped = tuple(line.line_no for line in lines if line.method is Method.SHIP)
    charge = Charge("home", 1, Route(Way.DELIVERY, "standard"), shipped, fee, fee, 0, fee, 0) if shipped else None
    sums = totals(lines, True, fee if shipped else 0)
    card = Use(Kind.GIFT_CARD, "card", pays=int(sums.grand_total * part))
    return replace(made, lines=lines, totals=sums, freight=charge, spends=(card,))


@given(_LINES, st.integers(0, 500), st.floats(0, 1), st.randoms(use_true_random=False))
def test_value_that_paid_for_goods_and_way_comes_back_once(
    goods: list[tuple[int, int, bool]], fee: int, part: float, chance: Random
) -> None:
    order = paying(goods, fee, part)
    units = [(line, (unit, unit)) for line in order.lines for unit in range(line.quantity)]
    chance.shuffle(units)
    gone: list[Cancelled] = []
    back, released = 0, 0
    while units:
        many = chance.randint(1, len(units))
        fresh = domain_cancelled.cancelled(order, units[:many], "", AT)
        del units[:many]
        back += sum(use.pays for use in domain_cancelled.given_back(order, fresh, gone))
        gone += fresh
        released = domain_cancelled.way(order, gone)
        open_ = [line for line, _ in units if order.freight and line.line_no in order.freight.line_nos]
        assert released == (order.freight.total if order.freight and not open_ else 0)
        assert back <= order.spends[0].pays
    assert back == order.spends[0].pays
    assert released == order.totals.shipping_total


@given(_LINES, st.integers(0, 500), st.randoms(use_true_random=False))
def test_a_fee_that_was_taken_comes_back_with_the_last_of_its_goods_only(
    goods: list[tuple[int, int, bool]], fee: int, chance: Random
) -> None:
    order = paying(goods, fee, 0)
    if order.freight is None:
        return
    order = replace(order, freight=replace(order.freight, state=State.CHARGED))
    units = [line.line_no for line in order.lines for _ in range(line.quantity)]
    chance.shuffle(units)
    gone: dict[int, int] = {}
    found = []
    for line_no in units:
        gone[line_no] = gone.get(line_no, 0) + 1
        came = domain_fees.delivery(order, Policy(), "WRONG_SIZE", {line_no}, gone, instead=False)
        assert domain_fees.delivery(order, Policy(), "WRONG_SIZE", {line_no}, gone, instead=True) == 0
        assert domain_cancelled.way(order, ()) == 0, "what was sent was brought"
        found.append(came)
        if came and order.freight:
            order = replace(order, freight=replace(order.freight, state=State.REFUNDED))
    assert sum(found) == fee


_FEES = st.lists(st.integers(0, MAX_FEE), min_size=1, max_size=20, unique=True)
_STARTS = st.lists(st.integers(1, 10**6), min_size=19, max_size=19, unique=True)


@given(_FEES, _STARTS, st.sampled_from((Basis.AMOUNT, Basis.QUANTITY)), st.integers(0, 2 * 10**6), st.integers(0, 99))
def test_a_fee_is_one_of_its_steps_and_moves_one_way_only(
    fees: list[int], starts: list[int], basis: Basis, value: int, more: int
) -> None:
    down = basis is Basis.AMOUNT
    first = 0 if down else 1
    begins = [first, *(first + start for start in sorted(starts))]
    steps = tuple(map(Step, begins, sorted(fees, reverse=down)))
    rule = replace(HOME, basis=basis, steps=steps)
    checked(replace(TERMS, rules=(rule,)), BRAND)
    one, other = rule.fee(value, value), rule.fee(value + more, value + more)
    assert {one, other} <= set(fees)
    assert other <= one if down else other >= one


_GIVES = st.tuples(st.sampled_from(("percent_off", "amount_off", "fixed_price")), st.integers(1, 10_000))


@given(
    fee=st.integers(0, 1_000_000),
    gives=st.lists(_GIVES, max_size=4),
    quantities=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    included=st.booleans(),
    seed=st.randoms(use_true_random=False),
)
def test_never_below_nothing_sums_exact_and_in_any_order(
    fee: int, gives: list[tuple[str, int]], quantities: list[int], included: bool, seed: Random
) -> None:
    lists = tuple(replace(each, tax_included=included) for each in AROUND.price_lists)
    terms = Terms(1, (replace(FAST, methods=(), steps=(Step(0, fee),)),), "standard")
    around = replace(AROUND, freight=terms, price_lists=lists)
    documents = [off(*one, id=f"r{number}", priority=number) for number, one in enumerate(gives)]
    book: RuleBook = rules(*documents) if documents else NONE
    wants = [want("SCARF", quantity) for quantity in quantities]
    made = quote(basket(*wants), around, book=book)
    assert made.freight is not None
    charge, totals = made.freight, made.totals
    assert 0 <= charge.net_total <= charge.list_total == fee
    assert charge.list_total - charge.net_total == sum(one.amount for one in charge.discounts)
    assert charge.total == charge.net_total + (0 if included else charge.tax_total) >= 0
    goods = sum(line.net_total + (0 if included else line.tax_total) for line in made.lines)
    assert totals.grand_total == goods + charge.total == made.due
    seed.shuffle(wants)
    seed.shuffle(documents)
    other = quote(basket(*wants), around, book=rules(*documents) if documents else NONE)
    assert other.freight is not None
    assert (other.freight.total, other.freight.discounts) == (charge.total, charge.discounts)
