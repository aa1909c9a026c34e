"""The tier's clockwork under whatever is bought: it runs on, and is kept whole."""

from hypothesis import given
from hypothesis import strategies as st

from services.member.program.domain_calendar import Duration
from services.member.program.domain_terms import Downgrade, Period
from services.member.tiers import domain_clock, domain_replay
from services.member.tiers.domain import Source, State
from services.member.tiers.domain_replay import Decided
from tests.unit.member.test_tier_vectors import YEARLY, ends, on, ran, rules, sold

STATES = st.builds(
    State,
    tier=st.sampled_from(["", "silver"]),
    source=st.sampled_from(Source),
    raised_by=st.sampled_from(["", "o1"]),
    under=st.sampled_from(["", "basic"]),
    under_until=st.none() | st.just(on(3)),
    coming=st.sampled_from(["", "gold"]),
    coming_time=st.none() | st.just(on(9)),
    drop_time=st.none() | st.just(on(5)),
)


@given(STATES)
def test_the_clockwork_is_kept_whole(state: State) -> None:
    assert domain_clock.state(state.tier, state.since, state.valid_until, domain_clock.text(state)) == state


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 30_000)), max_size=6),
    st.sampled_from(Downgrade),
    st.sampled_from([p for p in Period if p is not Period.BALANCE]),
    st.sampled_from([0, 5, 40]),
)
def test_whatever_is_bought_the_clock_runs_on_and_never_stands_still(
    orders: list[tuple[int, int]], downgrade: Downgrade, period: Period, grace: int
) -> None:
    ruled = rules(period=period, downgrade=downgrade, grace=Duration(days=grace))
    counted = tuple(sorted((sold(day, spend) for day, spend in orders), key=lambda one: one.time))
    steps = ran(ruled, *counted, upto=2_000)
    assert all(step.after.due is None or step.after.due > step.time for step in steps)
    assert [step.time for step in steps] == sorted(step.time for step in steps)
    assert {step.after.tier for step in steps} <= {"", "basic", "silver", "gold"}


@given(
    st.lists(st.tuples(st.integers(0, 800), st.integers(1, 30_000)), min_size=1, max_size=8, unique_by=lambda o: o[0])
)
def test_2_2_11_decided_again_from_a_late_sale_it_is_as_if_it_had_come_in_time(orders: list[tuple[int, int]]) -> None:
    ruled = rules(**YEARLY, grace=Duration(days=30), downgrade=Downgrade.ONE_DOWN)
    counted = tuple(sorted((sold(day, spend) for day, spend in orders), key=lambda one: one.time))
    for late in counted:
        others = tuple(one for one in counted if one is not late)
        known = [Decided(step.time, step.after) for step in ran(ruled, *others, upto=900)]
        before = domain_replay.as_of(known, late.time)
        again = domain_replay.run(ruled, before, counted, late.time, on(900))
        first = Decided(late.time, before, decided_from=late.time)
        rewritten = [*known, first, *(Decided(step.time, step.after) for step in again)]
        assert domain_replay.standing(rewritten)[-1].after == ends(ruled, *counted, upto=900)
