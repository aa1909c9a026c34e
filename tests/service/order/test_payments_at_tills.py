"""An order that is paid at the counter, wholly or in part; and work that gave up, in the hands of people."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from omo.order.v1 import attention_service_pb2 as care_pb
from omo.order.v1 import attention_service_pb2_grpc as care_rpc
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.order.v1 import tender_service_pb2 as till_pb
from omo.order.v1 import tender_service_pb2_grpc as till_rpc
from omo.type.v1 import trade_pb2
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import SHIP, line
from tests.service.order.fulfilment_rig import Store
from tests.service.order.returns_rig import Counter
from tests.service.order.rig import CANCELLED, CONFIRMED, Rig, eventually
from tests.service.order.test_split_payments import entries, part, placed

CASH, CARD = trade_pb2.TENDER_KIND_CASH, trade_pb2.TENDER_KIND_CARD_PRESENT
RETRY, SKIP, COMPENSATE = (care_pb.InterventionVerb.Value(f"INTERVENTION_VERB_{verb}")
                           for verb in ("RETRY", "SKIP", "COMPENSATE"))  # fmt: skip


@pytest_asyncio.fixture(scope="module")
async def rig(module_databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(module_databases, slow=0.1) as running:
        yield running


async def till(rig: Rig, verb: str, order_id: str, token: str = "", **more: Any) -> till_pb.Outstanding:
    request = getattr(till_pb, f"{verb}Request")(order_id=order_id, **more)
    stub = till_rpc.TenderServiceStub(rig.channel)
    reply = await rig.call(getattr(stub, verb), request, token or rig.staff("TPE01"))
    return reply.outstanding  # type: ignore[no-any-return]


async def take(rig: Rig, order_id: str, amount: int, kind: Any = CASH, key: str = "", **more: Any) -> int:
    request_id = key or str(uuid.uuid4())
    left = await till(rig, "TakeTender", order_id, request_id=request_id, kind=kind, amount=amount, **more)
    return int(left.to_take.minor_units)


async def test_an_order_is_paid_when_it_is_collected(rig: Rig) -> None:
    store, order = Store(rig), await placed(rig, part(amount=1000), part("till", provider="counter"))
    assert order.state == CONFIRMED
    ready, pin = await store.made_ready(order.order_id), await store.pin(order.order_id)
    refused = await rig.fault(store.hand_over(ready.fulfilment_id, pin))
    assert (refused.reason, refused.metadata["amount"]) == ("PAYMENT_OUTSTANDING", "2000")
    assert (await till(rig, "GetOutstanding", order.order_no)).to_take.minor_units == 2000
    over = await rig.fault(take(rig, order.order_id, 2001))
    assert (over.reason, over.metadata["amount"]) == ("TENDER_NOT_DUE", "2000")
    assert await take(rig, order.order_id, 1500, key="t1") == 500
    assert await take(rig, order.order_id, 1500, key="t1") == 500
    assert await take(rig, order.order_id, 500) == 0
    await store.hand_over(ready.fulfilment_id, pin)

    async def captured() -> bool:
        return not await rig.rows("SELECT FROM timers WHERE kind = 'fulfilment.capture'")

    await eventually(captured)
    taken = await rig.rows(
        "SELECT tender_no, kind, amount FROM order_tenders WHERE order_id = $1 AND entry = 'CAPTURED' ORDER BY 1",
        order.order_id,
    )
    assert [tuple(row) for row in taken] == [(1, "PROVIDER", 1000), (2, "CASH", 2000)]
    await rig.settled()
    given = await Counter(rig).back(order.order_id)
    kinds = {(one.kind, one.amount.minor_units) for one in given.refund.tenders}
    assert kinds == {(CASH, 2000), (trade_pb2.TENDER_KIND_PROVIDER, 1000)}


async def test_several_ways_to_pay_at_the_till_are_one_payment(rig: Rig) -> None:
    store, order = Store(rig), await rig.place(payment=pb.PaymentChoice(provider="counter", instrument_token="till"))
    ready = await store.made_ready(order.order_id)
    await take(rig, order.order_id, 1000, CASH)
    await take(rig, order.order_id, 2000, CARD, reference="T1-0042")
    await store.hand_over(ready.fulfilment_id, await store.pin(order.order_id))

    async def captured() -> list[Any]:
        return await rig.rows(
            "SELECT kind FROM order_tenders WHERE order_id = $1 AND entry = 'CAPTURED'", order.order_id
        )

    assert [row[0] for row in await eventually(captured)] == ["OTHER"]
    await rig.settled()


async def test_what_a_till_took_is_given_back_when_the_order_ends(rig: Rig) -> None:
    order = await rig.place(payment=pb.PaymentChoice(provider="counter", instrument_token="till"))
    await take(rig, order.order_id, 3000)
    early = await rig.fault(till(rig, "GiveTender", order.order_id, request_id="g0", amount=1))
    assert early.reason == "TENDER_NOT_DUE"
    await rig.call(rig.orders.CancelOrder, pb.CancelOrderRequest(request_id="c9", order_id=order.order_id, reason="NO"))

    async def owed() -> bool:
        return (await till(rig, "GetOutstanding", order.order_id)).to_give.minor_units == 3000

    await eventually(owed)
    assert (await rig.fault(take(rig, order.order_id, 1))).reason == "TENDER_NOT_DUE"
    left = await till(rig, "GiveTender", order.order_id, request_id="g1", amount=3000)
    assert left.to_give.minor_units == 0

    async def over() -> bool:
        return not await rig.rows("SELECT FROM timers WHERE kind = 'payment.give_back'")

    await eventually(over)
    assert await rig.proofs() == {}


async def test_tills_are_for_those_who_come_to_one(rig: Rig) -> None:
    shipped = [line(method=SHIP, fulfilment_location_id="")]
    refused = await rig.fault(
        rig.place(lines=shipped, payment=pb.PaymentChoice(provider="counter", instrument_token="x"))
    )
    assert refused.metadata["field"] == "payment.provider"
    order = await rig.place()
    for wrong, token in ((order.order_id, rig.staff("TXG01")), ("0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55", "")):
        assert (await rig.fault(till(rig, "GetOutstanding", wrong, token))).reason == "NOT_FOUND"
    assert (await rig.fault(till(rig, "GetOutstanding", order.order_id, rig.member()))).reason == "PERMISSION_DENIED"
    card = await rig.fault(take(rig, (await _counted(rig)).order_id, 1, reference="4111 1111 1111 1111"))
    assert card.metadata["field"] == "reference"


async def _counted(rig: Rig) -> order_pb2.Order:
    return await rig.place(payment=pb.PaymentChoice(provider="counter", instrument_token="till"))


class Desk:
    """Headquarters, looking at what gave up."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.stub = rig, care_rpc.AttentionServiceStub(rig.channel)

    async def items(self) -> list[care_pb.Attention]:
        reply = await self.rig.call(self.stub.ListAttention, care_pb.ListAttentionRequest(), self.rig.hq())
        return list(reply.items)

    async def do(self, verb: str, kind: str, key: str, reason: str = "seen to", request_id: str = "") -> Any:
        request = getattr(care_pb, f"{verb}AttentionRequest")(
            request_id=request_id or str(uuid.uuid4()), kind=kind, key=key, reason=reason
        )
        reply = await self.rig.call(getattr(self.stub, f"{verb}Attention"), request, self.rig.hq())
        return reply.intervention

    async def done(self, key: str) -> list[tuple[Any, str, str, str]]:
        asked = care_pb.ListInterventionsRequest(key=key)
        reply = await self.rig.call(self.stub.ListInterventions, asked, self.rig.hq())
        return [(one.verb, one.reason, one.actor_kind, one.actor_id) for one in reply.interventions]

    async def give_up(self, kind: str, key: str) -> None:
        """What twelve tries come to, at once."""
        await self.rig.rows(
            "UPDATE timers SET needs_attention = true, attempt = 12, last_error = 'twelve times', lease_until = NULL, "
            "fence = fence + 1 WHERE kind = $1 AND key = $2", kind, key,
        )  # fmt: skip


async def _stuck_refund(rig: Rig, desk: Desk) -> str:
    """An order that was cancelled, of whose money the provider gives nothing back."""
    order = await placed(rig, part("sim_no_refund", 1000), part())
    assert await rig.parts.payments.capture(order.order_id, "f1", 1500)
    ask = pb.CancelOrderRequest(request_id=f"c-{order.order_id}", order_id=order.order_id, reason="NO")
    await rig.call(rig.orders.CancelOrder, ask)

    async def refused() -> bool:
        failed = "SELECT FROM timers WHERE kind = 'payment.give_back' AND key = $1 AND last_error LIKE '%refused%'"
        return bool(await rig.rows(failed, order.order_id))

    await eventually(refused)
    await desk.give_up("payment.give_back", order.order_id)
    return order.order_id


async def test_a_person_has_it_tried_again_or_says_that_it_is_done(rig: Rig) -> None:
    desk = Desk(rig)
    order_id = await _stuck_refund(rig, desk)
    (item,) = await desk.items()
    assert (item.kind, item.key, item.order_id, item.attempts) == ("payment.give_back", order_id, order_id, 12)
    assert list(item.verbs) == [RETRY, SKIP]
    assert (await rig.fault(desk.do("Retry", "payment.give_back", order_id, " "))).metadata["field"] == "reason"
    await desk.do("Retry", "payment.give_back", order_id, "the bank is back")
    assert (await rig.fault(desk.do("Retry", "payment.give_back", order_id))).reason == "ATTENTION_UNKNOWN"

    async def tried() -> bool:
        rows = await rig.rows("SELECT FROM timers WHERE key = $1 AND attempt > 0 AND lease_until IS NULL", order_id)
        return bool(rows)

    await eventually(tried)
    await desk.give_up("payment.give_back", order_id)
    refused = await rig.fault(desk.do("Compensate", "payment.give_back", order_id))
    assert (refused.reason, refused.metadata["allowed"]) == ("INTERVENTION_REFUSED", "RETRY,SKIP")
    done = await desk.do("Skip", "payment.give_back", order_id, "given back by transfer", "s1")
    assert await desk.do("Skip", "payment.give_back", order_id, "given back by transfer", "s1") == done
    assert await desk.done(order_id) == [
        (SKIP, "given back by transfer", "hq", "u1"),
        (RETRY, "the bank is back", "hq", "u1"),
    ]
    found = await rig.rows("SELECT tender_no, entry, amount, code FROM order_tenders WHERE order_id = $1 "
                           "AND entry IN ('REFUNDED', 'VOIDED') ORDER BY tender_no, entry", order_id)  # fmt: skip
    assert [tuple(row) for row in found] == [
        (1, "REFUNDED", 1000, "BY_HAND"), (2, "REFUNDED", 500, "BY_HAND"), (2, "VOIDED", 1500, "BY_HAND"),
    ]  # fmt: skip
    assert await desk.items() == []
    assert await rig.proofs() == {}


async def test_a_checkout_that_cannot_go_on_is_turned_back(rig: Rig) -> None:
    desk = Desk(rig)
    order = await placed(rig, part(amount=1000), part("sim_never"))
    await desk.give_up("checkout", order.order_id)
    (item,) = await desk.items()
    assert list(item.verbs) == [RETRY, COMPENSATE]
    assert (await rig.fault(desk.do("Skip", "checkout", order.order_id))).reason == "INTERVENTION_REFUSED"
    await desk.do("Compensate", "checkout", order.order_id, "the shopper called")
    ended = await rig.ended(order.order_id)
    assert (ended.state, ended.reason) == (CANCELLED, "TURNED_BACK")
    assert await entries(rig, order.order_id, "VOIDED") == [(1, "VOIDED", 1000), (2, "VOIDED", 2000)]
    assert await desk.done(order.order_id) == [(COMPENSATE, "the shopper called", "hq", "u1")]
    assert await rig.proofs() == {}


async def test_only_headquarters_intervene(rig: Rig) -> None:
    stub = care_rpc.AttentionServiceStub(rig.channel)
    for token in (rig.member(), rig.staff("TPE01"), rig.issuer.token("hq", "u2", roles=["analyst"])):
        request = care_pb.SkipAttentionRequest(request_id="x", kind="checkout", key="x", reason="x")
        assert (await rig.fault(rig.call(stub.SkipAttention, request, token))).reason == "PERMISSION_DENIED"
    for kind, key in (("quotes.sweep", "quotes.sweep"), ("checkout", "no-uuid")):
        desk = Desk(rig)
        for verb in ("Retry", "Skip", "Compensate"):
            fault = await rig.fault(desk.do(verb, kind, key))
            assert fault.reason in ("ATTENTION_UNKNOWN", "FIELD_INVALID")
