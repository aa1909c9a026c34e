"""Kits: made of what they are made of, however deep; never of themselves; as many as the scarcest part allows."""

import pytest

from kit.errors import Fault
from services.inventory.catalogue import domain_kits as kits
from services.inventory.catalogue.domain_kits import Component, Kits, Part, Wanted


def made(**of: dict[str, int]) -> Kits:
    return {kit: tuple(Component(sku, quantity) for sku, quantity in parts.items()) for kit, parts in of.items()}


GIFT = made(GIFT={"SOAP": 2, "BOX": 1}, FAMILY={"GIFT": 3, "SOAP": 1, "CARD": 1})


def test_kits_in_kits_are_taken_apart() -> None:
    assert kits.flat("FAMILY", GIFT) == {"SOAP": 7, "BOX": 3, "CARD": 1}
    assert kits.flat("SOAP", GIFT) == {"SOAP": 1}


def test_a_line_keeps_its_number_and_says_which_kit_it_was() -> None:
    lines = [Wanted(1, "GIFT", 2), Wanted(2, "SOAP", 5)]
    assert kits.explode(lines, GIFT) == [Part(1, "SOAP", 4, "GIFT"), Part(1, "BOX", 2, "GIFT"), Part(2, "SOAP", 5)]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [({"SOAP": 7, "BOX": 9}, 3), ({"SOAP": 100, "BOX": 2}, 2), ({"SOAP": 1, "BOX": 1}, 0), ({}, 0), ({"SOAP": -4}, 0)],
)
def test_the_scarcest_part_says_how_many(levels: dict[str, int], expected: int) -> None:
    assert kits.available("GIFT", GIFT, levels) == expected


@pytest.mark.parametrize(
    ("of", "asked", "path"),
    [
        (made(A={"A": 1}), "A", "A > A"),
        (made(A={"B": 1}, B={"A": 1}), "A", "A > B > A"),
        (made(A={"B": 1}, B={"C": 2}, C={"D": 1}, D={"B": 1}), "A", "B > C > D > B"),
    ],
)
def test_a_kit_that_would_hold_itself_is_refused(of: Kits, asked: str, path: str) -> None:
    with pytest.raises(kits.KitCycle) as refused:
        kits.check([asked], of)
    assert refused.value.metadata["path"] == path


def test_two_ways_to_one_part_are_no_circle() -> None:
    of = made(A={"B": 1, "C": 1}, B={"D": 1}, C={"D": 2})
    kits.check(["A"], of)
    assert kits.flat("A", of) == {"D": 3}


def test_kits_lie_five_deep_and_no_deeper() -> None:
    chain = made(**{f"K{n}": {f"K{n + 1}": 1} for n in range(6)})
    kits.check(["K1"], chain)
    with pytest.raises(Fault, match="more than 5 kits"):
        kits.check(["K0"], chain)


def test_absurd_contents_are_refused() -> None:
    with pytest.raises(Fault, match="more than 1000000"):
        kits.check(["A"], made(A={"B": 2_000}, B={"C": 2_000}))
