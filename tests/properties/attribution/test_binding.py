"""The binding policy as a pure fold."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.attribution.binding import domain
from services.attribution.binding.domain import Noted, Policy, Source

START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = Policy("test", timedelta(days=90), timedelta(days=365))


def noted(staff: str, day: float, binding_id: str = "") -> Noted:
    moment = START + timedelta(days=day)
    return Noted(binding_id or f"{staff}-{day}", "m", staff, "TPE01", Source.QR, moment, "token:1")


@given(
    st.lists(st.tuples(st.sampled_from(["A102", "A205", "B1"]), st.integers(0, 800)), max_size=8),
    st.integers(0, 1200),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_does_not_matter(facts: list[tuple[str, int]], day: int, chance: object) -> None:
    known = [noted(staff, at, f"{index:03d}") for index, (staff, at) in enumerate(facts)]
    shuffled = list(known)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert domain.at(known, POLICY, START + timedelta(days=day)) == domain.at(
        shuffled, POLICY, START + timedelta(days=day)
    )
