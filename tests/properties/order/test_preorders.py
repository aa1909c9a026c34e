"""Whatever is ordered ahead, wherever: no cap is ever passed, and nobody is refused who would fit."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout.domain_basket import Preordered
from services.order.preorders import domain
from services.order.preorders.domain import Count

AT = datetime(2026, 3, 2, tzinfo=UTC)
_CHANNELS, _PLACES, _OFFERS = ("web", "app"), ("TPE01", "TPE02", "WH1"), ("A", "B")
_LINES = st.lists(
    st.tuples(st.sampled_from(_OFFERS), st.sampled_from(_PLACES), st.integers(1, 4)), min_size=1, max_size=4
)
_BUYERS = st.lists(st.tuples(st.sampled_from(_CHANNELS), _LINES), max_size=12)
_CAPS = st.dictionaries(
    st.tuples(
        st.sampled_from(_OFFERS),
        st.sampled_from(["", *map(domain.channel, _CHANNELS), *map(domain.place, _PLACES)]),
    ),
    st.integers(0, 9),
)


@given(_CAPS, _BUYERS)
def test_no_cap_is_passed_and_nobody_is_refused_who_would_fit(
    caps: dict[tuple[str, str], int], buyers: list[tuple[str, list[tuple[str, str, int]]]]
) -> None:
    sold: Counter[tuple[str, str]] = Counter()
    for channel_id, goods in buyers:
        lines = [Preordered(no, offer, "S", units, place, AT) for no, (offer, place, units) in enumerate(goods, 1)]
        wanted = domain.wanted(lines, channel_id)
        assert list(wanted) == sorted(wanted), "everybody locks in one order"
        for offer in _OFFERS:
            mine = [line for line in lines if line.offer_id == offer]
            assert wanted.get((offer, ""), 0) == sum(line.quantity for line in mine)
            assert sum(wanted.get((offer, domain.place(one)), 0) for one in _PLACES) == wanted.get((offer, ""), 0)
        short = [key for key, units in wanted.items() if not Count(sold[key], caps.get(key)).covers(units)]
        if short:
            fault = domain.refusal(lines, short[0], Count(sold[short[0]], caps[short[0]]))
            left = int(fault.metadata["left"])
            assert left < wanted[short[0]]
            assert left == max(caps[short[0]] - sold[short[0]], 0)
            named = lines[int(fault.metadata["field"].removeprefix("lines[").partition("]")[0])]
            assert named.offer_id == short[0][0]
            continue
        sold.update(wanted)
        assert all(sold[key] <= cap for key, cap in caps.items())
