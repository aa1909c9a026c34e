"""Value that an order used comes back with its units: in whatever parts and order they end, never more than it paid."""

from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout import domain_spends
from services.order.checkout.domain_spends import Kind, Use

_CARD = "0199a5c3-1d20-7a31-8b42-5c6d7e8f9a0b"
_PACK = "0199a5c3-1d20-7a31-8b42-5c6d7e8f9a0c"


@given(st.integers(1, 500), st.integers(1, 500), st.lists(st.integers(0, 400), max_size=6))
def test_value_goes_back_before_money_and_never_more_than_it_paid(card: int, credit: int, ends: list[int]) -> None:
    uses = [Use(Kind.GIFT_CARD, _CARD, card, pays=card), Use(Kind.CREDIT, "", credit, pays=credit)]
    back, passed = {Kind.GIFT_CARD: 0, Kind.CREDIT: 0}, 0
    for worth in ends:
        for use in domain_spends.returned(uses, passed, passed + worth):
            back[use.kind] += use.amount
        passed += worth
    assert sum(back.values()) == min(passed, card + credit)
    assert back[Kind.CREDIT] == min(passed, credit), "what was given last goes back first"


@given(st.integers(1, 6), st.integers(1, 6), st.permutations(range(12)))
def test_prepaid_units_come_back_once_each(first: int, second: int, order: list[int]) -> None:
    uses = [
        Use(Kind.PREPAID, _PACK, quantity=first, line_no=1),
        Use(Kind.PREPAID, _CARD, quantity=second, line_no=1),
        Use(Kind.PREPAID, "other", quantity=3, line_no=2),
    ]
    back = {_PACK: 0, _CARD: 0}
    for unit in order:
        for use in domain_spends.returned_units(uses, 1, unit, unit):
            back[use.ref] += use.quantity
    assert back == {_PACK: first, _CARD: second}
