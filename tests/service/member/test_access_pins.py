"""A PIN is kept so that only its owner's digits fit."""

from services.member.access.credentials import Pins
from services.member.vault import Vault

OLD, NEW, HASH = (bytes([number]) * 32 for number in range(3))


async def test_a_pin_fits_its_owner_and_its_key_only() -> None:
    pins = Pins(Vault([OLD], HASH))
    kept = await pins.hash("A102", "2580")
    assert kept.startswith("$argon2id$")
    assert await pins.matches("A102", "2580", kept)
    assert not await pins.matches("A102", "2581", kept)
    assert not await pins.matches("A205", "2580", kept)
    assert not await pins.matches("A102", "2580", None)
    assert not await Pins(Vault([OLD], NEW)).matches("A102", "2580", kept)
