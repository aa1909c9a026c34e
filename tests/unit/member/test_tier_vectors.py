"""The tier engine by its vectors: what reaches a tier, how it lasts, ends, is kept and is lost."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.member.program.domain import Program, Tier, TierPolicy
from services.member.program.domain_calendar import Duration, Rounding
from services.member.program.domain_terms import Begins, Downgrade, Metric, Period, Validity
from services.member.tiers import domain, domain_replay
from services.member.tiers.domain import Cause, Dates, Rules, Source, State, Step
from services.member.tiers.domain_counting import Counted, Sum, sum_at
from services.member.tiers.domain_progress import progress

TAIPEI = ZoneInfo("Asia/Taipei")
TIERS = (Tier("basic", 0, 365, 10_000), Tier("silver", 10_000, 365, 10_000), Tier("gold", 30_000, 365, 10_000))
DAY0 = datetime(2026, 1, 1, 4, tzinfo=UTC)


def rules(dates: Dates = domain.NO_DATES, days: int = 365, **policy: Any) -> Rules:
    program = Program(1, 10, 1, 7, 365, days, TIERS, policy=TierPolicy(**policy))
    return Rules(program, TAIPEI, dates)


def on(day: float) -> datetime:
    return DAY0 + timedelta(days=day)


def sold(day: float, spend: int, *back: tuple[float, int], orders: int = 1, points: int = 0) -> Counted:
    returned = tuple((on(when), Sum(amount, int(amount >= spend))) for when, amount in back)
    return Counted(f"order {day}", on(day), Sum(spend, orders, points), returned)


def ran(ruled: Rules, *orders: Counted, upto: float = 30) -> list[Step]:
    return domain_replay.run(ruled, State(), tuple(orders), DAY0 - timedelta(days=9), on(upto))


def ends(ruled: Rules, *orders: Counted, upto: float = 30) -> State:
    steps = ran(ruled, *orders, upto=upto)
    return steps[-1].after if steps else State()


def local(moment: datetime | None) -> str:
    return moment.astimezone(TAIPEI).isoformat()[:10] if moment else ""


def test_2_2_1_what_reaches_a_tier_is_net_of_returns_and_no_spendable_balance() -> None:
    assert ends(rules(), sold(0, 9_000), sold(2, 2_000)).tier == "silver"
    assert ends(rules(), sold(0, 9_000, (1, 2_000)), sold(2, 2_000)).tier == "basic"


@pytest.mark.parametrize(
    ("metric", "tier"), [(Metric.SPEND, "basic"), (Metric.COUNT, "gold"), (Metric.POINTS, "silver")]
)
def test_2_2_1_spend_orders_or_earned_points(metric: Metric, tier: str) -> None:
    assert ends(rules(metric=metric), sold(0, 900, orders=30_000, points=10_000)).tier == tier


@pytest.mark.parametrize(
    ("period", "orders", "tier"),
    [
        (Period.MONTH, (sold(0, 9_000), sold(30, 9_000)), "silver"),  # 1 and 31 January
        (Period.MONTH, (sold(30, 9_000), sold(31, 9_000)), "basic"),  # 31 January and 1 February
        (Period.QUARTER, (sold(0, 9_000), sold(89, 9_000)), "silver"),
        (Period.QUARTER, (sold(89, 9_000), sold(90, 9_000)), "basic"),
        (Period.HALF, (sold(0, 9_000), sold(180, 9_000)), "silver"),
        (Period.HALF, (sold(180, 9_000), sold(181, 9_000)), "basic"),
        (Period.YEAR, (sold(0, 9_000), sold(364, 9_000)), "silver"),
        (Period.BALANCE, (sold(0, 9_000), sold(900, 9_000)), "silver"),
        (Period.ROLLING, (sold(0, 9_000), sold(364, 9_000)), "silver"),
        (Period.ROLLING, (sold(0, 9_000), sold(365, 9_000)), "basic"),
    ],
)
def test_2_2_2_over_which_time_it_is_added_up(period: Period, orders: tuple[Counted, ...], tier: str) -> None:
    last = orders[-1].time
    assert rules(period=period).reached(sum_at(orders, rules(period=period).program, TAIPEI, last)) == next(
        one for one in TIERS if one.tier == tier
    )


def test_2_2_3_up_at_once_or_with_the_next_period() -> None:
    at_once = ends(rules(), sold(5, 12_000))
    assert (at_once.tier, at_once.since) == ("silver", on(5))
    later = rules(period=Period.MONTH, begins=Begins.NEXT_PERIOD)
    waiting = ends(later, sold(1, 500), sold(5, 12_000), upto=20)
    assert (waiting.tier, waiting.coming, local(waiting.coming_time)) == ("", "silver", "2026-02-01")
    begun = ends(later, sold(1, 500), sold(5, 12_000), upto=32)
    assert (begun.tier, local(begun.since)) == ("silver", "2026-02-01")
    assert ends(later, sold(5, 12_000, (6, 12_000)), upto=32).tier == "basic", "what is lost before never begins"


@pytest.mark.parametrize(
    ("policy", "dates", "until"),
    [
        ({}, Dates(), "2027-01-07"),
        ({"validity": Validity.JOIN_DATE}, Dates(joined=date(2020, 3, 15)), "2026-03-15"),
        ({"validity": Validity.JOIN_DATE}, Dates(), "2027-01-07"),
        ({"validity": Validity.MEMBER_DATE}, Dates(own=date(2004, 2, 29)), "2026-02-28"),
        ({"validity": Validity.CYCLE_DATE, "cycle_month": 3, "cycle_day": 31}, Dates(), "2026-04-01"),
        ({"validity": Validity.END_OF_PERIOD, "period": Period.QUARTER}, Dates(), "2026-04-01"),
        ({"validity": Validity.END_OF_NEXT_PERIOD, "period": Period.QUARTER}, Dates(), "2026-07-01"),
    ],
)
def test_2_2_4_validity_clocks(policy: dict[str, Any], dates: Dates, until: str) -> None:
    assert local(ends(rules(dates, **policy), sold(5, 12_000)).valid_until) == until


YEARLY: dict[str, Any] = {"period": Period.YEAR, "validity": Validity.END_OF_NEXT_PERIOD}


def test_2_2_5_reached_again_it_is_renewed() -> None:
    steps = ran(rules(**YEARLY), sold(5, 30_000), sold(400, 31_000), upto=731)
    assert [(step.cause, step.after.tier, local(step.after.valid_until)) for step in steps] == [
        (Cause.SALE, "gold", "2028-01-01"),
        (Cause.RENEWED, "gold", "2030-01-01"),
    ]


@pytest.mark.parametrize(("downgrade", "tier"), [(Downgrade.ONE_DOWN, "silver"), (Downgrade.BALANCE_BASED, "basic")])
def test_2_2_5_not_reached_again_it_goes_one_down_or_to_what_is_reached(downgrade: Downgrade, tier: str) -> None:
    last = ran(rules(**YEARLY, downgrade=downgrade), sold(5, 30_000), sold(400, 500), upto=731)[-1]
    assert (last.cause, last.after.tier, local(last.after.since)) == (Cause.EXPIRED, tier, "2028-01-01")


def test_2_2_5_grace_is_rounded_and_can_be_used() -> None:
    kind = rules(**YEARLY, grace=Duration(days=40), grace_rounding=Rounding.END_OF_MONTH)
    kept = ends(kind, sold(5, 30_000), upto=731)
    assert (kept.tier, kept.source, local(kept.valid_until)) == ("gold", Source.GRACE, "2028-03-01")
    assert ends(kind, sold(5, 30_000), upto=800).tier == "basic"
    mended = ends(kind, sold(5, 30_000), sold(740, 30_000), upto=741)
    assert (mended.tier, mended.source, local(mended.valid_until)) == ("gold", Source.EARNED, "2030-01-01")


def test_2_2_6_a_fall_of_what_counts_takes_the_tier_only_where_the_program_says_so() -> None:
    bought = sold(5, 30_000, (200, 25_000))
    assert ends(rules(), bought, upto=250).tier == "gold"
    assert ends(rules(balance_drop=True), bought, upto=250).tier == "basic"
    later = rules(balance_drop=True, balance_drop_after=Duration(days=30))
    assert ends(later, bought, upto=229).tier == "gold"
    assert ends(later, bought, upto=231).tier == "basic"
    mended = ends(later, bought, sold(210, 25_000), upto=250)
    assert (mended.tier, mended.drop_time) == ("gold", None)


def test_2_2_7_a_return_takes_the_tier_only_if_that_sale_raised_it_lately() -> None:
    soon = rules(return_days=14)
    small = sold(0, 12_000)
    raised = sold(5, 18_000, (10, 18_000))
    back = ran(soon, small, raised)[-1]
    assert (back.cause, back.after.tier, back.after.valid_until) == (Cause.RETURN, "silver", on_silver(soon, small))
    assert ends(soon, small, sold(5, 18_000, (25, 18_000))).tier == "gold", "that is too long ago"
    assert ends(soon, sold(0, 12_000, (10, 12_000)), sold(5, 18_000)).tier == "gold", "another sale had raised it"
    assert ends(soon, small, sold(5, 22_000, (10, 3_000))).tier == "gold", "it is reached without what came back"
    assert ends(rules(), small, raised).tier == "gold", "by default nobody is embarrassed at the till"


def on_silver(ruled: Rules, order: Counted) -> datetime | None:
    return ruled.lasts(TIERS[1], order.time)


def test_2_2_7_what_came_back_counts_no_more_at_the_next_evaluation() -> None:
    assert ends(rules(**YEARLY), sold(5, 30_000), sold(400, 30_000, (410, 25_000)), upto=731).tier == "basic"


@pytest.mark.parametrize(
    ("spend", "tier"), [(29_999, "silver"), (30_000, "gold"), (10_000, "silver"), (9_999, "basic")]
)
def test_2_2_9_a_boundary_is_reached(spend: int, tier: str) -> None:
    assert ends(rules(), sold(0, spend)).tier == tier
    assert ends(rules(**YEARLY), sold(0, 30_000), sold(400, spend), upto=731).tier == tier


def test_2_2_12_what_is_missing_in_money_or_orders_and_to_keep_the_tier() -> None:
    ruled, bought = rules(**YEARLY), (sold(5, 12_000), sold(370, 4_000))
    stands = progress(ruled, ends(ruled, *bought, upto=371), bought, on(371))
    assert (stands.next_tier, stands.next_gap) == ("gold", 26_000)
    assert (stands.keep_gap, local(stands.keep_by), stands.projected) == (6_000, "2028-01-01", "basic")
    orders = rules(metric=Metric.COUNT)
    few = (sold(1, 100, orders=9_998),)
    found = progress(orders, ends(orders, *few), few, on(2))
    assert (found.next_tier, found.next_gap, found.metric) == ("silver", 2, Metric.COUNT)
    top = progress(ruled, ends(ruled, sold(5, 31_000)), (sold(5, 31_000),), on(6))
    assert (top.next_tier, top.next_gap) == ("", 0)


def test_2_2_12_a_tier_kept_for_a_while_is_on_its_way_down() -> None:
    ruled = rules(**YEARLY, grace=Duration(days=40))
    bought = (sold(5, 30_000),)
    assert progress(ruled, ends(ruled, *bought, upto=731), bought, on(731)).projected == "basic"
    assert progress(ruled, ends(ruled, *bought, upto=10), bought, on(10)).projected == "basic"


def granted(under: State, until: datetime) -> State:
    return State("gold", on(1), until, Source.GRANTED, under=under.tier, under_until=under.valid_until)


def test_2_2_13_a_grant_ends_and_what_was_earned_stands_below_it() -> None:
    ruled, silver = rules(), ends(rules(), sold(0, 12_000))
    given = granted(silver, on(20))
    (back,) = domain_replay.run(ruled, given, (sold(0, 12_000),), on(1), on(21))
    assert (back.cause, back.after.tier, back.after.valid_until) == (Cause.GRANT_ENDED, "silver", silver.valid_until)
    rose = domain_replay.run(ruled, granted(State("basic", on(0), on(365)), on(20)), (sold(5, 12_000),), on(1), on(21))
    assert [(step.after.tier, step.after.under) for step in rose] == [("gold", "silver"), ("silver", "")]
    above = domain_replay.run(ruled, given, (sold(0, 12_000), sold(5, 31_000)), on(1), on(21))
    assert [(one.after.tier, one.after.source) for one in above] == [("gold", Source.GRANTED), ("gold", Source.EARNED)]


def test_2_2_13_when_nothing_was_earned_a_grant_leads_to_what_the_metric_reaches() -> None:
    (back,) = domain_replay.run(rules(), granted(State(), on(20)), (), on(1), on(21))
    assert back.after.tier == "basic"
