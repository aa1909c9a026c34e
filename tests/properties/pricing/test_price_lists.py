"""Which list's price holds: the most specific one that applies, then the higher priority, then the code."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from omo_pricing import price_lists

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Head:
    price_list_id: str
    channels: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    priority: int = 0
    tax_included: bool = True


HEADS = st.builds(
    Head,
    st.text("abcdef", min_size=3, max_size=3),
    st.sampled_from([(), ("web",), ("app",), ("web", "app")]),
    st.sampled_from([(), ("TPE01",)]),
    st.sampled_from([(), ("gold",)]),
    st.sampled_from([None, NOON, NOON + DAY]),
    st.sampled_from([None, NOON, NOON + DAY]),
    st.integers(0, 2),
)
ORDERS = st.lists(HEADS, unique_by=lambda each: each.price_list_id).flatmap(
    lambda lists: st.tuples(st.just(lists), st.permutations(lists))
)


@given(ORDERS)
def test_the_order_of_the_lists_says_nothing(orders: tuple[list[Head], list[Head]]) -> None:
    asked = ("web", "TPE01", "gold", NOON)
    one, other = (price_lists.holding(lists, *asked) for lists in orders)
    assert one == other
    assert all(price_lists.holds(each, *asked) for each in one)
