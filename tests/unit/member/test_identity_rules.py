"""Whom identifiers that came together mean: strength, limits, blocks, and the weakest dropped first."""

from datetime import UTC, datetime, timedelta

import pytest

from services.member.identity.domain import By, Identifier
from services.member.identity.domain_rules import (
    Block,
    CheckDigit,
    Match,
    Met,
    Rule,
    Rules,
    Why,
    checks,
    folded,
    settle,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)
_STRONGEST_FIRST = (By.PHONE, By.LINE, By.EMAIL, By.CARD, By.EXTERNAL, By.APP_INSTALL, By.WEB)
RULES = Rules(
    {kind: Rule(kind, place, 1 if kind in (By.PHONE, By.LINE) else 5) for place, kind in enumerate(_STRONGEST_FIRST)},
    (Block("1", None, Match.ONLY, "0-", "", NOW), Block("2", By.WEB, Match.PREFIX, "KIOSK-", "", NOW)),
)


def one(kind: By, value: str) -> Identifier:
    return Identifier(kind, value)


PHONE, LINE, CARD, WEB = one(By.PHONE, "+886912345678"), one(By.LINE, "U1"), one(By.CARD, "HK1"), one(By.WEB, "w1")


def test_nobody_known_is_somebody_new_with_all_of_it() -> None:
    settled = settle([Met(WEB, None), Met(PHONE, None)], RULES, {})
    assert (settled.member_id, set(settled.fresh), settled.dropped) == (None, {PHONE, WEB}, ())


def test_one_who_is_known_gets_the_others() -> None:
    settled = settle([Met(PHONE, "A"), Met(CARD, None)], RULES, {"A": {By.PHONE: 1}})
    assert (settled.member_id, settled.fresh, settled.dropped) == ("A", (CARD,), ())


def test_of_two_who_are_meant_the_stronger_proof_wins_and_the_weaker_is_left_out() -> None:
    settled = settle([Met(CARD, "B"), Met(PHONE, "A")], RULES, {})
    assert (settled.member_id, settled.dropped) == ("A", ((CARD, Why.TAKEN),))


def test_the_tablet_in_the_shop_makes_nobody_somebody_else() -> None:
    """Its id is A's since he signed in there; B's number comes from the same tablet."""
    settled = settle([Met(PHONE, None), Met(WEB, "A")], RULES, {"A": {By.PHONE: 1, By.WEB: 1}})
    assert (settled.member_id, settled.fresh, settled.dropped) == (None, (PHONE,), ((WEB, Why.TAKEN),))


def test_one_too_many_is_left_out_and_who_it_is_stays() -> None:
    settled = settle([Met(PHONE, "A"), Met(WEB, None)], RULES, {"A": {By.PHONE: 1, By.WEB: 5}})
    assert (settled.member_id, settled.fresh, settled.dropped) == ("A", (), ((WEB, Why.LIMITED),))


def test_who_is_signed_in_gets_nothing_that_is_anothers() -> None:
    settled = settle([Met(WEB, "B"), Met(CARD, None)], RULES, {}, "A")
    assert (settled.member_id, settled.fresh, settled.dropped) == ("A", (CARD,), ((WEB, Why.TAKEN),))


def test_what_is_blocked_means_nobody() -> None:
    kiosk = one(By.WEB, "kiosk-7")
    settled = settle([Met(kiosk, "A"), Met(PHONE, None), Met(one(By.CARD, "00-00"), "B")], RULES, {})
    assert (settled.member_id, settled.fresh) == (None, (PHONE,))
    assert {why for _, why in settled.dropped} == {Why.BLOCKED}


@pytest.mark.parametrize(
    ("card", "digit", "right"),
    [
        ("79927398713", CheckDigit.LUHN, True),
        ("79927398710", CheckDigit.LUHN, False),
        ("4710000000012", CheckDigit.GS1, False),
        ("4006381333931", CheckDigit.GS1, True),
        ("4006-3813-33931", CheckDigit.GS1, True),
        ("HK00012345", CheckDigit.LUHN, False),
        ("HK00012345", CheckDigit.NONE, True),
        ("7", CheckDigit.LUHN, False),
    ],
)
def test_a_check_digit_is_what_the_others_make_it(card: str, digit: CheckDigit, right: bool) -> None:
    assert checks(card, digit) is right


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [
        ("ming.chen+shop@gmail.com", "mingchen@gmail.com"),
        ("ming.chen+shop@example.com", "ming.chen+shop@example.com"),
        ("+x@gmail.com", "+x@gmail.com"),
    ],
)
def test_dots_and_tags_mean_nothing_where_they_are_known_to(email: str, mailbox: str) -> None:
    assert folded(email, {"gmail.com"}) == mailbox


def test_a_rule_counts_over_its_time() -> None:
    assert Rule(By.WEB, 7, 5, timedelta(days=7)).since(NOW) == NOW - timedelta(days=7)
    assert Rule(By.PHONE, 1, 1).since(NOW) is None
