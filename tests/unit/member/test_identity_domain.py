"""Rules on identifiers, masks and windows."""

from datetime import UTC, datetime, timedelta

import pytest

from kit import attempts
from services.member.identity import domain
from services.member.identity.domain import By

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_number_gets_one_code_a_minute_five_an_hour_ten_a_day() -> None:
    minute_ago = NOW - timedelta(seconds=60)
    assert not attempts.wait([minute_ago], domain.NUMBER, NOW)
    assert attempts.wait([minute_ago + timedelta(seconds=1)], domain.NUMBER, NOW) == timedelta(seconds=1)
    five = [NOW - timedelta(minutes=minutes) for minutes in (2, 10, 20, 30, 59)]
    assert attempts.wait(five, domain.NUMBER, NOW) == timedelta(minutes=1)
    ten = [NOW - timedelta(hours=2 * hours) for hours in range(1, 11)]
    assert attempts.wait(ten, domain.NUMBER, NOW) == timedelta(hours=4)


def test_codes_that_nobody_types_in_stop_the_sending() -> None:
    assert not domain.pumped(199, 0)
    assert domain.pumped(200, 39)
    assert not domain.pumped(200, 40)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("陳小明", "陳○明"),
        ("陳 小明", "陳○明"),
        ("陳明", "陳○"),
        ("陳", "陳○"),
        ("歐陽小明", "歐○○明"),
        ("John Smith", "J*** S***"),
        ("Madonna", "M***"),
        ("𠮷野家", "𠮷○家"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_name_is_masked(name: str, masked: str) -> None:
    assert domain.masked_name(name) == masked


@pytest.mark.parametrize(
    ("kind", "value", "code", "masked"),
    [
        (By.PHONE, "+886912345678", "886", "+886 9** *** 678"),
        (By.PHONE, "+16502530000", "1", "+1 6 *** *** 000"),
        (By.PHONE, "+85291234567", "852", "+852 9* *** 567"),
        (By.EMAIL, "ming@example.com", "", "m***@example.com"),
        (By.CARD, "HK00012345", "", "****2345"),
        (By.CARD, "HK01", "", "****01"),
    ],
)
def test_an_identifier_is_masked(kind: By, value: str, code: str, masked: str) -> None:
    assert domain.masked(kind, value, code) == masked


@pytest.mark.parametrize(
    "text", ["0000", "0000-0000", "----", "null", "NONE", "anonymous", "-1", "1111111", "", "ab", "a b"]
)
def test_what_means_nobody_is_no_card(text: str) -> None:
    assert domain.normalised(By.CARD, text) is None


@pytest.mark.parametrize("text", ["hk 0001 2345", "HK00012345", "ｈｋ０００１２３４５", " hk.0001.2345 "])
def test_a_card_number_is_one_number_however_it_is_typed(text: str) -> None:
    assert domain.normalised(By.CARD, text) == "HK00012345"


def test_an_email_address_is_one_address_however_it_is_typed() -> None:
    assert domain.normalised(By.EMAIL, " Ming@Example.COM ") == "ming@example.com"
    assert domain.normalised(By.EMAIL, "ming@localhost") is None
    assert domain.normalised(By.EMAIL, "a@b@c.de") is None
