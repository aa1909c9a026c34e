"""The points ledger by its vectors: what is earned, when it may be spent, when it ends, what a return takes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.member.points import domain_earning, domain_returns
from services.member.points.domain import Lot
from services.member.points.domain_earning import Sale, SoldLine, Terms
from services.member.points.domain_returns import Outcome, Own
from services.member.program import domain_calendar as calendar
from services.member.program.domain import Activation, EarningRule, Expiry, Program, Scope, Tier
from services.member.program.domain_calendar import Duration, Rounding
from services.member.program.domain_terms import Ends, Goods, Mode, OnReturn, Start

TAIPEI, NEW_YORK = ZoneInfo("Asia/Taipei"), ZoneInfo("America/New_York")
TIERS = (Tier("basic", 0, 365, 10_000), Tier("silver", 10_000, 365, 12_000), Tier("gold", 30_000, 365, 15_000))
PROGRAM = Program(1, 10, 1, 7, 365, 365, TIERS)
NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)


def line(no: int, base: int, sku: str = "COAT", units: int = 1, **told: Any) -> SoldLine:
    return SoldLine(no, base, base, "CARRY", handed_over=True, units=units, sku=sku, **told)


def sale(*lines: SoldLine, **told: Any) -> Sale:
    return Sale("o", "m", told.pop("at", NOON), lines, 0, **told)


def rule(mode: Mode = Mode.MONEY, points: int = 1, amount: int = 10, **told: Any) -> EarningRule:
    return EarningRule("r", 3, mode, points, amount if mode is Mode.MONEY else 0, **told)


def points(sold: Sale, *rules: EarningRule, tier: str = "", goods: dict[str, Goods] | None = None, **told: Any) -> int:
    found = Terms(replace(PROGRAM, rules=rules, **told), tier, goods or {})
    return sum(sum(one.points) for one in domain_earning.earnings(sold, found))


def test_2_1_2_a_lot_names_the_rule_and_its_version() -> None:
    one, other = rule(), replace(rule(Mode.UNIT, 5), rule_id="units", version=1)
    found = domain_earning.earnings(sale(line(1, 100, units=2)), Terms(replace(PROGRAM, rules=(one, other))))
    assert [(earned.rule_version, earned.points, earned.by_unit) for earned in found] == [
        ("r@3", (10,), False),
        ("units@1", (10,), True),
    ]


AT = "2026-11-03T23:30+08:00"


@pytest.mark.parametrize(
    ("rule", "handover", "active"),
    [
        (Activation(Start.SALE), None, AT),
        (Activation(Start.HANDOVER), None, None),
        (Activation(Start.HANDOVER), "2026-11-05T10:00+08:00", "2026-11-05T10:00+08:00"),
        (Activation(Start.SALE, Duration(seconds=3600)), None, "2026-11-04T00:30+08:00"),
        (Activation(Start.SALE, Duration(days=14), Rounding.START_OF_DAY), None, "2026-11-17T00:00+08:00"),
        (Activation(Start.SALE, Duration(days=14), Rounding.END_OF_DAY), None, "2026-11-18T00:00+08:00"),
        (Activation(Start.SALE, Duration(days=1), Rounding.END_OF_WEEK), None, "2026-11-09T00:00+08:00"),
        (Activation(Start.SALE, Duration(months=1), Rounding.END_OF_MONTH), None, "2027-01-01T00:00+08:00"),
        (Activation(Start.RETURN_WINDOW), "2026-11-05T10:00+08:00", "2026-11-13T00:00+08:00"),
        (Activation(), "2026-11-05T10:00+08:00", "2026-11-13T00:00+08:00"),
        (Activation(Start.SALE, rounding=Rounding.START_OF_DAY), None, AT),
    ],
)
def test_2_1_3_activation_models(rule: Activation, handover: str | None, active: str | None) -> None:
    program = replace(PROGRAM, activation=rule, return_window_days=7)
    given = datetime.fromisoformat(handover) if handover else None
    found = program.activates(datetime.fromisoformat(AT), given, TAIPEI)
    assert found == (datetime.fromisoformat(active) if active else None)


def test_2_1_3_what_is_shipped_waits_until_it_can_no_longer_be_returned() -> None:
    """Earned on one order, spent on a second, the first returned: not while goods can come back."""
    program = replace(PROGRAM, activation=Activation(Start.RETURN_WINDOW), return_window_days=14)
    handover = datetime(2026, 11, 10, 2, tzinfo=UTC)
    active = program.activates(NOON, handover, TAIPEI)
    assert active is not None
    assert active > calendar.add(handover, Duration(days=14), TAIPEI)


@pytest.mark.parametrize(
    ("rule", "ends"),
    [
        (Expiry(Ends.NEVER), None),
        (Expiry(Ends.DAYS, 30), "2026-12-04T00:00+08:00"),
        (Expiry(Ends.END_OF_MONTH, 0), "2026-12-01T00:00+08:00"),
        (Expiry(Ends.END_OF_MONTH, 3), "2027-03-01T00:00+08:00"),
        (Expiry(Ends.END_OF_YEAR, 1), "2027-01-01T00:00+08:00"),
        (Expiry(Ends.END_OF_YEAR, 2), "2028-01-01T00:00+08:00"),
        (Expiry(Ends.FIXED_DATE, 0, 6, 30), "2027-07-01T00:00+08:00"),
        (Expiry(Ends.FIXED_DATE, 365, 6, 30), "2028-07-01T00:00+08:00"),
        (Expiry(Ends.FIXED_DATE, 0, 2, 29), "2027-03-01T00:00+08:00"),
        (Expiry(), "2027-11-04T00:00+08:00"),
    ],
)
def test_2_1_4_expiry_models(rule: Expiry, ends: str | None) -> None:
    found = replace(PROGRAM, expiry=rule).expires(datetime.fromisoformat(AT), TAIPEI)
    assert found == (datetime.fromisoformat(ends) if ends else None)


def test_2_1_4_days_end_in_the_brands_zone_also_when_clocks_change() -> None:
    late = datetime(2026, 11, 1, 3, 30, tzinfo=UTC)  # still 31 October there; the clocks go back on 1 November
    ends = replace(PROGRAM, expiry=Expiry(Ends.DAYS, 1)).expires(late, NEW_YORK)
    assert ends == datetime(2026, 11, 2, 5, tzinfo=UTC)
    assert calendar.add(late, Duration(days=1), NEW_YORK) == datetime(2026, 11, 2, 4, 30, tzinfo=UTC)
    assert calendar.add(late, Duration(seconds=86_400), NEW_YORK) == datetime(2026, 11, 2, 3, 30, tzinfo=UTC)


def test_2_1_7_earned_is_what_was_paid_for_eligible_lines_floored_once_per_order() -> None:
    assert points(sale(line(1, 7000))) == 700
    assert points(sale(line(1, 6300))) == 630
    assert points(sale(line(1, 95), line(2, 94))) == 18
    assert points(sale(line(1, 9))) + points(sale(line(1, 9))) == 0, "nothing is carried to the next order"
    cards = Scope(skus=("GIFT-CARD",), categories=("Top-ups",), tags=("deposit",))
    sold = sale(line(1, 500), line(2, 1000, "GIFT-CARD"), line(3, 300, "TOP-UP"), line(4, 200, "PLEDGE"))
    goods = {"TOP-UP": Goods("P1", ("Value", "Top-ups")), "PLEDGE": Goods("P2", (), ("deposit",))}
    assert points(sold, goods=goods, not_earning=cards) == 50


def test_2_1_8_a_return_takes_what_its_own_units_had_earned_not_a_share_of_the_order() -> None:
    """An order of 40 earned 70 points, of which the item of 20 earned 20: its return takes 20, not 35."""
    bonus = rule(Mode.UNIT, 50, scope=Scope(skus=("B",)))
    sold = sale(line(1, 20, "A"), line(2, 20, "B"))
    money, unit = domain_earning.earnings(sold, Terms(replace(PROGRAM, rules=(rule(amount=1, points=1), bonus))))
    assert (money.points, unit.points) == ((20, 20), (0, 50))


SPENT = [Own("own", 100, 30, 20, 0)]
OTHERS = [Lot("own", 20, NOON, None), Lot("other", 40, NOON, NOON)]


@pytest.mark.parametrize(
    ("policy", "moves", "outcome", "amount", "deduct"),
    [
        (OnReturn.ONLY_PENDING, {"own": (-30, 0, 0)}, Outcome.REFUSED, 70, 0),
        (OnReturn.WITHIN_BALANCE, {"own": (-30, -20, 0), "other": (0, -40, 0)}, Outcome.REFUSED, 10, 0),
        (OnReturn.UNLIMITED, {"own": (-30, -20, 0), "other": (0, -40, 0)}, Outcome.DEBT, 10, 0),
        (OnReturn.DEDUCT_FROM_REFUND, {"own": (-30, -20, 0), "other": (0, -40, 0)}, Outcome.DONE, 90, 20),
    ],
)
def test_2_1_9_what_is_spent_already_follows_the_programs_policy(
    policy: OnReturn, moves: dict[str, tuple[int, int, int]], outcome: Outcome, amount: int, deduct: int
) -> None:
    plan = domain_returns.plan(replace(PROGRAM, point_value=2, on_return=policy), SPENT, OTHERS)
    assert plan.moves == moves
    settled = domain_returns.settled(replace(PROGRAM, point_value=2, on_return=policy), plan.taken, plan.short)
    assert (settled.outcome, settled.amount, settled.deduct_amount) == (outcome, amount, deduct)
    assert sum(amount for _, _, amount in plan.entries) == 0


def test_2_1_9_nobody_owes_what_ran_out_unspent() -> None:
    plan = domain_returns.plan(PROGRAM, [Own("own", 100, 0, 0, 100)], [])
    settled = domain_returns.settled(PROGRAM, plan.taken, plan.short)
    assert (settled.outcome, settled.amount, plan.entries, plan.spared) == (Outcome.DONE, 0, (), 100)


def test_2_1_13_refund_lines_earn_nothing_and_count_as_no_purchase() -> None:
    sold = sale(line(1, 1000), line(2, -400), line(3, 0))
    assert points(sold) == 100
    assert points(sale(line(1, -400)), rule(Mode.ORDER, 50), replace(rule(Mode.UNIT, 5), rule_id="u")) == 0


def test_m12_rules_per_order_money_and_unit_add_up() -> None:
    rules = [replace(rule(mode, given), rule_id=mode.name) for mode, given in ((Mode.ORDER, 50), (Mode.UNIT, 5))]
    assert points(sale(line(1, 100, units=3), line(2, 0, units=4)), rule(), *rules) == 10 + 50 + 15


@pytest.mark.parametrize(
    ("told", "earned"),
    [
        ({"min_quantity": 3}, 20),
        ({"min_quantity": 4}, 0),
        ({"min_amount": 210}, 20),
        ({"min_amount": 211}, 0),
        ({"min_amount": 200, "min_amount_without_tax": True}, 20),
        ({"min_amount": 201, "min_amount_without_tax": True}, 0),
        ({"scope": Scope(skus=("COAT",))}, 10),
        ({"scope": Scope(categories=("Coats",))}, 10),
        ({"scope": Scope(product_ids=("P9",))}, 0),
        ({"tiers": ("gold",)}, 0),
        ({"tiers": ("gold", "silver"), "unmultiplied": True}, 20),
        ({"location_ids": ("TPE01",)}, 0),
        ({"channel_ids": ("web",)}, 20),
        ({"start_time": NOON}, 20),
        ({"end_time": NOON}, 0),
    ],
)
def test_m12_what_a_rule_asks_for(told: dict[str, Any], earned: int) -> None:
    lines = [replace(line(1, 100, units=2), net=105, tax=5), replace(line(2, 100, "HAT"), net=105, tax=5)]
    goods = {"COAT": Goods("P1", ("Clothing", "Coats"))}
    sold = sale(*lines, location_id="TPE02", channel_id="web")
    tier = "silver" if told.get("unmultiplied") else "basic"
    assert points(sold, rule(**told), tier=tier, goods=goods) == earned


def test_m12_tax_on_top_of_a_price_counts_where_it_is_asked_for() -> None:
    sold = sale(replace(line(1, 100), net=100, tax=5), tax_included=False)
    assert points(sold, rule(min_amount=105)) == 10
    assert points(sold, rule(min_amount=101, min_amount_without_tax=True)) == 0


def test_m12_tier_and_store_multiply_before_the_floor() -> None:
    sold = sale(line(1, 95), location_id="TPE01")
    assert points(sold, tier="gold") == 14
    assert points(sold, tier="gold", location_multipliers=(("TPE01", 20_000),)) == 28
    assert points(sold, rule(unmultiplied=True), tier="gold", location_multipliers=(("TPE01", 20_000),)) == 9
