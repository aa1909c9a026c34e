"""Orders of which some units are given up: credits and panorama follow, whatever is heard first."""

import asyncio
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import access
from omo.attribution.v1 import attribution_service_pb2 as pb
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import unit_pb2
from services.attribution.credit import ledger
from services.attribution.credit.reactions import CreditReactions
from tests.service.attribution.conftest import START, Rig, cancelled, confirmed, enrolled

HQ: dict[str, Any] = {"audience": "hq", "sub": "u1", "roles": ["admin"]}
_SUMS = """
SELECT coalesce(sum(orders), 0)::int, coalesce(sum(units), 0)::int, coalesce(sum(revenue), 0)::int,
       coalesce(sum(driven_online_orders), 0)::int, coalesce(sum(driven_online_revenue), 0)::int
  FROM panorama_days
"""


@dataclass(frozen=True, slots=True)
class Sold:
    """A line: its net, whom the till names, and which of its units nobody hands over, each by itself or in runs."""

    net: int
    seller: str
    units: int
    runs: tuple[tuple[int, int], ...]
    by_measure: bool = False

    def net_of(self, first: int, last: int) -> int:
        return self.net * (last + 1) // self.units - self.net * first // self.units

    @property
    def left(self) -> tuple[int, int]:
        """Units and net that stand."""
        gone = sum(last - first + 1 for first, last in self.runs)
        return self.units - gone, self.net - sum(self.net_of(*run) for run in self.runs)


@dataclass(slots=True)
class Program:
    """An online order of a member whom A102 of TPE01 had enrolled, and its news."""

    lines: list[Sold]
    ended: bool = False
    order_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    shopper: str = field(default_factory=lambda: str(uuid.uuid4()))

    def ordered(self) -> order_events_pb2.OrderConfirmed:
        lines = [
            order_facts_pb2.LineFacts(
                line_no=number,
                sku="S",
                quantity=700 if line.by_measure else line.units,
                by_measure=line.by_measure,
                net_total=line.net,
                seller_staff_code=line.seller,
            )
            for number, line in enumerate(self.lines, 1)
        ]
        return confirmed(self.order_id, self.shopper, lines=lines)

    def given_up(self, number: int, first: int, last: int) -> order_events_pb2.UnitsCancelled:
        event = order_events_pb2.UnitsCancelled(order_id=self.order_id, member_id=self.shopper, reason="UNFILLABLE")
        line = event.lines.add(sku="S", quantity=last - first + 1)
        line.unit.order_id, line.unit.line_no, line.unit.first, line.unit.last = self.order_id, number, first, last
        line.net_total = self.lines[number - 1].net_of(first, last)
        event.meta.aggregate_id = self.order_id
        return event

    def news(self) -> list[Any]:
        found: list[Any] = [enrolled(self.shopper, "A102", START - timedelta(days=1)), self.ordered()]
        found += [self.given_up(number, *run) for number, line in enumerate(self.lines, 1) for run in line.runs]
        return [*found, *([cancelled(self.order_id)] if self.ended else [])]

    def credited(self) -> dict[str, int]:
        """What each is credited in the end."""
        sums = Counter[str]()
        for line in self.lines:
            sums[line.seller or "A102"] += 0 if self.ended else line.left[1]
        return {who: amount for who, amount in sums.items() if amount}

    def counted(self) -> tuple[int, ...]:
        """What the panorama counts in the end: all, and what the store drove."""
        standing = [] if self.ended else [line for line in self.lines if line.left[0]]
        driven = [line for line in standing if not line.seller]
        units, revenue = sum(line.left[0] for line in standing), sum(line.left[1] for line in standing)
        return int(bool(standing)), units, revenue, int(bool(driven)), sum(line.left[1] for line in driven)


async def panorama(rig: Rig) -> tuple[int, ...]:
    async with rig.db.read() as tx:
        return tuple((await tx.fetch(_SUMS))[0])


async def entries(rig: Rig, order_id: str) -> list[tuple[int, int, int, int]]:
    reply = await rig.call(rig.credits.ListCredits, pb.ListCreditsRequest(order_id=order_id), **HQ)
    return [(one.unit.line_no, one.unit.first, one.unit.last, one.amount) for one in reply.credits]


async def judge(rig: Rig, program: Program, before: tuple[int, ...]) -> None:
    async with rig.db.read() as tx:
        rows = await tx.fetch(
            "SELECT beneficiary, sum(amount)::int FROM credits WHERE order_id = $1 GROUP BY 1", program.order_id
        )
    assert {who: amount for who, amount in rows if amount} == program.credited()
    counted = tuple(after - was for after, was in zip(await panorama(rig), before, strict=True))
    assert counted == program.counted()


@st.composite
def sold(draw: st.DrawFn) -> Sold:
    units = draw(st.integers(1, 4))
    gone = draw(st.sets(st.integers(0, units - 1)))
    runs: list[tuple[int, int]] = []
    for unit in sorted(gone):
        if runs and runs[-1][1] == unit - 1 and draw(st.booleans()):
            runs[-1] = (runs[-1][0], unit)
        else:
            runs.append((unit, unit))
    measured = units == 1 and draw(st.booleans())
    return Sold(draw(st.integers(0, 10_000)), draw(st.sampled_from(["", "", "B7"])), units, tuple(runs), measured)


PROGRAMS = st.builds(
    Program, lines=st.lists(sold(), min_size=1, max_size=3), ended=st.sampled_from([False, False, True])
)


@pytest.mark.usefixtures("proved_at_last")
@given(program=PROGRAMS, data=st.data())
async def test_whatever_comes_first_the_end_is_the_rules(rig: Rig, program: Program, data: st.DataObject) -> None:
    before, news = await panorama(rig), program.news()
    again = data.draw(st.lists(st.sampled_from(range(len(news))), max_size=3))
    arriving = data.draw(st.permutations([*range(len(news)), *again]))
    while arriving:
        batch = data.draw(st.integers(1, 3))
        heard, arriving = arriving[:batch], arriving[batch:]
        for number in heard:
            news[number].meta.event_id = ""
        await rig.hear(*(news[number] for number in dict.fromkeys(heard)))
    await judge(rig, program, before)
    await rig.proving.example()


def _nothing_taken(live: dict[int, Any], *_rest: Any) -> tuple[list[Any], dict[int, Any]]:
    return [], live


@pytest.mark.parametrize("planted", [False, True])
async def test_a_planted_bug_is_found(rig: Rig, monkeypatch: pytest.MonkeyPatch, planted: bool) -> None:
    program, before = Program([Sold(1000, "", 3, ((0, 0),))]), await panorama(rig)
    if planted:
        monkeypatch.setattr(ledger, "cut", _nothing_taken)
    await rig.hear(*program.news())
    if planted:
        with pytest.raises(AssertionError):
            await judge(rig, program, before)
        assert await rig.drifts(), "and the service's own proof sees it"
    else:
        await judge(rig, program, before)


async def test_units_given_up_are_taken_back_by_entries_of_their_own(rig: Rig) -> None:
    program = Program([Sold(1000, "", 3, ((0, 0), (1, 2)))])
    await rig.hear(*program.news())
    assert await entries(rig, program.order_id) == [(1, 0, 2, 1000), (1, 0, 0, -333), (1, 1, 2, -667)]
    await rig.proved()


async def test_a_late_fact_moves_only_what_stands(rig: Rig) -> None:
    program = Program([Sold(1000, "", 3, ((0, 0),))])
    person, *order = program.news()
    await rig.hear(*order)
    await rig.hear(person)
    assert [amount for *_, amount in await entries(rig, program.order_id)] == [1000, -333, -667, 667]
    await rig.hear(program.given_up(1, 1, 1))
    assert (await entries(rig, program.order_id))[-1] == (1, 1, 1, -333)
    await rig.proved()


async def test_an_order_that_ends_later_takes_back_only_the_rest(rig: Rig) -> None:
    program, before = Program([Sold(1000, "", 3, ((0, 0),)), Sold(50, "B7", 1, ((0, 0),))]), await panorama(rig)
    await rig.hear(*program.news())
    program.ended = True
    await rig.hear(cancelled(program.order_id))
    await judge(rig, program, before)
    assert [amount for *_, amount in await entries(rig, program.order_id)] == [1000, -333, -667, 50, -50]


async def test_the_passport_of_a_unit_says_what_became_of_it(rig: Rig) -> None:
    program = Program([Sold(1000, "", 3, ((0, 0),))])
    await rig.hear(*program.news())
    units = [unit_pb2.UnitRef(order_id=program.order_id, line_no=1, first=one, last=one) for one in (0, 1)]
    reply = await rig.call(rig.credits.DescribeUnits, pb.DescribeUnitsRequest(units=units), **HQ)
    assert [[credit.amount for credit in unit.credits] for unit in reply.units] == [[1000, -333], [1000]]


async def test_units_wait_for_a_confirmation_at_work(rig: Rig) -> None:
    """Two processes hear one order's news at the same time: neither may overlook the other."""
    program, before = Program([Sold(1000, "", 3, ((0, 0),))]), await panorama(rig)
    person, ordered, given_up = program.news()
    await rig.hear(person)
    async with rig.db.transaction() as tx:
        with access.acting_as(access.service("attribution")):
            await CreditReactions(rig.attribution.ledger).on_orders_confirmed(tx, [ordered])
        hearing = asyncio.create_task(rig.hear(given_up))
        await asyncio.wait([hearing], timeout=0.3)
    await hearing
    await judge(rig, program, before)
    await rig.proved()
