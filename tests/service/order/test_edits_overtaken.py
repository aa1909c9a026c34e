"""A change that was given up, or asked for twice at once, while it was made: once, or nothing of it is kept."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit import faultpoints
from kit.errors import Code, Fault
from services.order.checkout.domain import TransitionRefused
from services.order.checkout.usecases import Orders
from services.order.checkout.usecases_cancel import Cancellations
from services.order.edits import moving, saga  # noqa: F401  # registers its fault points
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.edits_rig import apply, less, more, there, wish
from tests.service.order.rig import Rig, eventually, line

_ADDED = "SELECT state FROM orders WHERE order_id <> $1"
_REFUSED = """
UPDATE order_edits SET state = 'REFUSED', cause = jsonb_build_object(
    'code', 'FAILED_PRECONDITION', 'reason', 'PURCHASE_LIMIT', 'message', 'too many', 'domain', 'omo.order',
    'metadata', '{}'::jsonb)
"""


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


class Slow:
    """The first to place something stands still on his way, before or after he did; later ones get on, or fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, placed: bool = False, then: Fault | None = None) -> None:
        self.there, self.go = asyncio.Event(), asyncio.Event()
        place = Orders.place

        async def slowly(orders: Orders, *given: Any) -> Any:
            if self.there.is_set():
                if then is not None and not self.go.is_set():
                    raise then
                return await place(orders, *given)
            self.there.set()
            answer = await place(orders, *given) if placed else None
            await self.go.wait()
            return answer or await place(orders, *given)

        monkeypatch.setattr(Orders, "place", slowly)


async def states(rig: Rig, order_id: str) -> list[str]:
    """Of what was added."""
    return [row["state"] for row in await rig.rows(_ADDED, order_id)]


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [(_REFUSED, "PURCHASE_LIMIT"), ("DELETE FROM order_edits", "EDIT_STALE")],
    ids=["refused", "broken off"],
)
async def test_what_was_added_for_it_goes_back(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, meanwhile: str, told: str
) -> None:
    """The same key asked twice at once: one is refused, or breaks off, before the other has placed anything."""
    order = await rig.place(lines=[line("COAT", 2)])
    place = Orders.place

    async def slowly(self: Orders, *given: Any) -> Any:
        answer = await place(self, *given)
        await rig.rows(meanwhile)
        return answer

    monkeypatch.setattr(Orders, "place", slowly)
    assert (await rig.fault(apply(rig, wish(order.order_id, order.version, less(1, 1), more())))).reason == told
    rows = await rig.rows("SELECT state FROM orders WHERE order_id <> $1", order.order_id)
    assert [row["state"] for row in rows] == ["CANCELLED"]
    assert await rig.proofs() == {}


@pytest.mark.parametrize("meanwhile", [_REFUSED, "DELETE FROM order_edits"], ids=["refused", "broken off"])
async def test_what_was_added_for_it_goes_back_though_we_die(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    order = await rig.place(lines=[line("COAT", 2)])
    slow = Slow(monkeypatch, placed=True)
    asking = asyncio.create_task(rig.fault(apply(rig, wish(order.order_id, order.version, less(1, 1), more()))))
    await slow.there.wait()
    await rig.rows(meanwhile)
    await rig.rows("DELETE FROM timers WHERE kind = 'order.edit'")

    async def died(*_: Any) -> None:
        raise RuntimeError("died before it was given back")

    with monkeypatch.context() as dying:
        dying.setattr(Cancellations, "cancel", died)
        slow.go.set()
        await asking
    assert await states(rig, order.order_id) == ["CONFIRMED"]
    rig.clock.advance(minutes=1)

    async def back() -> bool:
        return await states(rig, order.order_id) == ["CANCELLED"]

    await eventually(back)
    assert await rig.proofs() == {}


async def test_what_was_refused_places_nothing_any_more(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes late finds the request taken: there is nothing that he could leave behind by dying."""
    order = await rig.place(lines=[line("COAT", 2)])
    slow = Slow(monkeypatch)
    asked = wish(order.order_id, order.version, less(1, 1), more())
    asking = asyncio.create_task(rig.fault(apply(rig, asked)))
    await slow.there.wait()
    rig.clock.advance(minutes=1)

    async def refused() -> bool:
        return bool(await rig.rows("SELECT FROM order_edits WHERE state = 'REFUSED'"))

    await eventually(refused)
    faultpoints.arm("edits.after_place=raise")
    slow.go.set()
    assert (await asking).reason == "CHECKOUT_UNDONE"
    faultpoints.arm("")
    assert await states(rig, order.order_id) == []
    assert (await rig.fault(apply(rig, asked))).reason == "CHECKOUT_UNDONE"
    assert await rig.proofs() == {}


async def test_what_was_broken_off_places_nothing_until_it_is_asked_for_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await rig.place(lines=[line("COAT", 2)])
    slow = Slow(monkeypatch, then=Fault("nobody answers", code=Code.UNAVAILABLE, reason="UNAVAILABLE"))
    asked = wish(order.order_id, order.version, less(1, 1), more())
    asking = asyncio.create_task(rig.fault(apply(rig, asked)))
    await slow.there.wait()
    assert (await rig.fault(apply(rig, asked))).code is Code.UNAVAILABLE
    slow.go.set()
    assert (await asking).reason == "EDIT_STALE"
    assert await states(rig, order.order_id) == []
    assert (await apply(rig, asked)).edit.state == "APPLIED"
    assert await states(rig, order.order_id) == ["CONFIRMED"]
    assert await rig.proofs() == {}


async def test_nobody_refuses_what_somebody_else_has_placed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same key asked twice at once: the second looks at an order that the first is about to change."""
    order = await rig.place(lines=[line("COAT", 2)])
    slow = Slow(monkeypatch, placed=True, then=TransitionRefused("no", state="CANCELLED"))
    asked = wish(order.order_id, order.version, less(1, 1), more())
    asking = asyncio.create_task(apply(rig, asked))
    await slow.there.wait()

    async def placed() -> bool:
        return await states(rig, order.order_id) == ["CONFIRMED"]

    await eventually(placed)
    assert (await rig.fault(apply(rig, asked))).reason == "REQUEST_RUNNING"
    slow.go.set()
    assert (await asking).edit.state == "APPLIED"
    assert await rig.proofs() == {}


async def test_who_asks_twice_at_once_is_told_the_same(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a change that is made he hears no refusal: neither at the order's lock, nor of what it did itself."""
    monkeypatch.setattr(moving, "_SECONDS", 15.0)
    world, gate = rig.world, asyncio.Event()
    await rig.rows("UPDATE locations SET pickup = true WHERE location_id = 'TPE02'")
    order, world.pickups.there = await rig.place(), {"TPE02": [1]}
    asked = wish(order.order_id, order.version, there())
    async with rig.db.transaction() as tx:
        await tx.execute("SELECT FROM checkouts WHERE order_id = $1 FOR UPDATE", order.order_id)
        both = [asyncio.create_task(apply(rig, asked)) for _ in range(2)]

        async def wait_there() -> bool:
            return len(await rig.rows("SELECT FROM pg_locks WHERE NOT granted")) >= 2

        await eventually(wait_there)
    first, second = await asyncio.gather(*both)
    assert (first.edit.state, second.edit) == ("APPLIED", first.edit)
    other, world.pickups.there, world.gates["stock.places"] = await rig.place(), {}, gate
    asked, looked = wish(other.order_id, other.version, there()), world.calls["stock.places"]
    late = asyncio.create_task(apply(rig, asked))

    async def looks() -> bool:
        return world.calls["stock.places"] > looked

    await eventually(looks)
    world.gates, world.pickups.there = {}, {"TPE02": [1]}
    done = await apply(rig, asked)
    gate.set()
    assert (await late).edit == done.edit
