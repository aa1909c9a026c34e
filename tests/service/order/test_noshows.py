"""What nobody collects: back to the shelf, counted by the terms, its fee kept, measures in force, appeals."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from omo.order.v1 import noshow_service_pb2 as pb
from omo.order.v1 import noshow_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import pickup_events_pb2 as events
from omo.order.v1 import tryout_service_pb2 as tryouts_pb
from omo.order.v1 import tryout_service_pb2_grpc as tryouts_rpc
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.fulfilment_rig import Store
from tests.service.order.rig import MEMBER, OTHER, Rig, eventually, line

State = order_pb2.FulfilmentState
M = pb.NoShowMeasure
STEPS = [
    pb.NoShowStep(count=1, measure=M.NO_SHOW_MEASURE_WARNING),
    pb.NoShowStep(count=2, measure=M.NO_SHOW_MEASURE_HOLD_FEE, fee=100),
    pb.NoShowStep(count=2, measure=M.NO_SHOW_MEASURE_PREPAY, days=60),
    pb.NoShowStep(count=3, measure=M.NO_SHOW_MEASURE_BENEFIT_PAUSE, days=30),
    pb.NoShowStep(count=3, measure=M.NO_SHOW_MEASURE_PICKUP_BARRED, days=10),
]


AT_THE_TILL = orders_pb.PaymentChoice(provider="counter", instrument_token="till")


async def tryout(rig: Rig) -> Any:
    """Something laid aside unpaid, to be tried on."""
    asked = tryouts_pb.ReserveTryoutRequest(request_id=str(uuid.uuid4()), member_id=MEMBER, location_id="TPE01")
    asked.lines.add(sku="SCARF", quantity=1)
    return await rig.call(tryouts_rpc.TryoutServiceStub(rig.channel).ReserveTryout, asked)


@dataclass(slots=True)
class Court:
    """Headquarters, the store and the member."""

    rig: Rig
    store: Store

    async def do(self, verb: str, token: str | None = None, **given: Any) -> Any:
        request = getattr(pb, f"{verb}Request")(**given)
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = str(uuid.uuid4())
        return await self.rig.call(getattr(rpc.NoShowServiceStub(self.rig.channel), verb), request, token)

    async def terms(self, *steps: Any, window: int = 180, grace: int = 0) -> None:
        policy = pb.NoShowPolicy(window_days=window, grace_days=grace, steps=steps)
        await self.do("PutNoShowPolicy", self.rig.hq(), policy=policy)

    async def expired(self, **wish: Any) -> tuple[str, str]:
        """An order that nobody came for in its time."""
        order = await self.rig.place(**wish)
        ready = await self.store.made_ready(order.order_id)
        self.rig.clock.advance(days=7, minutes=1)

        async def over() -> bool:
            (row,) = await self.rig.rows("SELECT state FROM fulfilments WHERE fulfilment_id = $1", ready.fulfilment_id)
            return bool(row["state"] == "EXPIRED")

        await eventually(over)
        return order.order_id, ready.fulfilment_id

    async def unclaimed(self, **wish: Any) -> tuple[str, Any]:
        order_id, task = await self.expired(**wish)
        return order_id, (await self.do("ReturnToShelf", self.store.adviser(), fulfilment_id=task)).no_show

    async def standing(self) -> tuple[int, int, list[Any]]:
        found = await self.do("GetPickupStanding", member_id=MEMBER)
        return found.counted, found.next_fee.minor_units, [one.measure for one in found.measures]

    async def let_go(self, order_id: str) -> dict[str, int]:
        async def gone() -> dict[str, int] | None:
            rows = await self.rig.rows("SELECT entry, amount FROM order_tenders WHERE order_id = $1", order_id)
            found = {row["entry"]: row["amount"] for row in rows}
            return found if "VOIDED" in found else None

        return await eventually(gone)  # type: ignore[no-any-return]


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def court(rig: Rig) -> Court:
    return Court(rig, Store(rig))


async def test_what_follows_is_graded_and_ends_with_its_time(rig: Rig, court: Court) -> None:
    await court.terms(*STEPS)
    _, first = await court.unclaimed()
    assert (first.number, first.fee.minor_units, first.policy_version) == (1, 0, 1)
    assert await court.standing() == (1, 100, [])
    order_id, second = await court.unclaimed(lines=[line("SCARF", 2)])
    assert (second.number, second.fee.minor_units) == (2, 100)
    assert await court.let_go(order_id) == {"REQUESTED": 1980, "AUTHORISED": 1980, "CAPTURED": 100, "VOIDED": 1880}
    (order,) = [await rig.get(order_id)]
    assert order.state == rigs.CONFIRMED
    assert [(one.quantity, one.reason) for one in order.lines[0].cancelled_units] == [(2, "NOT_COLLECTED")]
    assert await court.standing() == (2, 100, [M.NO_SHOW_MEASURE_PREPAY])
    for unpaid in (rig.place(payment=AT_THE_TILL), tryout(rig)):
        assert (await rig.fault(unpaid)).reason == "PREPAY_REQUIRED"
    _, third = await court.unclaimed()
    assert third.number == 3
    fault = await rig.fault(rig.place())
    assert (fault.reason, "until" in fault.metadata) == ("PICKUP_BARRED", True)
    sent = await rig.place(lines=[line(method=rigs.SHIP, fulfilment_location_id="WH1")])
    assert sent.state == rigs.CONFIRMED
    assert (await rig.place(rig.member(OTHER), member_id=OTHER)).state == rigs.CONFIRMED
    rig.clock.advance(days=11)
    assert (await rig.place()).state == rigs.CONFIRMED
    rig.clock.advance(days=60)
    assert (await court.standing())[2] == []
    told = await court.store.events("PickupUnclaimed", events.PickupUnclaimed)
    assert [(one.number, one.fee) for one in told] == [(1, 0), (2, 100), (3, 100)]
    assert await rig.proofs() == {}


async def test_prices_of_the_tier_rest_while_benefits_do(rig: Rig, court: Court) -> None:
    await court.terms(pb.NoShowStep(count=1, measure=M.NO_SHOW_MEASURE_BENEFIT_PAUSE, days=30))
    await rig.rows(
        "INSERT INTO member_tiers (member_id, tier, version) VALUES ($1, 'gold', 5)"
        " ON CONFLICT (member_id) DO UPDATE SET tier = 'gold', version = 5", MEMBER,
    )  # fmt: skip
    assert (await rig.place(lines=[line("SCARF")])).totals.grand_total.minor_units == 900
    await court.unclaimed()
    assert (await rig.place(lines=[line("SCARF")])).totals.grand_total.minor_units == 990
    rig.clock.advance(days=31)
    assert (await rig.place(lines=[line("SCARF")])).totals.grand_total.minor_units == 900
    (row,) = await rig.rows("SELECT tier, version FROM member_tiers WHERE member_id = $1", MEMBER)
    assert tuple(row) == ("gold", 5)


async def test_without_terms_nothing_is_counted_and_the_order_ends(rig: Rig, court: Court) -> None:
    order_id, task = await court.expired()
    answer = await court.do("ReturnToShelf", court.store.adviser(), fulfilment_id=task)
    assert (answer.HasField("no_show"), answer.fulfilment.reason) == (False, "NOT_COLLECTED")
    assert (await rig.get(order_id)).state == rigs.CANCELLED
    assert (await court.let_go(order_id))["VOIDED"] == 3000
    assert await court.standing() == (0, 0, [])
    assert await rig.proofs() == {}


async def test_the_terms_time_puts_it_back_unless_the_shopper_came_after_all(rig: Rig, court: Court) -> None:
    await court.terms(*STEPS, grace=3)
    order_id, _ = await court.expired()
    late_id, late = await court.expired(lines=[line("SCARF")])
    await court.store.step("Ready", late)
    await court.store.hand_over(late, await court.store.pin(late_id))
    rig.clock.advance(days=3, minutes=1)

    async def ended() -> bool:
        return (await rig.get(order_id)).state == rigs.CANCELLED

    await eventually(ended)
    assert (await rig.get(order_id)).fulfilments[0].reason == "NOT_COLLECTED"
    assert await court.standing() == (1, 100, [])
    fault = await rig.fault(court.do("ReturnToShelf", court.store.adviser(), fulfilment_id=late))
    assert fault.reason == "TRANSITION_REFUSED"
    await court.store.captured(late, 990)
    assert await rig.proofs() == {}


async def test_an_appeal_is_settled_once_and_what_is_granted_counts_no_more(rig: Rig, court: Court) -> None:
    await court.terms(*STEPS)
    await court.unclaimed()
    order_id, second = await court.unclaimed()
    await court.let_go(order_id)
    task = second.fulfilment_id
    appeal = {"fulfilment_id": task, "reason": "STORE_CLOSED"}
    assert (await rig.fault(court.do("AppealNoShow", rig.member(OTHER), **appeal))).reason == "NOT_FOUND"
    assert (await court.do("AppealNoShow", **appeal)).no_show.appeal == pb.APPEAL_STATE_OPEN
    assert (await rig.fault(court.do("AppealNoShow", **appeal))).reason == "APPEAL_CLOSED"
    (waiting,) = (await court.do("ListAppeals", rig.hq())).no_shows
    assert (waiting.fulfilment_id, waiting.appeal_reason) == (task, "STORE_CLOSED")
    decide = {"fulfilment_id": task, "granted": True, "reason": "STORE_CLOSED"}
    settled = (await court.do("SettleAppeal", rig.hq(), **decide)).no_show
    assert (settled.appeal, settled.settled_by) == (pb.APPEAL_STATE_GRANTED, "u1")
    assert (await rig.fault(court.do("SettleAppeal", rig.hq(), **decide))).reason == "APPEAL_CLOSED"
    assert await court.standing() == (1, 100, [])

    async def given_back() -> bool:
        return not await rig.rows("SELECT FROM timers WHERE kind = 'noshow.fee_back'")

    await eventually(given_back)
    assert rig.world.credit == {f"{task}:fee": (MEMBER, 100)}
    told = await court.store.events("PickupUnclaimed", events.PickupUnclaimed)
    assert [(one.fulfilment_id == task, one.waived) for one in told] == [(False, False), (True, False), (True, True)]
    assert await rig.proofs() == {}


async def test_a_part_that_nobody_collects_leaves_the_rest_of_its_order_alone(rig: Rig, court: Court) -> None:
    await court.terms(pb.NoShowStep(count=1, measure=M.NO_SHOW_MEASURE_HOLD_FEE, fee=5000))
    ship = line("SCARF", method=rigs.SHIP, fulfilment_location_id="WH1")
    order_id, noshow = await court.unclaimed(lines=[line("COAT"), ship])
    assert noshow.fee.minor_units == 3000, "never more than it would have cost"
    ready = await court.store.made_ready(order_id, "WH1")
    await court.store.step("HandOver", ready.fulfilment_id, token=rig.staff("WH1"))

    async def taken() -> bool:
        rows = await rig.rows("SELECT sum(amount)::bigint AS sum FROM order_tenders WHERE entry = 'CAPTURED'")
        return bool(rows[0]["sum"] == 3990)

    await eventually(taken)
    assert await rig.proofs() == {}


async def test_terms_that_make_no_sense_are_refused_by_field(rig: Rig, court: Court) -> None:
    one = pb.NoShowStep(count=1, measure=M.NO_SHOW_MEASURE_WARNING)
    for field, policy in (
        ("policy.window_days", pb.NoShowPolicy(steps=[one])),
        ("policy.steps", pb.NoShowPolicy(window_days=9, steps=[one, one])),
        ("policy.steps[0].measure", pb.NoShowPolicy(window_days=9, steps=[pb.NoShowStep(count=1)])),
        (
            "policy.steps[0].count",
            pb.NoShowPolicy(window_days=9, steps=[pb.NoShowStep(measure=M.NO_SHOW_MEASURE_WARNING)]),
        ),
        (
            "policy.steps[0].days",
            pb.NoShowPolicy(window_days=9, steps=[pb.NoShowStep(count=1, measure=M.NO_SHOW_MEASURE_PREPAY)]),
        ),
        (
            "policy.steps[0].fee",
            pb.NoShowPolicy(window_days=9, steps=[pb.NoShowStep(count=1, measure=M.NO_SHOW_MEASURE_WARNING, fee=1)]),
        ),
        ("policy.grace_days", pb.NoShowPolicy(window_days=9, grace_days=61)),
    ):
        fault = await rig.fault(court.do("PutNoShowPolicy", rig.hq(), policy=policy))
        assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", field)
    events_ = await court.store.events("OrderCancelled", order_events_pb2.OrderCancelled)
    assert events_ == []
