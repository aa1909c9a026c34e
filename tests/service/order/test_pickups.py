"""Who collects, by what proof, and what of it: the shopper's code, whom he sends, parts, and what is not there."""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kit import faultpoints
from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from omo.order.v1 import pickup_events_pb2 as events
from omo.order.v1 import pickup_service_pb2 as pb
from services.order.pickups import codes
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.fulfilment_rig import Store
from tests.service.order.pickups_rig import Desk
from tests.service.order.rig import OTHER, Rig, line

State = order_pb2.FulfilmentState


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest.fixture
def desk(rig: Rig) -> Desk:
    return Desk(rig, Store(rig))


async def test_a_code_is_shown_instead_of_the_pin_and_checked_by_a_till_alone(rig: Rig, desk: Desk) -> None:
    order = await rig.place()
    ready = await desk.store.made_ready(order.order_id)
    shown = await desk.do("ShowPickupCode", fulfilment_id=ready.fulfilment_id)
    (key,) = (await desk.at_counter("GetPickupCodeKeys")).keys
    raw = codes._raw(shown.code)
    public = Ed25519PublicKey.from_public_bytes(key.public_key)
    public.verify(raw[32:], raw[:32])
    with pytest.raises(InvalidSignature):
        public.verify(raw[32:], bytes([raw[0] ^ 1]) + raw[1:32])
    # of a signature's last signs one is often A already
    spoilt = shown.code[:-2] + ("BB" if shown.code.endswith("AA") else "AA")
    for wrong in ("OMOP1.AAAA", spoilt, "482913"):
        fault = await rig.fault(desk.store.step("HandOver", ready.fulfilment_id, code=wrong))
        assert fault.reason == "PICKUP_CODE_INVALID"
    done = await desk.store.step("HandOver", ready.fulfilment_id, code=shown.code)
    assert done.state == State.FULFILMENT_STATE_HANDED_OVER
    slip = (await desk.do("GetAcknowledgement", fulfilment_id=ready.fulfilment_id)).acknowledgement
    assert (slip.proof, slip.proxy_id, slip.staff_code, slip.amount.minor_units) == (
        pb.PICKUP_PROOF_CODE, "", "A102", 3000,
    )  # fmt: skip
    assert (
        await rig.fault(desk.do("ShowPickupCode", fulfilment_id=ready.fulfilment_id))
    ).reason == "TRANSITION_REFUSED"
    await desk.store.captured(ready.fulfilment_id, 3000)
    await rig.settled()


async def test_a_code_is_worth_nothing_for_others_when_old_or_once_the_pin_is_another(
    rig: Rig, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = await desk.store.made_ready((await rig.place()).order_id)
    other = await desk.store.made_ready((await rig.place()).order_id)
    code = (await desk.do("ShowPickupCode", fulfilment_id=ready.fulfilment_id)).code
    assert (
        await rig.fault(desk.store.step("HandOver", other.fulfilment_id, code=code))
    ).reason == "PICKUP_CODE_INVALID"
    for token in (rig.member(OTHER), rig.hq()):
        fault = await rig.fault(desk.do("ShowPickupCode", token, fulfilment_id=ready.fulfilment_id))
        assert fault.reason in ("NOT_FOUND", "PERMISSION_DENIED")
    await rig.rows("UPDATE fulfilments SET pin_tries = 5 WHERE fulfilment_id = $1", ready.fulfilment_id)
    assert (await rig.fault(desk.store.step("HandOver", ready.fulfilment_id, code=code))).reason == "PIN_LOCKED"
    await desk.store.step("Ready", ready.fulfilment_id, token=desk.store.manager())
    assert (
        await rig.fault(desk.store.step("HandOver", ready.fulfilment_id, code=code))
    ).reason == "PICKUP_CODE_INVALID"
    old = codes.PickupCodes(b"k" * 32, lambda: rig.clock() - 2 * codes.LIVES)
    late, _ = old.make(ready.fulfilment_id, b"hash")
    with pytest.raises(codes.PickupCodeInvalid, match="too old"):
        codes.PickupCodes(b"k" * 32).check(late, ready.fulfilment_id)


async def test_a_proxy_collects_by_a_pin_of_his_own_until_he_is_revoked(rig: Rig, desk: Desk) -> None:
    order = await rig.place(masked_name="陳○明")
    task = await desk.store.fulfilment_id(order.order_id)
    named = [(await desk.do("NameProxy", fulfilment_id=task, name=name)).proxy for name in ("陳小華", "Lin Mei", "X")]
    assert [one.masked_name for one in named] == ["陳○華", "L*** M***", "X***"]
    assert (await rig.fault(desk.do("NameProxy", fulfilment_id=task, name="Y"))).metadata["most"] == "3"
    ready = await desk.store.made_ready(order.order_id)
    assert all(one.pin == "" for one in (await desk.at_counter("ListProxies", fulfilment_id=task)).proxies)
    assert [one.pin for one in (await desk.do("ListProxies", fulfilment_id=task)).proxies] == [one.pin for one in named]
    revoked = await desk.do("RevokeProxy", proxy_id=named[0].proxy_id)
    assert (revoked.proxy.state, revoked.proxy.pin) == (pb.PROXY_STATE_REVOKED, "")
    fault = await rig.fault(desk.store.hand_over(ready.fulfilment_id, named[0].pin))
    assert (fault.reason, fault.metadata["tries_left"]) == ("PIN_WRONG", "4")
    done = await desk.store.hand_over(ready.fulfilment_id, named[1].pin)
    assert done.state == State.FULFILMENT_STATE_HANDED_OVER
    assert (await rig.rows("SELECT pin_tries FROM fulfilments"))[0]["pin_tries"] == 1
    slip = (await desk.at_counter("GetAcknowledgement", fulfilment_id=task)).acknowledgement
    assert (slip.proxy_id, slip.masked_name, slip.proof) == (named[1].proxy_id, "L*** M***", pb.PICKUP_PROOF_PIN)
    assert (await rig.fault(desk.do("RevokeProxy", proxy_id=named[1].proxy_id))).reason == "TRANSITION_REFUSED"
    for token in (rig.member(OTHER), desk.store.adviser("TPE02")):
        assert (await rig.fault(desk.do("ListProxies", token, fulfilment_id=task))).reason == "NOT_FOUND"
    for (payload,) in await rig.rows("SELECT payload FROM outbox"):
        assert named[1].pin.encode() not in payload
    await desk.store.captured(ready.fulfilment_id, 3000)
    await rig.settled()


async def test_of_a_part_only_its_money_is_taken_and_the_rest_waits_on(rig: Rig, desk: Desk) -> None:
    order = await rig.place(lines=[line("COAT"), line("SCARF", 3)])
    ready = await desk.store.made_ready(order.order_id)
    pin = await desk.store.pin(order.order_id)
    got = await desk.part(ready.fulfilment_id, {2: 2}, pin)
    assert got.fulfilment.state == State.FULFILMENT_STATE_PARTIALLY_HANDED_OVER
    assert [(one.line_no, one.quantity) for one in got.fulfilment.lines] == [(2, 2)]
    assert got.rest.state == State.FULFILMENT_STATE_READY
    assert [(one.line_no, one.quantity, one.first_unit) for one in got.rest.lines] == [(1, 1, 0), (2, 1, 2)]
    assert got.rest.pickup_deadline_time == ready.pickup_deadline_time
    assert got.acknowledgement.rest_fulfilment_id == got.rest.fulfilment_id
    await desk.store.captured(ready.fulfilment_id, 2 * 990)
    (told,) = await desk.store.events("UnitsHandedOver", order_events_pb2.UnitsHandedOver)
    assert [(one.unit.first, one.unit.last) for one in told.lines] == [(0, 1)]
    fresh = await desk.store.pin(order.order_id)
    wrong = await rig.fault(desk.store.hand_over(got.rest.fulfilment_id, desk.store.other_than(fresh)))
    assert wrong.reason == "PIN_WRONG"
    await desk.store.hand_over(got.rest.fulfilment_id, fresh)
    await desk.store.captured(got.rest.fulfilment_id, 3000 + 990)
    shown = await rig.get(order.order_id)
    states = {one.fulfilment_id: one.state for one in shown.fulfilments}
    assert states[ready.fulfilment_id] == State.FULFILMENT_STATE_PARTIALLY_HANDED_OVER
    await rig.settled()


async def test_what_is_missing_is_told_to_stock_and_its_money_let_go(rig: Rig, desk: Desk) -> None:
    order = await rig.place(lines=[line("COAT"), line("SCARF", 3)])
    ready = await desk.store.made_ready(order.order_id)
    missing = [pb.MissingUnits(line_no=2, quantity=1, reason="DAMAGED")]
    key = str(uuid.uuid4())
    pin = await desk.store.pin(order.order_id)
    got = await desk.part(ready.fulfilment_id, {1: 1, 2: 2}, pin, missing=missing, request_id=key)
    again = await desk.part(ready.fulfilment_id, {1: 1, 2: 2}, pin, missing=missing, request_id=key)
    assert again == got
    assert not got.HasField("rest")
    (gone,) = got.acknowledgement.missing
    assert (gone.line_no, gone.quantity, gone.reason, gone.choice) == (2, 1, "DAMAGED", pb.MISSING_CHOICE_CANCEL)
    (told,) = await desk.store.events("UnitsMissing", events.UnitsMissing)
    assert [(one.sku, one.quantity, one.unit.first, one.reason) for one in told.lines] == [("SCARF", 1, 2, "DAMAGED")]
    (cancelled,) = await desk.store.events("UnitsCancelled", order_events_pb2.UnitsCancelled)
    assert [(one.unit.line_no, one.unit.first, one.unit.last) for one in cancelled.lines] == [(2, 2, 2)]
    await desk.store.captured(ready.fulfilment_id, 3000 + 2 * 990)

    async def voided() -> bool:
        return bool(await rig.rows("SELECT FROM order_tenders WHERE entry = 'VOIDED' AND amount = 990"))

    await rigs.eventually(voided)
    shown = await rig.get(order.order_id)
    assert [(one.kind, one.line_no) for one in shown.news] == [("REJECTED", 2), ("CANCELLED", 2)]
    await rig.settled()


async def test_a_shopper_may_be_asked_where_missing_units_shall_come_from(rig: Rig, desk: Desk) -> None:
    order = await rig.place(lines=[line("SCARF", 2)])
    ready = await desk.store.made_ready(order.order_id)
    missing = [pb.MissingUnits(line_no=1, quantity=1, reason="NOT_IN_STOCK")]
    pin = await desk.store.pin(order.order_id)
    await desk.part(ready.fulfilment_id, {1: 1}, pin, missing=missing, missing_choice=pb.MISSING_CHOICE_ASK)
    (rejected,) = await desk.store.events("FulfilmentRejected", order_events_pb2.FulfilmentRejected)
    assert (rejected.partly, rejected.reason, [(one.line_no, one.first_unit) for one in rejected.lines]) == (
        True, "NOT_IN_STOCK", [(1, 1)],
    )  # fmt: skip
    await desk.store.captured(ready.fulfilment_id, 990)
    assert await desk.store.events("UnitsCancelled", order_events_pb2.UnitsCancelled) == []
    await rig.settled()


async def test_a_part_that_died_is_whole_after_it_is_asked_again(
    rig: Rig, desk: Desk, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: faultpoints.arm(""))
    for point in ("before_part_commit", "after_part"):
        order = await rig.place(lines=[line("SCARF", 3)])
        ready = await desk.store.made_ready(order.order_id)
        pin, key = await desk.store.pin(order.order_id), str(uuid.uuid4())
        missing = [pb.MissingUnits(line_no=1, quantity=1, reason="DAMAGED")]
        faultpoints.arm(f"pickups.{point}=raise")
        await rig.fault(desk.part(ready.fulfilment_id, {1: 1}, pin, missing=missing, request_id=key))
        faultpoints.arm("")
        got = await desk.part(ready.fulfilment_id, {1: 1}, pin, missing=missing, request_id=key)
        assert (got.rest.lines[0].first_unit, len(got.acknowledgement.missing)) == (2, 1)
        await desk.store.captured(ready.fulfilment_id, 990)
    assert len(await desk.store.events("UnitsMissing", events.UnitsMissing)) == 2
    await rig.settled()


_ABSURD: list[tuple[dict[int, int], list[tuple[int, int]], str]] = [
    ({}, [], "units"),
    ({9: 1}, [], "units[0].line_no"),
    ({1: 0}, [], "units[0].quantity"),
    ({2: 4}, [], "units[0].quantity"),
    ({2: 2}, [(2, 2)], "units[0].quantity"),
    ({2: 1}, [(2, 0)], "missing[0].quantity"),
    ({2: 1}, [(3, 1)], "missing[0].line_no"),
]


async def test_absurd_parts_are_refused_by_field(rig: Rig, desk: Desk) -> None:
    order = await rig.place(lines=[line("COAT"), line("SCARF", 3)])
    ready = await desk.store.made_ready(order.order_id)
    pin = await desk.store.pin(order.order_id)
    for units, missing, field in _ABSURD:
        gone = [pb.MissingUnits(line_no=no, quantity=many, reason="DAMAGED") for no, many in missing]
        fault = await rig.fault(desk.part(ready.fulfilment_id, units, pin, missing=gone))
        assert (fault.reason, fault.metadata["field"]) == ("FIELD_INVALID", field), units
    asked = orders_pb.GetOrderRequest(order_id=order.order_id)
    assert (await rig.call(rig.orders.GetOrder, asked)).order.fulfilments[0].state == State.FULFILMENT_STATE_READY
