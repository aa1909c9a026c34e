"""Who waits for goods and until when, against handing them out unit by unit."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.backorders import domain
from services.inventory.backorders.domain import Claim, Coming
from services.inventory.supply import domain as supply
from services.inventory.supply.domain import Arrival, Document, Line

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def day(number: int) -> datetime:
    return NOW + timedelta(days=number)


CLAIMS = st.lists(
    st.builds(
        Claim,
        owner_id=st.uuids().map(str),
        line_no=st.integers(1, 3),
        quantity=st.integers(1, 5),
        create_time=st.integers(0, 4).map(day),
        priority=st.sampled_from([0, 0, 0, 5, -5]),
    ),
    max_size=6,
)
COMING = st.lists(st.builds(Coming, st.integers(1, 5).map(day), st.integers(1, 6)), max_size=5)


def by_hand(there: int, claims: list[Claim], coming: list[Coming]) -> dict[str, tuple[int, datetime | None]]:
    """Every unit of a claim takes the next unit that there is or will be: how many wait, and for the last of what."""
    shelf = [None] * max(0, there)
    trucks = [
        one.expected_time for one in sorted(coming, key=lambda one: one.expected_time) for _ in range(one.quantity)
    ]
    trucks = trucks[max(0, -there) :]
    found: dict[str, tuple[int, datetime | None]] = {}
    for claim in sorted(claims, key=lambda one: (-one.priority, one.create_time, one.owner_id)):
        waits: list[datetime | None] = []
        for _ in range(claim.quantity):
            if shelf:
                shelf.pop()
            else:
                waits.append(trucks.pop(0) if trucks else None)
        if waits:
            found[claim.owner_id] = (len(waits), None if None in waits else waits[-1])
    return found


def same(there: int, claims: list[Claim], coming: list[Coming]) -> bool:
    told = {one.claim.owner_id: (one.quantity, one.promise_time) for one in domain.waiting(there, claims, coming)}
    return told == by_hand(there, claims, coming)


@given(st.integers(-3, 12), CLAIMS, COMING)
def test_goods_go_to_claims_as_if_handed_out_one_by_one(there: int, claims: list[Claim], coming: list[Coming]) -> None:
    assert same(there, claims, coming)


@given(st.integers(0, 12), CLAIMS, COMING, st.integers(0, 4))
def test_what_came_in_never_makes_anybody_wait_longer(
    there: int, claims: list[Claim], coming: list[Coming], which: int
) -> None:
    """A truck that arrives, whole and in time, changes no promise but by keeping it."""
    before = {one.claim.owner_id: one for one in domain.waiting(there, claims, coming)}
    ordered = sorted(coming, key=lambda one: one.expected_time)
    came, left = ordered[: which + 1], ordered[which + 1 :]
    after = domain.waiting(there + sum(one.quantity for one in came), claims, left)
    for one in after:
        assert one.quantity <= before[one.claim.owner_id].quantity
        assert one.promise_time == before[one.claim.owner_id].promise_time


@pytest.mark.parametrize("bug", ["the youngest first", "what a truck has left is forgotten", None])
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, bug: str | None) -> None:
    claims = [Claim(f"o{n}", 1, 2, day(n)) for n in range(3)]
    coming = [Coming(day(1), 3), Coming(day(2), 9)]
    if bug == "the youngest first":
        monkeypatch.setattr(Claim, "turn", property(lambda one: (-one.create_time.timestamp(), one.owner_id)))
    elif bug:
        monkeypatch.setattr(domain, "_Stock", _Forgetful)
    assert same(1, claims, coming) == (bug is None)


class _Forgetful(domain._Stock):
    def wait(self, wanted: int) -> datetime | None:
        last = super().wait(wanted)
        if wanted and self._coming:
            self._coming.pop()
        return last


LINES = st.lists(
    st.tuples(st.sampled_from("AB"), st.integers(1, 6), st.integers(1, 5), st.booleans()), min_size=1, max_size=4
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["line", "place", "put", "cancel"]), st.integers(1, 4), st.integers(0, 6)), max_size=8
)


@given(LINES, STEPS)
def test_what_came_and_what_is_to_come_add_up(
    given_lines: list[tuple[str, int, int, bool]], steps: list[tuple[str, int, int]]
) -> None:
    """Whatever is written and comes in: every unit counts once, and what is expected never rises by what came."""
    lines = tuple(Line(n, "COAT", place, q, day(d), ok) for n, (place, q, d, ok) in enumerate(given_lines, 1))
    kept, came = Document("PO", "PURCHASE_ORDER", lines, NOW), 0
    for verb, number, units in steps:
        before = kept
        if verb == "cancel":
            kept = supply.cancel(kept, NOW)
        elif verb == "put" and kept.state == "OPEN":
            fewer = tuple(line for line in lines if line.line_no != number)
            kept = supply.put(kept, Document("PO", "PURCHASE_ORDER", fewer or lines, NOW))
        elif verb in ("line", "place") and units:
            named = Arrival(min(number, len(lines)) if verb == "line" else 0, "COAT", "AB"[number % 2], units, 0)
            kept, parts = supply.receive(kept, [named], NOW)
            came += units
            assert sum(part.accepted for part in parts) == units
            assert all(part.first == _line(before, part.line.line_no).received for part in parts)
        assert sum(line.received for line in kept.lines) == came
        for line in kept.lines:
            expected = 0 if kept.state != "OPEN" else max(0, line.quantity - line.received)
            assert line.incoming == expected


def _line(document: Document, line_no: int) -> Line:
    unknown = Line(line_no, "", "", 0, NOW, promisable=False)
    return next((line for line in document.lines if line.line_no == line_no), unknown)
