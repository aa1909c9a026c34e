"""Who sees what, what a choice allows, and whom to call first: the rules alone."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from services.member.privacy import domain as consents
from services.member.privacy.domain import Choice
from services.member.profile import domain_calls, domain_timeline
from services.member.profile.domain_calls import Cause, Reason
from services.member.profile.domain_timeline import RULES, SHARED, Kind, Viewer

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CHOICES = (None, *Choice)


def test_every_kind_has_its_rule_and_whoever_reads_words_sees_the_record() -> None:
    assert set(RULES) == set(Kind)
    assert all(rule.reads <= rule.sees for rule in RULES.values())


def test_a_member_never_sees_what_staff_keep_to_themselves() -> None:
    own = domain_timeline.sight({Viewer.MEMBER}, shared=True)
    assert own.anywhere.isdisjoint({Kind.NOTE, Kind.CALL, Kind.TAG})
    assert Kind.TRIAL not in own.words


def test_nobody_of_no_role_sees_anything() -> None:
    none = domain_timeline.sight(domain_timeline.viewers_of_hq({"analyst"}), shared=True)
    assert none.anywhere == none.here == frozenset()


@pytest.mark.parametrize("adviser", ["A102", "A205", ""])
def test_what_a_member_shares_binds_staff_and_nobody_else(adviser: str) -> None:
    staff = domain_timeline.viewers_of_staff("A102", adviser)
    assert domain_timeline.sight(staff, shared=False).here.isdisjoint(SHARED)
    assert domain_timeline.sight(staff, shared=True).here >= SHARED
    assert domain_timeline.sight({Viewer.MEMBER}, shared=False).anywhere >= SHARED


def test_a_note_of_another_store_is_seen_by_the_bound_adviser_alone() -> None:
    bound = domain_timeline.viewers_of_staff("A102", "A102")
    other = domain_timeline.viewers_of_staff("A205", "A102")
    assert Kind.NOTE in domain_timeline.sight(bound, shared=False).anywhere
    assert Kind.NOTE not in domain_timeline.sight(other, shared=False).anywhere
    assert Kind.NOTE in domain_timeline.sight(other, shared=False).here


@pytest.mark.parametrize(
    ("purpose", "choice", "holds"),
    [
        ("MARKETING", None, False),
        ("MARKETING", Choice.UNSAID, False),
        ("MARKETING", Choice.GRANTED, True),
        ("SERVICE", None, True),
        ("SERVICE", Choice.UNSAID, True),
        ("SERVICE", Choice.REFUSED, False),
        ("SHARING", None, False),
        ("TRANSACTIONAL", Choice.REFUSED, True),
    ],
)
def test_what_a_choice_allows(purpose: str, choice: Choice | None, holds: bool) -> None:
    assert consents.holds(purpose, choice) is holds


def test_the_stricter_of_two_is_the_same_whoever_survives_and_never_looser() -> None:
    for one, other in product(CHOICES, CHOICES):
        strict = consents.stricter(one, other)
        assert strict is consents.stricter(other, one)
        for purpose in consents.Purpose:
            said = [choice for choice in (one, other) if choice not in (None, Choice.UNSAID)]
            assert not (consents.holds(purpose, strict) and Choice.REFUSED in said)


def test_the_weightiest_comes_first_and_whoever_was_called_waits() -> None:
    wish, lapsed = Cause("a", Reason.WISH_ON_OFFER, "COAT"), Cause("b", Reason.LAPSED)
    complaint = Cause("c", Reason.COMPLAINT_OPEN, "r1")
    yesterday = NOW - timedelta(days=1)
    found = domain_calls.rank([lapsed, wish, complaint], {"a": yesterday, "c": yesterday}, NOW)
    assert [one.member_id for one in found] == ["c", "b"]
    again = domain_calls.rank([lapsed, wish], {"a": NOW - domain_calls.QUIET}, NOW)
    assert [(one.member_id, one.score) for one in again] == [("a", 60), ("b", 20)]


def test_two_wishes_on_offer_weigh_as_much_as_one() -> None:
    both = [Cause("a", Reason.WISH_ON_OFFER, sku) for sku in ("COAT", "SCARF")]
    [entry] = domain_calls.rank(both, {}, NOW)
    assert entry.score == domain_calls.WEIGHTS[Reason.WISH_ON_OFFER]
