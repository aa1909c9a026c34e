"""Check digits of EAN and UPC."""

import pytest

from services.inventory.catalogue import domain_barcodes as barcodes


@pytest.mark.parametrize("code", ["4006381333931", "036000291452", "73513537", "10012345678902", "own-1", "12345", ""])
def test_sound(code: str) -> None:
    assert barcodes.is_sound(code)


@pytest.mark.parametrize("code", ["4006381333932", "036000291453", "73513536", "10012345678903"])
def test_mistyped(code: str) -> None:
    assert not barcodes.is_sound(code)
