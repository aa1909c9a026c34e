"""Changes of orders, as shoppers and service ask for them."""

import uuid
from typing import Any

from omo.order.v1 import order_edit_service_pb2 as pb
from omo.order.v1 import order_edit_service_pb2_grpc as rpc
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as orders_pb
from tests.service.order.rig import COLLECT, SHIP, Rig, eventually, line


def less(line_no: int, quantity: int) -> pb.EditAction:
    return pb.EditAction(set_quantity=pb.SetQuantity(line_no=line_no, quantity=quantity))


def more(sku: str = "SCARF", quantity: int = 1, **changed: Any) -> pb.EditAction:
    return pb.EditAction(add_line=line(sku, quantity, **changed))


async def preview(rig: Rig, order_id: str, *actions: pb.EditAction, token: str = "") -> pb.EditPreview:
    asked = pb.PreviewEditRequest(order_id=order_id, actions=actions)
    reply = await rig.call(rpc.OrderEditServiceStub(rig.channel).PreviewEdit, asked, token or rig.hq())
    return reply.preview  # type: ignore[no-any-return]


def wish(order_id: str, version: int, *actions: pb.EditAction, **changed: Any) -> pb.ApplyEditRequest:
    payment = orders_pb.PaymentChoice(provider="simulator", instrument_token=changed.pop("instrument", "sim_ok"))
    given = {"request_id": str(uuid.uuid4()), "payment": payment, **changed}
    return pb.ApplyEditRequest(order_id=order_id, version=version, actions=actions, **given)


async def apply(rig: Rig, asked: pb.ApplyEditRequest, token: str = "") -> pb.ApplyEditResponse:
    return await rig.call(rpc.OrderEditServiceStub(rig.channel).ApplyEdit, asked, token or rig.hq())  # type: ignore[no-any-return]


def units(order: order_pb2.Order) -> list[tuple[int, list[tuple[int, int, int]]]]:
    """The state of each task, and its units (line, first, how many)."""
    return [
        (one.state, [(each.line_no, each.first_unit, each.quantity) for each in one.lines]) for one in order.fulfilments
    ]


def there(*line_nos: int, place: str = "TPE02", method: Any = COLLECT) -> pb.EditAction:
    moved = pb.SetFulfilment(line_nos=line_nos, method=method, fulfilment_location_id=place)
    return pb.EditAction(set_fulfilment=moved)


def home(*line_nos: int) -> pb.EditAction:
    return there(*line_nos, place="", method=SHIP)


async def why(rig: Rig, order: order_pb2.Order, *actions: pb.EditAction) -> tuple[str, str]:
    """Why it is refused, by which field; a preview says the same, and nothing was changed."""
    (told, *_) = (await preview(rig, order.order_id, *actions)).failures
    fault = await rig.fault(apply(rig, wish(order.order_id, order.version, *actions)))
    assert (fault.reason, fault.metadata.get("field", "")) == (told.reason, told.field)
    assert (await rig.get(order.order_id)).version == order.version
    return told.reason, told.field.removeprefix("actions[0].set_fulfilment.")


async def state(rig: Rig, order_id: str) -> str:
    rows = await rig.rows("SELECT state FROM order_edits WHERE order_id = $1 AND state <> 'MOVING'", order_id)
    return rows[0]["state"] if rows else ""


async def ended(rig: Rig, order_id: str) -> str:
    """How the change ended, once its timer has fallen due."""
    await rig.rows("UPDATE timers SET lease_until = NULL, next_time = now() WHERE kind = 'order.edit.move'")
    return str(await eventually(lambda: state(rig, order_id)))
