"""As many kits are shown to come as could be made of what there will be, at each place by itself."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.availability import domain_atp
from services.inventory.availability.domain_atp import Shelf
from services.inventory.catalogue.domain_kits import Component
from tests.unit.inventory.limits import limits

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PARTS = {"COAT": 1, "BELT": 2}
_BOOKS = st.fixed_dictionaries({part: st.integers(-9, 20) for part in PARTS})
_COMES = st.fixed_dictionaries(
    {part: st.lists(st.tuples(st.integers(-1, 4), st.integers(1, 15)), max_size=5) for part in PARTS}
)


def shelves(books: Mapping[str, int], comes: Mapping[str, list[tuple[int, int]]]) -> dict[str, Shelf]:
    return {
        part: Shelf(
            {"X": books[part]}, 0, {"X": sorted((NOW + timedelta(days=day), many) for day, many in comes[part])}
        )
        for part in PARTS
    }


def made_by(books: Mapping[str, int], comes: Mapping[str, list[tuple[int, int]]], day: int) -> int:
    """One by one, while every part is there: what is late or owed is nobody's."""
    left = {part: books[part] + sum(many for at, many in comes[part] if 0 < at <= day) for part in PARTS}
    kits = 0
    while all(left[part] >= many for part, many in PARTS.items()):
        left = {part: left[part] - many for part, many in PARTS.items()}
        kits += 1
    return kits


@given(_BOOKS, _COMES)
def test_as_many_kits_come_as_could_be_made_then(
    books: dict[str, int], comes: dict[str, list[tuple[int, int]]]
) -> None:
    made_of = {"SET": tuple(Component(part, many) for part, many in PARTS.items())}
    found = limits(goods=dict.fromkeys((*PARTS, "SET"), ()), kits=made_of)
    coming = domain_atp.coming(found, shelves(books, comes), "SET", ["X"], NOW)
    for day in range(5):
        until = NOW + timedelta(days=day)
        more = sum(many for at, many in coming if at <= until)
        assert made_by(books, comes, 0) + more == made_by(books, comes, day)
    assert all(many > 0 for _, many in coming)
