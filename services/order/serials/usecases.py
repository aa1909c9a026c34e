"""Says afterwards which serial a unit left with: whoever scans can scan the one beside it."""

from dataclasses import replace

from kit import access, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.order.v1 import serial_service_pb2 as pb
from services.order.checkout.domain import Line, Order, TransitionRefused
from services.order.returns import finding
from services.order.returns import store as returns
from services.order.returns.domain import HERE
from services.order.serials import store
from services.order.serials.domain import Left, taken


class Serials:
    """What was believed stays in a journal, with who said otherwise and why."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def correct(self, asked: Request, name: str, one: Left, reason: str) -> pb.CorrectSerialResponse:
        """The unit left with this serial, whatever was said; `one` need not say which good it is."""

        async def work(tx: Tx) -> pb.CorrectSerialResponse:
            order = await finding.order(tx, name)
            await returns.lock_order(tx, order.order_id)
            believed = await self._correct(tx, order, one, reason)
            return pb.CorrectSerialResponse(
                order_id=order.order_id, line_no=one.line_no, unit=one.unit, serial=one.serial, believed=believed
            )

        return await requests.once(self._db, asked, work, pb.CorrectSerialResponse)

    async def _correct(self, tx: Tx, order: Order, one: Left, reason: str) -> str:
        """Gives what was believed."""
        line = next((line for line in order.lines if line.line_no == one.line_no), None)
        goods = await returns.goods(tx, order.order_id, [line.sku]) if line else {}
        if line is None or line.sku not in goods or not goods[line.sku].serials:
            raise invalid("line_no", "must be a line of the order whose units have serials")
        before = (
            (await store.of_orders(tx, [order.order_id])).get(order.order_id, {}).get(one.line_no, {}).get(one.unit)
        )
        await _left(tx, order, line, one.unit, packed=before is not None)
        if before and before.parcel_id and not await store.gone(tx, before.parcel_id):
            raise TransitionRefused(
                "it lies in a parcel that has not left: call that off and pack anew", parcel_id=before.parcel_id,
                state="PACKED",
            )  # fmt: skip
        believed = before.serial if before else ""
        if believed == one.serial:
            return believed
        after = replace(one, sku=line.sku)
        if before and not await store.correct(tx, order.order_id, after, believed):
            raise TransitionRefused(f"it is not out as {believed} any more", field="unit")
        if not before and not await store.keep(tx, order.order_id, [after]):
            raise taken("serial", after)
        await store.note(tx, order.order_id, one, believed, reason, access.current().actor, self._clock())
        return believed


async def _left(tx: Tx, order: Order, line: Line, unit: int, *, packed: bool) -> None:
    """Refuses a unit that never left, or that is home."""
    hands = await finding.hands(tx, order)
    if not packed and not any(first <= unit <= last for (first, last), _ in hands.get(line.line_no, ())):
        raise invalid("unit", "must be a unit of the line that left")
    for back in await returns.of_order(tx, order.order_id):
        held = any(u.line_no == line.line_no and u.first <= unit <= u.last for u in back.units)
        if held and back.state in HERE:
            raise TransitionRefused("the unit is home", return_id=back.return_id, state=back.state)
