"""Rules on principals: sessions, PINs, places, keys."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kit.errors import Fault
from services.member.access import domain, domain_keys
from services.member.access.domain import Family, Staff, Verdict
from services.member.access.domain_keys import SigningKey

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def family() -> Family:
    return Family(
        family_id="f",
        kind="shop",
        principal_id="m",
        device_id="phone",
        terminal_id="",
        location_id="",
        current_hash=b"current",
        current_sealed=b"",
        previous_hash=b"previous",
        previous_taken=False,
        rotate_time=NOW,
        expire_time=NOW + timedelta(days=30),
        revoked=False,
    )


@pytest.mark.parametrize(
    ("presented", "device", "after", "changed", "verdict"),
    [
        (b"current", "phone", SECOND, {}, Verdict.ROTATE),
        (b"current", "phone", timedelta(days=29), {}, Verdict.ROTATE),
        (b"current", "phone", timedelta(days=30), {}, Verdict.REFUSE),
        (b"current", "other", SECOND, {}, Verdict.REVOKE),
        (b"current", "", SECOND, {}, Verdict.REVOKE),
        (b"current", "phone", SECOND, {"revoked": True}, Verdict.REFUSE),
        (b"previous", "phone", SECOND, {}, Verdict.REPEAT),
        (b"previous", "phone", 30 * SECOND, {}, Verdict.REPEAT),
        (b"previous", "phone", 31 * SECOND, {}, Verdict.REVOKE),
        (b"previous", "phone", SECOND, {"previous_taken": True}, Verdict.REVOKE),
        (b"previous", "other", SECOND, {}, Verdict.REVOKE),
        (b"older", "phone", SECOND, {}, Verdict.REVOKE),
        (b"older", "phone", SECOND, {"previous_hash": None}, Verdict.REVOKE),
    ],
)
def test_a_refresh_token_gets_what_it_deserves(
    presented: bytes, device: str, after: timedelta, changed: dict[str, object], verdict: Verdict
) -> None:
    given = replace(family(), **changed)  # type: ignore[arg-type]
    assert domain.judge(given, presented, device, NOW + after) is verdict


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "1234", "4321", "0000", "9999", "8901", "１２４５"])
def test_a_pin_that_everybody_tries_is_refused(pin: str) -> None:
    with pytest.raises(Fault) as refused:
        domain.check_pin(pin)
    assert refused.value.metadata["field"] == "pin"


@pytest.mark.parametrize("pin", ["2580", "1122", "13579", "90210", "12344321"])
def test_another_pin_is_taken(pin: str) -> None:
    domain.check_pin(pin)


def staff(**changed: object) -> Staff:
    return replace(Staff("A102", "林佳怡", "TPE01", ("adviser",), ("TXG01",), True), **changed)  # type: ignore[arg-type]


def test_staff_work_at_home_and_where_they_are_lent_to() -> None:
    assert staff().works_at("TPE01", NOW)
    assert staff().works_at("TXG01", NOW)
    assert not staff().works_at("TPE02", NOW)
    assert not staff(home_location_id="").works_at("", NOW)


def test_staff_work_in_their_time_only() -> None:
    assert not staff(active=False).works_at("TPE01", NOW)
    assert not staff(start_time=NOW + SECOND).works_at("TPE01", NOW)
    assert staff(start_time=NOW).works_at("TPE01", NOW)
    assert not staff(end_time=NOW).works_at("TPE01", NOW)
    assert staff(end_time=NOW + SECOND).works_at("TPE01", NOW)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"roles": ()}, "staff.roles"),
        ({"roles": ("admin",)}, "staff.roles"),
        ({"display_name": " "}, "staff.display_name"),
        ({"start_time": NOW, "end_time": NOW}, "staff.end_time"),
    ],
)
def test_staff_who_could_not_sign_in_are_refused(changed: dict[str, object], field: str) -> None:
    with pytest.raises(Fault) as refused:
        domain.check_staff(staff(**changed))
    assert refused.value.metadata["field"] == field


def test_headquarters_users_need_a_known_role() -> None:
    domain.check_hq_user("和光", ["admin", "analyst"])
    with pytest.raises(Fault):
        domain.check_hq_user("和光", ["cashier"])


def key(name: str, active_time: datetime) -> SigningKey:
    return SigningKey(name, b"", b"", active_time)


def test_the_first_key_serves_at_once() -> None:
    assert domain_keys.next_key_time([], NOW) == NOW


def test_a_key_is_published_a_day_before_it_signs() -> None:
    old = key("old", NOW - domain_keys.KEY_PERIOD + domain_keys.KEY_LEAD)
    at = domain_keys.next_key_time([old], NOW)
    assert at == NOW + timedelta(hours=24)
    new = key("new", at)
    assert {one.kid for one in domain_keys.published([old, new], NOW)} == {"old", "new"}
    assert domain_keys.signer([old, new], at - SECOND) == old
    assert domain_keys.signer([old, new], at) == new
    assert domain_keys.next_key_time([old, new], NOW) is None


def test_a_key_is_published_until_its_last_token_has_ended() -> None:
    old, new = key("old", NOW - timedelta(days=30)), key("new", NOW)
    last_token_ends = NOW + domain.SERVICE_LIFE
    assert old in domain_keys.published([new, old], last_token_ends + timedelta(minutes=1))
    assert domain_keys.published([old, new], NOW + domain_keys.KEY_TAIL) == [new]


def test_a_young_key_needs_no_successor() -> None:
    assert domain_keys.next_key_time([key("old", NOW - timedelta(days=28))], NOW) is None
