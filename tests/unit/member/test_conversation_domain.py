"""Whose a thread is, who sees and answers it, and what a writer must have seen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.member.conversation import domain
from services.member.conversation.domain import Assignment, Queue, State, Thread, Viewer
from services.member.conversation.domain_refusals import Moved

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIN = Assignment(Queue.STAFF, "A102", "TPE01")
STORE = Assignment(Queue.STORE, location_id="TPE01")
SERVICE = Assignment(Queue.SERVICE)
THREAD = Thread("c", "p", "m", "app", State.OPEN, LIN, 3, 5, 2, NOON, NOON)


@pytest.mark.parametrize(
    ("staff", "home", "store", "to"),
    [("A102", "TPE01", "TXG01", LIN), ("", "", "TPE01", STORE), ("", "", "", SERVICE)],
)
def test_it_goes_to_the_nearest_who_can_answer(staff: str, home: str, store: str, to: Assignment) -> None:
    assert domain.routed(staff, home, store) == to


@pytest.mark.parametrize(
    ("to", "then"),
    [
        (LIN, STORE),
        (Assignment(Queue.STAFF, "A102"), SERVICE),
        (STORE, Assignment(Queue.SERVICE, location_id="TPE01")),
        (SERVICE, SERVICE),
    ],
)
def test_whoever_does_not_answer_is_followed_by_the_next(to: Assignment, then: Assignment) -> None:
    assert domain.escalated(to) == then


@pytest.mark.parametrize(
    ("viewer", "to", "sees", "answers"),
    [
        (Viewer(everywhere=True), LIN, True, True),
        (Viewer(False, "A102", ("TPE01",)), LIN, True, True),
        (Viewer(False, "A102", ("TPE02",)), LIN, True, True),  # it is hers, wherever she works today
        (Viewer(False, "A103", ("TPE01",)), LIN, True, False),
        (Viewer(False, "A100", ("TPE01",), leads=True), LIN, True, True),
        (Viewer(False, "A100", ("TPE02",), leads=True), LIN, False, False),
        (Viewer(False, "A103", ("TPE01",)), STORE, True, True),
        (Viewer(False, "A103", ("TPE01",)), domain.escalated(STORE), True, False),
        (Viewer(False, "", ("TPE01",)), SERVICE, False, False),
        (Viewer(False, "A103", ()), Assignment(Queue.SERVICE, "", ""), False, False),
    ],
)
def test_who_sees_and_who_answers(viewer: Viewer, to: Assignment, sees: bool, answers: bool) -> None:
    assert (viewer.sees(to), viewer.answers(to)) == (sees, answers)


def test_a_writer_must_have_seen_the_last_answer_and_no_more() -> None:
    later = NOON + timedelta(minutes=1)
    said = domain.replied(THREAD, later, LIN, seen_sequence=2)  # the shopper wrote three times since: no matter
    assert (said.reply_sequence, said.last_sequence, said.version, said.waiting_since) == (6, 6, 4, None)
    with pytest.raises(Moved):
        domain.replied(said, later, LIN, seen_sequence=5)


def test_a_shopper_waits_since_the_first_word_that_nobody_answered() -> None:
    first = domain.written(THREAD, NOON, None)
    second = domain.written(first, NOON + timedelta(hours=1), None)
    assert (first.waiting_since, second.waiting_since) == (NOON, NOON)
    early = domain.written(second, NOON - timedelta(hours=1), None)
    assert early.last_time == NOON + timedelta(hours=1)


def test_closing_and_handing_over_need_the_version_that_was_seen() -> None:
    waiting = replace(THREAD, waiting_since=NOON, level=2)
    assert domain.handed(waiting, NOON, STORE, 3).waiting_since == NOON
    assert domain.closed(waiting, NOON, 3).waiting_since is None
    for verb in (lambda: domain.handed(waiting, NOON, STORE, 2), lambda: domain.closed(waiting, NOON, 4)):
        with pytest.raises(Moved):
            verb()
