"""Check digits of EAN and UPC."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.catalogue import domain_barcodes as barcodes


@pytest.mark.parametrize("code", ["4006381333931", "036000291452", "73513537", "10012345678902", "own-1", "12345", ""])
def test_sound(code: str) -> None:
    assert barcodes.is_sound(code)


@pytest.mark.parametrize("code", ["4006381333932", "036000291453", "73513536", "10012345678903"])
def test_mistyped(code: str) -> None:
    assert not barcodes.is_sound(code)


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 12), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(digits: str, place: int, wrong: int) -> None:
    code = digits + str(barcodes.check_digit(digits))
    assert barcodes.is_sound(code)
    digit = str((int(code[place]) + wrong) % 10)
    assert not barcodes.is_sound(code[:place] + digit + code[place + 1 :])
