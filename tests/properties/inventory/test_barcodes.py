"""Check digits of EAN and UPC."""

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.catalogue import domain_barcodes as barcodes


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 12), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(digits: str, place: int, wrong: int) -> None:
    code = digits + str(barcodes.check_digit(digits))
    assert barcodes.is_sound(code)
    digit = str((int(code[place]) + wrong) % 10)
    assert not barcodes.is_sound(code[:place] + digit + code[place + 1 :])
