"""The binding policy as a pure fold."""

from datetime import UTC, datetime, timedelta

import pytest

from services.attribution.binding import domain
from services.attribution.binding.domain import Noted, Policy, Source
from services.attribution.binding.tokens import StaffTokens

START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = Policy("test", timedelta(days=90), timedelta(days=365))
TOKENS = StaffTokens("a-secret-of-thirty-two-characters")


def noted(staff: str, day: float, binding_id: str = "") -> Noted:
    moment = START + timedelta(days=day)
    return Noted(binding_id or f"{staff}-{day}", "m", staff, "TPE01", Source.QR, moment, "token:1")


def holder(facts: list[Noted], day: float) -> str | None:
    found = domain.at(facts, POLICY, START + timedelta(days=day))
    return found.noted.staff_code if found else None


def test_nobody_is_bound_before_the_scan() -> None:
    assert holder([noted("A102", 10)], 9.99) is None
    assert holder([noted("A102", 10)], 10) == "A102"


def test_a_protected_staff_member_keeps_the_member() -> None:
    assert holder([noted("A102", 0), noted("A205", 89)], 100) == "A102"


def test_protection_ends() -> None:
    assert holder([noted("A102", 0), noted("A205", 90)], 90) == "A205"


def test_the_same_staff_member_renews() -> None:
    facts = [noted("A102", 0), noted("A102", 80), noted("A205", 100)]
    assert holder(facts, 120) == "A102"
    assert holder(facts, 400) == "A102"


def test_after_validity_the_member_is_free() -> None:
    assert holder([noted("A102", 0)], 364.99) == "A102"
    assert holder([noted("A102", 0)], 365) is None


def test_a_token_says_who_and_where() -> None:
    text, issued = TOKENS.issue("A102", "TPE01", "link", START)
    assert TOKENS.verify(text, START + timedelta(days=29)) == issued


@pytest.mark.parametrize("moment", [START - timedelta(minutes=11), START + timedelta(days=30)])
def test_a_token_holds_only_in_its_time(moment: datetime) -> None:
    text, _ = TOKENS.issue("A102", "TPE01", "link", START)
    with pytest.raises(domain.TokenInvalid):
        TOKENS.verify(text, moment)


@pytest.mark.parametrize("spoil", [lambda t: t[:-2] + "xx", lambda _: "", lambda t: t.split(".")[1], lambda _: "漢字"])
def test_a_spoilt_token_is_refused(spoil: object) -> None:
    text, _ = TOKENS.issue("A102", "TPE01", "qr", START)
    with pytest.raises(domain.TokenInvalid):
        TOKENS.verify(spoil(text), START)  # type: ignore[operator]


def test_a_token_of_another_key_is_refused() -> None:
    text, _ = StaffTokens("another-secret-of-thirty-two-char").issue("A102", "TPE01", "qr", START)
    with pytest.raises(domain.TokenInvalid):
        TOKENS.verify(text, START)
