"""A store's hands: its tasks, its steps, its shopper's PIN."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from omo.order.v1 import fulfilment_service_pb2 as pb
from omo.order.v1 import fulfilment_service_pb2_grpc as rpc
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from tests.service.order.rig import Rig, eventually

_STEPS = {"ACCEPTED": ["Accept"], "PICKING": ["Accept", "Pick"], "READY": ["Accept", "Pick", "Ready"]}


@dataclass(slots=True)
class Store:
    """The staff of a store of the running service."""

    rig: Rig
    stub: Any = field(init=False)

    def __post_init__(self) -> None:
        # the rig keeps no channel of its own: every stub of it speaks over the same one
        self.stub = rpc.FulfilmentServiceStub(self.rig.channel)

    def manager(self) -> str:
        return self.rig.staff("TPE01")

    def adviser(self, *locations: str) -> str:
        places = list(locations or ("TPE01",))
        return self.rig.issuer.token("staff", "A102", roles=["adviser"], locations=places, staff_code="A102")

    async def tasks(self, after: int = 0, size: int = 0) -> pb.ListTasksResponse:
        asked = pb.ListTasksRequest(location_id="TPE01", after_version=after, page_size=size)
        return await self.rig.call(self.stub.ListTasks, asked, self.adviser())  # type: ignore[no-any-return]

    async def step(
        self, verb: str, fulfilment_id: str, *, token: str = "", request_id: str = "", **more: Any
    ) -> order_pb2.Fulfilment:
        """One step, as the staff of TPE01 unless another token is given."""
        request = getattr(pb, f"{verb}FulfilmentRequest")(
            request_id=request_id or str(uuid.uuid4()), fulfilment_id=fulfilment_id, **more
        )
        reply = await self.rig.call(getattr(self.stub, f"{verb}Fulfilment"), request, token or self.adviser())
        return reply.fulfilment  # type: ignore[no-any-return]

    async def hand_over(self, fulfilment_id: str, pin: str) -> order_pb2.Fulfilment:
        return await self.step("HandOver", fulfilment_id, pin=pin)

    async def fulfilment_id(self, order_id: str, location_id: str = "TPE01") -> str:
        rows = await self.rig.rows(
            "SELECT fulfilment_id FROM fulfilments WHERE order_id = $1 AND location_id = $2", order_id, location_id
        )
        return str(rows[0][0])

    async def made_ready(self, order_id: str, location_id: str = "TPE01") -> order_pb2.Fulfilment:
        fulfilment_id, done = await self.fulfilment_id(order_id, location_id), order_pb2.Fulfilment()
        for verb in _STEPS["READY"]:
            done = await self.step(verb, fulfilment_id, token=self.adviser(location_id))
        return done

    async def put_into(self, order_id: str, state: str) -> str:
        """The order's task, brought into a state: by its steps, or behind the service's back."""
        fulfilment_id = await self.fulfilment_id(order_id)
        for verb in _STEPS.get(state, ()):
            await self.step(verb, fulfilment_id)
        if state == "HANDED_OVER":
            await self.made_ready(order_id)
            await self.hand_over(fulfilment_id, await self.pin(order_id))
        elif state == "REJECTED":
            await self.step("Reject", fulfilment_id, reason="DAMAGED")
        elif state in ("CANCELLED", "ON_HOLD", "EXPIRED"):
            held = "PLACED" if state == "ON_HOLD" else ""
            change = "UPDATE fulfilments SET state = $2, held_state = $3 WHERE fulfilment_id = $1"
            await self.rig.rows(change, fulfilment_id, state, held)
        return fulfilment_id

    async def pin(self, order_id: str) -> str:
        """What the shopper's app shows."""
        reply = await self.rig.call(self.rig.orders.GetOrder, orders_pb.GetOrderRequest(order_id=order_id))
        return str(reply.order.pickup_pin)

    @staticmethod
    def other_than(pin: str) -> str:
        return f"{(int(pin) + 1) % 10**6:06}"

    async def events(self, name: str, message_type: Any) -> list[Any]:
        """The outbox's events of a type, oldest first."""
        rows = await self.rig.rows(
            "SELECT payload FROM outbox WHERE subject LIKE $1 ORDER BY record_time, sequence",
            f"omo.order.v1.{name}.%",
        )
        return [message_type.FromString(row[0]) for row in rows]

    async def captured(self, fulfilment_id: str, amount: int) -> None:
        """Waits until the fulfilment's money is taken."""

        async def taken() -> bool:
            rows = await self.rig.rows(
                "SELECT amount FROM order_tenders WHERE entry = 'CAPTURED' AND split_part(key, '#', 1) = $1",
                fulfilment_id,
            )
            timers = await self.rig.rows("SELECT FROM timers WHERE kind = 'fulfilment.capture'")
            return [row["amount"] for row in rows] == [amount] and not timers

        await eventually(taken)
