"""Lots alone: what is believed to be left, what to take, and what to put aside."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.lots import domain
from services.inventory.lots.domain import EXPIRED, GOOD, RECALLED, Balance

AT = datetime(2026, 11, 22, tzinfo=UTC)


@st.composite
def _balances(draw: st.DrawFn) -> list[Balance]:
    found = []
    for lot in draw(st.lists(st.sampled_from("ABCDE"), unique=True)):
        on_hand, state = draw(st.integers(-3, 9)), draw(st.sampled_from([GOOD, GOOD, EXPIRED, RECALLED]))
        aside = draw(st.integers(0, max(0, on_hand))) if state != GOOD else 0
        until = draw(st.none() | st.integers(1, 9).map(lambda day: date(2026, 12, day)))
        since = AT + timedelta(hours=draw(st.integers(0, 9)))
        found.append(Balance("S", "P", lot, "", on_hand, aside, since, until, state))
    return found


@given(balances=_balances(), nameless=st.integers(-12, 12))
def test_what_is_believed_to_be_left_adds_up(balances: list[Balance], nameless: int) -> None:
    left = domain.expected(balances, nameless)
    assert all(0 <= left[one.key] <= max(0, one.on_hand) for one in balances)
    level = nameless + sum(one.on_hand for one in balances)
    bare = max(0, nameless + sum(min(0, one.on_hand) for one in balances))
    assert sum(left.values()) + bare == max(0, level)


@given(balances=_balances(), nameless=st.integers(-12, 12), quantity=st.integers(1, 30))
def test_what_to_take_is_fit_for_sale_and_comes_in_order(balances: list[Balance], nameless: int, quantity: int) -> None:
    units, bare = domain.suggest(balances, nameless, {}, quantity)
    known = {one.key: one for one in balances}
    left = domain.expected(balances, nameless)
    assert all(not known[one.key].blocked and 0 < one.quantity <= left[one.key] for one in units)
    assert sum(one.quantity for one in units) + bare <= quantity
    taken = [known[one.key] for one in units]
    assert taken == domain.first(taken)
    # nothing that is fit is left out while something later is taken
    fit = [one for one in domain.first(balances) if not one.blocked and left[one.key]]
    assert taken == fit[: len(taken)]
    assert bare == 0 or sum(one.quantity for one in units) == sum(left[one.key] for one in fit)


@given(balances=_balances(), nameless=st.integers(-12, 12), sold=st.integers(0, 12))
def test_what_is_put_aside_stays_while_there_is_anything_else(
    balances: list[Balance], nameless: int, sold: int
) -> None:
    aside = domain.aside(balances, nameless)
    assert all(aside[one.key] == 0 for one in balances if not one.blocked)
    settled = [replace(one, put_aside=aside[one.key]) for one in balances]
    assert domain.aside(settled, nameless) == aside
    # sold by tills that name nothing, from what is left beside it
    free = max(0, nameless + sum(one.on_hand for one in balances)) - sum(aside.values())
    assert domain.aside(settled, nameless - min(sold, free)) == aside


@given(hours=st.integers(0, 24 * 366))
def test_a_day_is_over_where_the_brand_is_at_home(hours: int) -> None:
    at = AT + timedelta(hours=hours)
    day = domain.today(at, "Asia/Taipei")
    assert domain.over_at(day - timedelta(days=1), "Asia/Taipei") <= at < domain.over_at(day, "Asia/Taipei")
    assert domain.yesterday(at, "Asia/Taipei") == day - timedelta(days=1)
