"""Fourth part: the store hears of the order, makes it ready, and hands it over against the PIN."""

import asyncio
from collections.abc import Callable
from typing import Any

from cli.demo import appointing, brand
from cli.demo.brand import LIN
from cli.demo.claiming import POINTS, standing_of
from cli.demo.counter import Counter, refused
from cli.demo.ordering import EARNED, PAID, SPENT
from cli.demo.selling import WISH
from cli.demo.stage import StoryBroken, dollars, expect, until
from cli.demo.tale import Tale
from kit.ids import uuid7
from omo.order.v1 import order_pb2
from omo.storelink.v1 import till_service_pb2 as pb

_HEARD = 20.0


async def play(tale: Tale, counter: Counter) -> None:
    """Task, acceptance, picking, readiness, PIN, handover."""
    await counter.sign_in(LIN)
    task = await _hear(tale, counter)
    await appointing.seen(tale, tale.web.as_(counter.staff_token))
    await _make_ready(tale, counter, task)
    pin = await _told(tale)
    await _hand_over(tale, counter, task, pin)
    await _paid(tale)


async def _hear(tale: Tale, counter: Counter) -> str:
    try:
        async with asyncio.timeout(_HEARD):
            await counter.tasks_changed.wait()
    except TimeoutError:
        raise StoryBroken("the store stream announced no task", "read OMO_HOME/log/storelink.log") from None
    listed = await counter.ask(lambda till: till.ListTasks, pb.ListTasksRequest(page_size=100))
    tasks = [task for task in listed.tasks if task.order_id == tale.order_id]
    expect("tasks of the order", len(tasks), 1)
    task = tasks[0]
    expect("the task's goods", [(line.sku, line.quantity) for line in task.lines], [(WISH, 1)])
    if tale.shopper.name in task.masked_name:
        expect("the name on the task", task.masked_name, "masked")
    tale.stage.step(brand.STORE, f"the store stream says that tasks changed; listed: 1 × {WISH} for {task.masked_name}")
    fulfilment_id: str = task.fulfilment_id
    return fulfilment_id


async def _make_ready(tale: Tale, counter: Counter, task: str) -> None:
    steps: tuple[tuple[str, Callable[[Any], Any], Any, Any], ...] = (
        (
            "accepts",
            lambda till: till.AcceptFulfilment,
            pb.AcceptFulfilmentRequest,
            order_pb2.FULFILMENT_STATE_ACCEPTED,
        ),
        ("picks", lambda till: till.PickFulfilment, pb.PickFulfilmentRequest, order_pb2.FULFILMENT_STATE_PICKING),
        ("readies", lambda till: till.ReadyFulfilment, pb.ReadyFulfilmentRequest, order_pb2.FULFILMENT_STATE_READY),
    )
    for word, method, request, state in steps:
        done = await counter.ask(method, request(request_id=uuid7(), fulfilment_id=task))
        expect(f"the task after {LIN.code} {word} it", done.fulfilment.state, state)
    tale.stage.step(brand.STORE, f"{LIN.code} accepts, picks and readies it: ACCEPTED → PICKING → READY")


async def _told(tale: Tale) -> str:
    order = await _order(tale)
    expect("what he sees", [each["state"] for each in order["fulfilments"]], ["READY"])
    pin: str = order["pickup_pin"] or ""
    expect("the PIN's digits", (len(pin), pin.isdigit()), (6, True))
    tale.stage.step("shopper", f"sees READY in the app, with the PIN {pin}")
    return pin


async def _hand_over(tale: Tale, counter: Counter, task: str, pin: str) -> None:
    def hand_over(shown: str) -> Any:
        asked = pb.HandOverFulfilmentRequest(request_id=uuid7(), fulfilment_id=task, pin=shown)
        return counter.ask(lambda till: till.HandOverFulfilment, asked)

    wrong = f"{(int(pin) + 1) % 1_000_000:06d}"
    fault = await refused(hand_over(wrong))
    expect("the wrong PIN's refusal", (fault.reason, fault.metadata.get("tries_left")), ("PIN_WRONG", "4"))
    tale.stage.step(brand.STORE, f"a wrong PIN ({wrong}) is refused: PIN_WRONG, 4 tries left")
    done = (await hand_over(pin)).fulfilment
    expect("the task", done.state, order_pb2.FULFILMENT_STATE_HANDED_OVER)
    expect("handed over by", done.handed_over_by_staff_code, LIN.code)
    tale.stage.step(brand.STORE, f"the right PIN: HANDED_OVER by {LIN.code}")


async def _paid(tale: Tale) -> None:
    def captured(order: dict[str, Any]) -> bool:
        return [tender["state"] for tender in order["tenders"] if tender["provider"]] == ["CAPTURED"]

    order = await until("the capture of the payment", lambda: _order(tale), captured)
    expect("PIN after the handover", order["pickup_pin"], None)
    standing = await standing_of(tale)
    expect("points", (standing["points_active"], standing["points_pending"]), (POINTS - SPENT, EARNED))
    tale.stage.step("payment", f"{dollars(PAID)} captured at the handover; {EARNED} points pending seven days from now")


async def _order(tale: Tale) -> dict[str, Any]:
    order: dict[str, Any] = (await tale.app.get(f"/v1/orders/{tale.order_id}"))["order"]
    return order
