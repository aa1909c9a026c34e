"""PINs: six digits, bound to their fulfilment and to the key."""

import pytest

from services.order.fulfilment import pins
from services.order.fulfilment.pins import Pins


def test_a_pin_is_shown_and_known_again() -> None:
    made_by = Pins(b"k" * 32)
    made = made_by.make("f1")
    pin = made_by.show("f1", made.sealed)
    assert pins.well_formed(pin)
    assert made_by.same("f1", pin, made.hash)
    assert not made_by.same("f1", f"{(int(pin) + 1) % 10**6:06}", made.hash)
    assert not made_by.same("f1", pin, None)


def test_a_pin_is_bound_to_its_fulfilment_and_to_the_key() -> None:
    made_by = Pins(b"k" * 32)
    made = made_by.make("f1")
    pin = made_by.show("f1", made.sealed)
    assert not made_by.same("f2", pin, made.hash)
    assert not Pins(b"K" * 32).same("f1", pin, made.hash)
    assert made_by.show("f2", made.sealed) == Pins(b"K" * 32).show("f1", made.sealed) == made_by.show("f1", None) == ""


def test_pins_are_spread_over_all_numbers() -> None:
    made_by = Pins(b"k" * 32)
    seen = {made_by.show("f", made_by.make("f").sealed) for _ in range(300)}
    assert len(seen) > 290
    assert {pin[0] for pin in seen} == set("0123456789")


@pytest.mark.parametrize("pin", ["", "1", "1234567", "12345x", "-12345", "１２３４５６", "12 456"])
def test_what_could_not_be_a_pin(pin: str) -> None:
    assert not pins.well_formed(pin)
