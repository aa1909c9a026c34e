"""The rules of the floor: what is on its way, what a reason does, who counts, and how sure the books are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Fault
from services.inventory.confidence import domain as confidence
from services.inventory.confidence.domain import Evidence
from services.inventory.counting import domain as counting
from services.inventory.counting.domain import Line as CountLine
from services.inventory.counting.domain import Session, Told
from services.inventory.stock.domain import Level
from services.inventory.transfers import domain as transfers
from services.inventory.transfers.domain import Arrival, Line, Transfer
from services.inventory.variances import domain as variances
from services.inventory.variances.domain import Reason

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
_SOME = st.integers(0, 20)


def transfer(*lines: Line, state: str = "APPROVED") -> Transfer:
    return Transfer("t-1", "WH1", "TPE01", state, lines, NOW)


@given(st.lists(st.tuples(_SOME, _SOME, _SOME), min_size=1, max_size=6), st.integers(1, 30))
def test_every_unit_that_left_is_on_its_way_or_arrived_or_missing(
    parts: list[tuple[int, int, int]], shipped: int
) -> None:
    moved = transfers.ship(transfer(Line(1, "COAT", 30)), {"COAT": shipped}, NOW)
    for accepted, damaged, rejected in parts:
        before = moved.lines[0].in_transit
        moved = transfers.receive(moved, [Arrival("COAT", accepted, damaged, rejected)])
        assert moved.lines[0].in_transit == max(0, before - accepted - damaged - rejected)
    arrived = sum(map(sum, parts))
    closed = transfers.close(moved, NOW)
    found = {one.kind: one.quantity for one in closed.discrepancies}
    assert found.get("UNDER", 0) - found.get("OVER", 0) == shipped - arrived
    assert "UNDER" not in found or "OVER" not in found
    assert not any(line.in_transit for line in closed.lines)


def test_what_was_no_part_of_it_is_mis_shipped() -> None:
    moved = transfers.ship(transfer(Line(1, "COAT", 3), Line(2, "HAT", 2)), {"HAT": 0}, NOW)
    moved = transfers.receive(moved, [Arrival("HAT", 1, 0, 0), Arrival("SCARF", 2, 0, 0)])
    found = {(one.sku, one.kind): one.quantity for one in transfers.close(moved, NOW).discrepancies}
    assert found == {("COAT", "UNDER"): 3, ("HAT", "MIS_SHIPPED"): 1, ("SCARF", "MIS_SHIPPED"): 2}


@pytest.mark.parametrize("state", ["DRAFT", "CLOSED", "CANCELLED"])
def test_nothing_comes_in_that_is_not_on_its_way(state: str) -> None:
    with pytest.raises(transfers.TransferState):
        transfers.receive(transfer(Line(1, "COAT", 3), state=state), [Arrival("COAT", 1, 0, 0)])


@given(st.builds(Level, st.just("S"), st.just("L"), *(st.integers(-20, 20) for _ in range(5))), st.integers(1, 20))
def test_reasons_do_what_they_say(level: Level, quantity: int) -> None:
    def after(effect: str, *, available_only: bool = False) -> tuple[Level, Level]:
        done = variances.effect(Reason("R", "R", effect, available_only), level, quantity)
        changed = replace(
            level,
            on_hand=level.on_hand + done.quantity,
            damaged=level.damaged + done.damaged,
            quality_control=level.quality_control + done.quality_control,
        )
        return level, changed

    _, empty = after("NOT_IN_STOCK")
    assert (empty.on_hand, empty.available) == (0, -level.committed - level.held)
    before, hidden = after("NOT_IN_STOCK", available_only=True)
    assert (hidden.on_hand, hidden.available) == (before.on_hand, min(0, before.available))
    _, fewer = after("MISMATCH")
    assert (fewer.on_hand - level.on_hand, fewer.available - level.available) == (-quantity, -quantity)
    _, aside = after("MISMATCH", available_only=True)
    assert (aside.on_hand, aside.available - level.available) == (level.on_hand, -quantity)
    _, torn = after("DAMAGE")
    assert (torn.on_hand, torn.available - level.available) == (level.on_hand, -quantity)
    assert after("NO_VARIANCE")[1] == level
    _, back = after("RELEASE")
    assert 0 <= back.available - level.available <= quantity
    assert back.on_hand == level.on_hand


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 2_000), st.booleans())
def test_confidence_only_falls_with_time_and_with_what_speaks_against_it(
    rejections: int, anomalies: int, days: int, counted: bool
) -> None:
    held = Evidence(rejections, anomalies, NOW - timedelta(days=days) if counted else None)
    score = confidence.score(held, NOW)
    assert 0 <= score <= 1
    assert confidence.score(replace(held, rejections=rejections + 1), NOW) < score
    assert confidence.score(replace(held, anomalies=anomalies + 1), NOW) < score
    assert not counted or confidence.score(held, NOW + timedelta(days=1)) < score
    assert confidence.score(Evidence(counted_time=NOW), NOW) == 1


@pytest.mark.parametrize(
    ("held", "per_mille"),
    [
        (Evidence(counted_time=NOW), 1000),
        (Evidence(counted_time=NOW + timedelta(hours=1)), 1000),
        (Evidence(counted_time=NOW - timedelta(days=365)), 350),
        (Evidence(), 592),
        (Evidence(2, 0, NOW), 250),
        (Evidence(0, 3, NOW), 343),
    ],
)
def test_confidence_by_example(held: Evidence, per_mille: int) -> None:
    assert confidence.per_mille(held, NOW) == per_mille


def session() -> Session:
    return Session("c-1", "TPE01", "", "OPEN", directed=True, create_time=NOW)


def test_a_count_is_in_one_pair_of_hands() -> None:
    taken = counting.join(session(), "A102")
    assert counting.join(taken, "A102") == taken
    for step in (lambda: counting.join(taken, "A205"), lambda: counting.release(taken, "A205", force=False)):
        with pytest.raises(counting.UserActive):
            step()
    assert counting.release(taken, "A205", force=True).active_user == ""


def test_what_is_counted_later_stands_and_what_is_sent_back_is_uncounted() -> None:
    asked = [CountLine("COAT", "UNCOUNTED", directed=True)]
    after, lines = counting.record(session(), asked, [Told("COAT", 4, NOW)], "A102")
    assert [(one.status, one.quantity) for one in lines] == [("COUNTED", 4)]
    _, late = counting.record(after, lines, [Told("COAT", 9, NOW - timedelta(minutes=1))], "A102")
    assert late == lines
    submitted = counting.submit(after, lines, "A102", force=False)
    again, back = counting.recount(submitted, lines, ["COAT"])
    assert (again.state, [(one.status, one.recounts, one.books) for one in back]) == ("OPEN", [("UNCOUNTED", 1, False)])
    with pytest.raises(Fault):
        counting.recount(submitted, lines, ["HAT"])
    _, strange = counting.record(session(), asked, [Told("X", 1, NOW, matched=False), Told("HAT", 2, NOW)], "A102")
    assert [one.status for one in strange] == ["UNMATCHED", "UNDIRECTED"]
