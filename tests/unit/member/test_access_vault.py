"""What is sealed stays sealed, and opens only where it belongs."""

import secrets

import pytest

from services.member import vault as sealing
from services.member.access import credentials
from services.member.identity.persons import Persons
from services.member.vault import Unreadable, Vault

OLD, NEW, HASH = (bytes([number]) * 32 for number in range(3))


def test_what_is_sealed_opens_at_its_place_only() -> None:
    key = secrets.token_bytes(32)
    sealed = sealing.seal(key, "陳小明".encode(), "member-1:name")
    assert "陳小明".encode() not in sealed
    assert sealing.unseal(key, sealed, "member-1:name").decode() == "陳小明"
    for wrong_key, place in ((key, "member-2:name"), (key, "member-1:phone"), (OLD, "member-1:name")):
        with pytest.raises(Unreadable):
            sealing.unseal(wrong_key, sealed, place)


@pytest.mark.parametrize("at", range(0, 40, 3))
def test_a_changed_byte_is_noticed(at: int) -> None:
    sealed = bytearray(sealing.seal(OLD, b"0912345678 and more", "place"))
    sealed[at % len(sealed)] ^= 1
    with pytest.raises(Unreadable):
        sealing.unseal(OLD, bytes(sealed), "place")


def test_equal_values_are_sealed_differently() -> None:
    assert sealing.seal(OLD, b"x", "p") != sealing.seal(OLD, b"x", "p")


def test_a_new_key_still_opens_what_the_old_one_wrapped() -> None:
    wrapped = Vault([OLD], HASH).wrap("purpose", b"x", "place")
    assert Vault([NEW, OLD], HASH).unwrap("purpose", wrapped, "place") == b"x"
    with pytest.raises(Unreadable):
        Vault([NEW], HASH).unwrap("purpose", wrapped, "place")
    with pytest.raises(Unreadable):
        Vault([OLD], HASH).unwrap("other purpose", wrapped, "place")


def test_keyed_hashes_differ_by_key_purpose_and_part() -> None:
    vault = Vault([OLD], HASH)
    base = vault.digest("identifier", "phone", "+886912345678")
    assert base == vault.digest("identifier", "phone", "+886912345678")
    assert base != vault.digest("otp scope", "phone", "+886912345678")
    assert base != Vault([OLD], NEW).digest("identifier", "phone", "+886912345678")
    assert vault.digest("p", "ab", "c") != vault.digest("p", "a", "bc")
    assert vault.digest("p", "a\0b") != vault.digest("p", "a", "b")


def test_one_members_key_opens_nothing_of_another() -> None:
    persons = Persons(Vault([OLD], HASH))
    one, other = persons.new_key("one"), persons.new_key("other")
    sealed = persons.seal(one, "one", "name", "陳小明")
    assert persons.open(one, "one", "name", sealed) == "陳小明"
    with pytest.raises(Unreadable):
        persons.open(other, "other", "name", sealed)
    with pytest.raises(Unreadable):
        persons.open(one, "other", "name", sealed)


def test_a_terminal_code_is_read_however_it_is_typed() -> None:
    code = credentials.terminal_code(Vault([OLD], HASH), "hq:1", "request", "2026-03-01T00:00:00Z")
    assert len(code) == 11
    plain = code.replace("-", "")
    assert credentials.normalised_code(f" {code.lower()} ") == plain
    assert credentials.normalised_code("oIl-0u") == "0110V"
