"""A till at the store door: sells whatever happens, and asks its questions until they are answered."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc

from cli.demo import brand
from kit.ids import uuid7
from omo.order.v1 import order_pb2
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import till_service_pb2 as pb
from omo.storelink.v1 import till_service_pb2_grpc as rpc
from omo.type.v1 import trade_pb2
from omo_storelink import Back, Bought, Credential, Door, Pace, Paid, Till, Visit, enrol, goods_back
from tests.depth import PATIENCE
from tests.harness.fleet import TestFleet
from tests.harness.history import History
from tests.harness.invariants import SELL

_ATTEMPT = 5.0
_ENDED = (order_pb2.FULFILMENT_STATE_REJECTED, order_pb2.FULFILMENT_STATE_CANCELLED)
_PAUSE = 0.1
# as quick as faults come here
_PACE = Pace(shortest=0.1, longest=1.0)
_AGAIN = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
}
_PRICES = {row["sku"]: row["amount"] for row in brand.PRICE_LIST["prices"]}


@dataclass(slots=True)
class Counter:
    """One till with its journal; open it with `async with`."""

    till: Till
    door: Door
    location_id: str = brand.STORE
    staff_token: str = ""
    sold: list[str] = field(default_factory=list)

    @classmethod
    async def enrolled(cls, fleet: TestFleet, code: str, folder: Path) -> Self:
        """A fresh terminal, by headquarters' one-time code."""
        credential: Credential = await enrol(fleet.door_target, code, trusted=fleet.door_ca)
        door = Door(fleet.door_target, credential, trusted=fleet.door_ca)
        return cls(Till(folder, door, app_version="faults", facts_only=True, pace=_PACE), door)

    async def __aenter__(self) -> Self:
        await self.till.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.till.__aexit__(kind, error, trace)

    async def sell(self, history: History, sku: str, member_id: str = "", quantity: int = 1) -> str:
        """A sale in the journal: from here on it has happened, whoever is down."""
        fact = sale(sku, member_id, quantity)
        with history.call(-1, SELL, fact.sale_id, sku) as call:
            await self.till.record(fact)
            call.ok(fact.sale_id)
        self.sold.append(fact.sale_id)
        return fact.sale_id

    async def take_back(self, sale_id: str, sku: str) -> None:
        """What was sold comes back, for cash: a fact in the lane of sales."""
        goods, paid = [Back(sku, 1, 1)], [Paid("CASH", _PRICES[sku])]
        visit = Visit(datetime.now(UTC), cashier=brand.LIN.code)
        await self.till.record(goods_back(uuid7(), Bought(order_id=sale_id), goods, paid, visit))

    async def receive(self, sku: str, quantity: int) -> None:
        """Goods come in: a fact in the stock lane."""
        fact = facts.StockFact(fact_id=uuid7(), received=facts.StockReceived(sku=sku, quantity=quantity, document="DN"))
        fact.business_time.FromSeconds(int(time.time()))
        await self.till.record(fact)

    async def enrol(self, name: str) -> str:
        """Somebody joins at the counter: a fact in the lane of people."""
        fact = facts.PeopleFact(fact_id=uuid7(), staff_code=brand.LIN.code)
        fact.enrolled.member_id, fact.enrolled.name = uuid7(), name
        fact.business_time.FromSeconds(int(time.time()))
        await self.till.record(fact)
        return fact.enrolled.member_id

    async def synced(self, within: float = PATIENCE) -> None:
        """Everything is acknowledged for good, and nothing was put aside."""
        await self.till.synced(within)
        assert not self.till.noted()

    async def sign_in(self, person: brand.StaffMember) -> None:
        """The staff member types code and PIN."""
        self.staff_token = ""
        reply = await self.ask("SignInStaff", pb.SignInStaffRequest(staff_code=person.code, pin=person.pin))
        self.staff_token = reply.session.access_token

    async def hand_over(self, order_id: str, pin: Callable[[], Awaitable[str]]) -> None:
        """Accept, pick, ready, hand over: each asked with one request id until it is answered."""
        task = await self.task(order_id)
        await self.ask("AcceptFulfilment", pb.AcceptFulfilmentRequest(request_id=uuid7(), fulfilment_id=task))
        await self.ask("PickFulfilment", pb.PickFulfilmentRequest(request_id=uuid7(), fulfilment_id=task))
        await self.ask("ReadyFulfilment", pb.ReadyFulfilmentRequest(request_id=uuid7(), fulfilment_id=task))
        shown = await pin()
        asked = pb.HandOverFulfilmentRequest(request_id=uuid7(), fulfilment_id=task, pin=shown)
        await self.ask("HandOverFulfilment", asked)

    async def ask(self, method: str, request: Any) -> Any:
        """A question of TillService, repeated until somebody answers; a refusal is raised as it came."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                metadata = await self.door.metadata()
                if self.staff_token:
                    metadata = (*metadata, ("omo-staff", f"Bearer {self.staff_token}"))
                stub = rpc.TillServiceStub(self.door.channel)
                return await getattr(stub, method)(request, metadata=metadata, timeout=_ATTEMPT)
            except grpc.aio.AioRpcError as error:
                if error.code() not in _AGAIN or time.monotonic() > end:
                    raise
            await asyncio.sleep(_PAUSE)

    async def task(self, order_id: str) -> str:
        """What this store does for an order, once it is here."""
        seen = 0
        async with asyncio.timeout(PATIENCE):
            while True:
                # from the version that was reached: a place may have more tasks than a page
                listed = await self.ask("ListTasks", pb.ListTasksRequest(after_version=seen, page_size=100))
                for task in listed.tasks:
                    if task.order_id == order_id and task.state not in _ENDED:
                        return str(task.fulfilment_id)
                if not listed.tasks:
                    await asyncio.sleep(_PAUSE)
                seen = listed.version or seen


def sale(sku: str, member_id: str = "", quantity: int = 1) -> facts.SaleFact:
    """One line, carried out, at the list price with 5 % tax inside."""
    sale_id, net = uuid7(), _PRICES[sku] * quantity
    fact = facts.SaleFact(
        sale_id=sale_id,
        receipt_no=f"{brand.STORE}-{sale_id[-12:].upper()}",
        channel_id=brand.TILLS,
        currency_code=brand.CURRENCY,
        tax_included=True,
        member_id=member_id,
        cashier_staff_code=brand.LIN.code,
    )
    fact.business_time.FromSeconds(int(time.time()))
    fact.lines.add(
        line_no=1, sku=sku, quantity=quantity, list_total=net, net_total=net, tax_total=round(net * 5 / 105),
        method=trade_pb2.FULFILMENT_METHOD_CARRY_OUT,
    )  # fmt: skip
    fact.tenders.add(kind=trade_pb2.TENDER_KIND_CARD_PRESENT, amount=net, reference="EDC")
    return fact
