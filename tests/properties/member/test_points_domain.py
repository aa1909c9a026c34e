"""What orders earn, when points move, and which lots pay."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.points import domain, domain_earning, domain_returns
from services.member.points.domain import Lot, Program, Tier
from services.member.points.domain_earning import Sale, SoldLine, Terms
from services.member.points.domain_returns import Outcome, Own
from services.member.program.domain_terms import OnReturn

TIERS = (Tier("basic", 0, 365, 10_000), Tier("silver", 10_000, 365, 10_000), Tier("gold", 30_000, 365, 15_000))
PROGRAM = Program(1, 10, 1, 7, 365, 365, TIERS)
NOW = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)


def earned(bases: list[int], program: Program, multiplier_bp: int = 10_000) -> list[int]:
    """What each line earns, in a store that multiplies so."""
    lines = tuple(SoldLine(at, base, base, "CARRY", handed_over=True) for at, base in enumerate(bases, 1))
    ruled = replace(program, location_multipliers=(("TPE01", multiplier_bp),))
    found = domain_earning.earnings(Sale("o", "m", NOW, lines, 0, "TPE01"), Terms(ruled))
    return list(found[0].points) if found else [0] * len(bases)


@given(st.lists(st.integers(-1000, 10**7), max_size=20), st.integers(1, 30_000))
def test_the_lines_sum_to_the_orders_points(bases: list[int], multiplier_bp: int) -> None:
    points = earned(bases, PROGRAM, multiplier_bp)
    assert sum(points) == sum(max(base, 0) for base in bases) * multiplier_bp // 100_000
    assert all(0 <= got <= max(base, 0) * multiplier_bp / 100_000 + 1 for got, base in zip(points, bases, strict=True))


def lot(name: str, available: int, expires: int | None, earned: int = 0) -> Lot:
    expire = NOW + timedelta(days=expires) if expires is not None else None
    return Lot(name, available, NOW + timedelta(days=earned), expire)


@given(st.lists(st.tuples(st.integers(0, 500), st.one_of(st.none(), st.integers(1, 90))), max_size=8), st.data())
def test_what_is_taken_is_what_was_asked_for(amounts: list[tuple[int, int | None]], data: st.DataObject) -> None:
    lots = [lot(str(index), amount, expires) for index, (amount, expires) in enumerate(amounts)]
    total = sum(amount for amount, _ in amounts)
    asked = data.draw(st.integers(0, total + 1))
    if asked > total:
        with pytest.raises(domain.Insufficient) as refused:
            domain.take(lots, asked)
        assert refused.value.metadata["available"] == str(total)
        return
    taken = domain.take(lots, asked)
    assert sum(part for _, part in taken) == asked
    have = {one.lot_id: one.available for one in lots}
    assert all(0 < part <= have[lot_id] for lot_id, part in taken)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_units_given_up_in_any_parts_take_exactly_all_in_the_end(points: int, bases: list[int]) -> None:
    base = sum(bases)
    steps = [domain.taken_back(points, base, sum(bases[:upto])) for upto in range(len(bases) + 1)]
    assert steps == sorted(steps), "nothing that was taken comes back"
    assert steps[0] == 0
    assert steps[-1] == (points if base else 0)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.data())
def test_what_was_spent_goes_back_in_any_steps_into_the_same_lots(amounts: list[int], data: st.DataObject) -> None:
    parts = [(str(index), amount) for index, amount in enumerate(amounts)]
    upto = data.draw(st.integers(0, sum(amounts)))
    half = data.draw(st.integers(0, upto))
    at_once = dict(domain.give_back(parts, 0, upto))
    in_steps = dict(domain.give_back(parts, 0, half))
    for lot_id, points in domain.give_back(parts, half, upto - half):
        in_steps[lot_id] = in_steps.get(lot_id, 0) + points
    assert in_steps == at_once
    assert sum(at_once.values()) == upto


OWN = st.builds(Own, st.uuids().map(str), st.integers(0, 50), *(st.integers(0, 30) for _ in range(3)))


@given(st.lists(OWN, max_size=4), st.integers(0, 60), st.sampled_from(OnReturn))
def test_2_1_9_each_point_due_is_taken_owed_paid_or_spared(own: list[Own], others: int, policy: OnReturn) -> None:
    lots = [Lot(lot.lot_id, lot.active, NOW, None) for lot in own] + [Lot("other", others, NOW, None)]
    plan = domain_returns.plan(replace(PROGRAM, on_return=policy), own, lots)
    taken = -sum(sum(move) for move in plan.moves.values())
    settled = domain_returns.settled(replace(PROGRAM, on_return=policy), plan.taken, plan.short)
    owed = settled.amount if settled.outcome is Outcome.DEBT else 0
    assert taken + owed + plan.spared == sum(lot.due for lot in own)
    have = {lot.lot_id: lot.available for lot in lots}
    assert all(-active <= have[lot_id] for lot_id, (_, active, _) in plan.moves.items())
    if policy is OnReturn.ONLY_PENDING:
        assert not any(active for _, active, _ in plan.moves.values())
