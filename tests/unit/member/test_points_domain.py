"""What orders earn, when points move, and which lots pay."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.member.points import domain, domain_earning, ledger, posting
from services.member.points.domain import Account, Kind, Lot, Program, Tier
from services.member.points.domain_earning import Sale, SoldLine, Terms

TAIPEI = ZoneInfo("Asia/Taipei")
TIERS = (Tier("basic", 0, 365, 10_000), Tier("silver", 10_000, 365, 10_000), Tier("gold", 30_000, 365, 15_000))
PROGRAM = Program(1, 10, 1, 7, 365, 365, TIERS)
NOW = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)


def earned(bases: list[int], program: Program, multiplier_bp: int = 10_000) -> list[int]:
    """What each line earns, in a store that multiplies so."""
    lines = tuple(SoldLine(at, base, base, "CARRY", handed_over=True) for at, base in enumerate(bases, 1))
    ruled = replace(program, location_multipliers=(("TPE01", multiplier_bp),))
    found = domain_earning.earnings(Sale("o", "m", NOW, lines, 0, "TPE01"), Terms(ruled))
    return list(found[0].points) if found else [0] * len(bases)


def test_one_point_for_ten_dollars_floored_once_per_order() -> None:
    assert earned([95, 94], PROGRAM) == [9, 9]
    assert earned([9, 9], PROGRAM) == [1, 0]
    assert earned([9], PROGRAM) == [0]


def test_a_ten_percent_code_lowers_700_points_to_630() -> None:
    assert earned([7000], PROGRAM) == [700]
    assert earned([6300], PROGRAM) == [630]


def test_a_tier_multiplies_before_the_floor() -> None:
    assert earned([95], PROGRAM, 15_000) == [14]


def test_before_a_program_is_published_nothing_is_earned() -> None:
    assert earned([10_000], domain.NO_PROGRAM) == [0]


def test_points_become_active_at_the_end_of_the_brands_day() -> None:
    late_evening = datetime(2026, 11, 3, 15, 59, tzinfo=UTC)
    assert domain.activation(late_evening, PROGRAM, TAIPEI).isoformat() == "2026-11-11T00:00:00+08:00"
    next_day = late_evening + timedelta(minutes=2)
    assert domain.activation(next_day, PROGRAM, TAIPEI).isoformat() == "2026-11-12T00:00:00+08:00"


@pytest.mark.parametrize(
    ("spend", "tier"), [(0, "basic"), (9_999, "basic"), (10_000, "silver"), (29_999, "silver"), (30_000, "gold")]
)
def test_a_tier_is_reached_at_its_threshold(spend: int, tier: str) -> None:
    reached = PROGRAM.reached(spend)
    assert reached is not None
    assert reached.tier == tier


def lot(name: str, available: int, expires: int | None, earned: int = 0) -> Lot:
    expire = NOW + timedelta(days=expires) if expires is not None else None
    return Lot(name, available, NOW + timedelta(days=earned), expire)


def test_the_lot_that_expires_first_pays_first_then_the_oldest() -> None:
    lots = [lot("never", 100, None), lot("late", 100, 90), lot("young", 10, 30, 2), lot("old", 10, 30, 1)]
    assert domain.take(lots, 25) == [("old", 10), ("young", 10), ("late", 5)]


def test_a_transfer_that_does_not_sum_to_zero_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        ledger.Transfer("m", "t", Kind.EARN, "k", 1, None, NOW, "", "", ((Account.ACTIVE, "l", 1),))


def row(lot_id: str, pending: int, active: int) -> dict[str, object]:
    return {"lot_id": lot_id, "pending": pending, "active": active}


def test_a_reversal_takes_pending_then_active_and_owes_the_rest() -> None:
    parts = [(row("a", 100, 0), 100), (row("b", 0, 50), 80), (row("c", 40, 0), 10)]
    transfer, moves = posting.reversal("m", "o", parts, NOW, "X", "reverse:o")
    assert moves == {"a": (-100, 0, 0), "b": (0, -50, 0), "c": (-10, 0, 0)}
    balance = ledger.Balance("m", pending=140, active=50, spent=30)
    balance.post([transfer])
    assert (balance.pending, balance.active, balance.debt, transfer.points) == (30, 0, 30, -190)
