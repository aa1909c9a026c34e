"""Kits: made of what they are made of, however deep; never of themselves; as many as the scarcest part allows."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.catalogue import domain_kits as kits
from services.inventory.catalogue.domain_kits import Component, Kits, Wanted


def made(**of: dict[str, int]) -> Kits:
    return {kit: tuple(Component(sku, quantity) for sku, quantity in parts.items()) for kit, parts in of.items()}


# kits may hold kits with higher numbers only, so that there is no circle
ACYCLIC = st.fixed_dictionaries(
    {number: st.dictionaries(st.integers(number + 1, 7), st.integers(1, 3), max_size=3) for number in range(4)}
).map(
    lambda drawn: made(**{f"S{kit}": {f"S{sku}": many for sku, many in parts.items()} for kit, parts in drawn.items()})
)
LEVELS = st.dictionaries(st.sampled_from([f"S{n}" for n in range(8)]), st.integers(0, 60))


@given(ACYCLIC, LEVELS, st.sampled_from(["S0", "S1", "S2", "S3"]))
def test_what_is_available_can_be_taken_and_one_more_cannot(of: Kits, levels: Mapping[str, int], sku: str) -> None:
    kits.check(of, {kit: parts for kit, parts in of.items() if parts})
    many = kits.available(sku, of, levels)

    def lacks(quantity: int) -> bool:
        parts = kits.explode([Wanted(1, sku, quantity)], of)
        return any(part.quantity > levels.get(part.sku, 0) for part in parts)

    assert not lacks(many) or many == 0
    assert lacks(many + 1)
