"""Rules: what is allowed, and that everything else is not."""

import itertools

import pytest

from kit import access
from kit.access import Actor, Denied, Kind, NotSignedIn, NotYours, Principal, Rule, allow

PRINCIPALS = {
    "member": Principal(Kind.MEMBER, "m1"),
    "clerk": Principal(Kind.STAFF, "u1", roles=frozenset({"clerk"}), location_ids=("S1",), staff_code="A1"),
    "manager": Principal(Kind.STAFF, "u2", roles=frozenset({"manager"})),
    "admin": Principal(Kind.HQ, "h1", roles=frozenset({"admin"})),
    "device": Principal(Kind.DEVICE, "t1", location_ids=("S1",), terminal_id="t1"),
    "service": access.service("front"),
    "anonymous": access.ANONYMOUS,
    "guest": Principal(Kind.GUEST, "g1", audience="guest"),
}


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        (Rule(), ""),
        (allow(), ""),
        (allow(anonymous=True), "member clerk manager admin device service anonymous"),
        (allow(shop=True), "member"),
        (allow(staff=True), "clerk manager"),
        (allow(staff={"clerk"}), "clerk"),
        (allow(staff=set()), ""),
        (allow(hq=True), "admin"),
        (allow(hq=["other", "admin"]), "admin"),
        (allow(hq={"clerk"}), ""),
        (allow(device=True), "device"),
        (allow(service=True), "service"),
        (allow(service={"front"}), "service"),
        (allow(service={"back"}), ""),
        (allow(guest=True), "guest"),
        (allow(shop=True, hq=True, service=True), "member admin service"),
    ],
)
def test_a_rule_allows_whom_it_names_and_nobody_else(rule: Rule, who: str) -> None:
    assert {name for name, principal in PRINCIPALS.items() if rule.permits(principal)} == set(who.split())


def test_a_method_outside_the_table_is_for_nobody() -> None:
    table = {"/a/Known": ("a.known", allow(anonymous=True))}
    for name, principal in PRINCIPALS.items():
        if name != "guest":
            access.decide(table, "/a/Known", principal)
        with pytest.raises((Denied, NotSignedIn)):
            access.decide(table, "/a/Other", principal)


def test_a_guest_is_let_in_by_name_only() -> None:
    """What is open to everybody often takes whoever is no member for staff: a guest is no everybody."""
    table = {"/a/Open": ("a.open", allow(anonymous=True)), "/a/Named": ("a.named", allow(anonymous=True, guest=True))}
    access.decide(table, "/a/Named", PRINCIPALS["guest"])
    with pytest.raises(Denied):
        access.decide(table, "/a/Open", PRINCIPALS["guest"])


def test_the_anonymous_are_told_to_sign_in_and_others_what_they_lack() -> None:
    table = {"/a/B": ("a.b", allow(hq=True))}
    with pytest.raises(NotSignedIn):
        access.decide(table, "/a/B", access.ANONYMOUS)
    with pytest.raises(Denied) as caught:
        access.decide(table, "/a/B", PRINCIPALS["member"])
    assert caught.value.metadata == {"permission": "a.b"}


@pytest.mark.parametrize(
    ("name", "mine", "anothers"),
    [
        ("member", True, False),
        ("anonymous", False, False),
        ("guest", False, False),
        *((n, True, True) for n in ("clerk", "admin", "service")),
    ],
)
def test_a_member_sees_himself_only(name: str, mine: bool, anothers: bool) -> None:
    with access.acting_as(PRINCIPALS[name]):
        assert passes(access.require_member, "m1") is mine
        assert passes(access.require_member, "m2") is anothers


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("clerk", True, False),
        ("device", True, False),
        ("manager", False, False),
        ("member", False, False),
        ("anonymous", False, False),
        ("guest", False, False),
        ("admin", True, True),
        ("service", True, True),
    ],
)
def test_staff_and_devices_see_their_locations_only(name: str, first: bool, second: bool) -> None:
    with access.acting_as(PRINCIPALS[name]):
        assert passes(access.require_location, "S1") is first
        assert passes(access.require_location, "S2") is second


def passes(require: object, identity: str) -> bool:
    assert callable(require)
    try:
        require(identity)
    except NotYours:
        return False
    return True


def test_acting_as_ends_with_its_block() -> None:
    assert access.current() is access.ANONYMOUS
    with access.acting_as(PRINCIPALS["member"]):
        with access.acting_as(PRINCIPALS["service"]):
            assert access.current().kind is Kind.SERVICE
        assert access.current().kind is Kind.MEMBER
    assert access.current() is access.ANONYMOUS


def test_an_actor_survives_the_wire_and_the_event() -> None:
    for kind, identity, terminal in itertools.product(Kind, ("m1", "a:b", ""), ("", "T1")):
        actor = Actor(kind, identity, terminal)
        assert Actor.decode(actor.encode()) == actor
        assert Actor.from_proto(actor.to_proto()) == actor


@pytest.mark.parametrize("text", ["", "member", "member:m1", "king::m1", ":::"])
def test_what_is_no_actor_is_none(text: str) -> None:
    assert Actor.decode(text) is None


def test_a_service_acts_for_somebody_and_staff_by_their_code() -> None:
    first = Actor(Kind.MEMBER, "m1")
    assert access.service("front", first).actor == first
    assert access.service("front").actor == Actor(Kind.SERVICE, "front")
    assert PRINCIPALS["clerk"].actor == Actor(Kind.STAFF, "A1")
