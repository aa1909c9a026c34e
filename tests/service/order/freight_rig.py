"""A brand that charges for bringing goods: its fees, and what of them an order shows."""

import uuid
from typing import Any

from omo.order.v1 import order_pb2
from omo.order.v1 import shipping_fees_pb2 as fees_pb
from omo.order.v1 import shipping_service_pb2 as pb
from omo.order.v1 import shipping_service_pb2_grpc as rpc
from tests.service.order.rig import SHIP, Rig, line

HOME, STORE = fees_pb.SHIPPING_FEE_WAY_DELIVERY, fees_pb.SHIPPING_FEE_WAY_SHIP_TO_STORE
FLAT, AMOUNT = fees_pb.SHIPPING_FEE_BASIS_FLAT, fees_pb.SHIPPING_FEE_BASIS_AMOUNT
EXPRESS = order_pb2.Delivery(shipping_method="express")
TO_STORE = order_pb2.Delivery(collect_location_id="TPE01")


def fee(fee_id: str, way: Any, basis: Any, *steps: tuple[int, int], **more: Any) -> fees_pb.ShippingFeeRule:
    told = [fees_pb.ShippingFeeStep(at_least=at_least, amount=amount) for at_least, amount in steps]
    return fees_pb.ShippingFeeRule(fee_id=fee_id, way=way, basis=basis, steps=told, **more)


FEES = fees_pb.ShippingFees(
    tax_class="standard",
    rules=[
        fee("home", HOME, AMOUNT, (0, 80), (5000, 0), shipping_methods=["standard"]),
        fee("fast", HOME, FLAT, (0, 150), shipping_methods=["express"]),
        fee("store", STORE, FLAT, (0, 30), channels=["web"]),
    ],
)


async def put(rig: Rig, fees: fees_pb.ShippingFees = FEES, token: str = "", **more: Any) -> fees_pb.ShippingFees:
    given = {"request_id": str(uuid.uuid4()), "reason": "freight contract", **more}
    request = pb.PutShippingFeesRequest(fees=fees, **given)
    reply = await rig.call(rpc.ShippingServiceStub(rig.channel).PutShippingFees, request, token or rig.hq())
    return reply.fees  # type: ignore[no-any-return]


def shipped(sku: str = "COAT", quantity: int = 1) -> Any:
    return line(sku, quantity, method=SHIP, fulfilment_location_id="")


def charged(given: Any) -> tuple[str, int, str]:
    """Fee, what it comes to, and where it stands."""
    one = given.shipping_charge
    state = fees_pb.ShippingChargeState.Name(one.state).removeprefix("SHIPPING_CHARGE_STATE_")
    return one.fee_id, one.total.minor_units, state


async def journal(rig: Rig, entry: str) -> list[int]:
    found = await rig.rows("SELECT amount FROM order_tenders WHERE entry = $1 ORDER BY record_time, amount", entry)
    return [row["amount"] for row in found]
