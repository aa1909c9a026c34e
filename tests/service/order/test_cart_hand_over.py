"""Carts go with their shopper: at sign-in, from a phone to a till and back; one works on them at a time."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest_asyncio

from omo.order.v1 import cart_pb2
from omo.order.v1 import cart_service_pb2 as pb
from tests.harness.databases import Databases
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, OTHER
from tests.service.order.cart_rig import APP, LINE, TILL, Carts, coat, scarf
from tests.service.order.rig import Rig


@pytest_asyncio.fixture
async def rig(databases: Databases) -> AsyncIterator[Rig]:
    async with rigs.running(databases) as running:
        yield running


@pytest_asyncio.fixture
async def carts(rig: Rig) -> Carts:
    return Carts(rig)


async def test_signing_in_brings_the_cart_along_by_either_mode(rig: Rig, carts: Carts) -> None:
    guest = await carts.change("", adds=[scarf(3), coat()], origin=LINE)
    assert guest.member_id == ""
    assert uuid.UUID(guest.cart_id).version == 4
    other = await carts.change("", adds=[scarf(3), coat()], origin=LINE)
    assert other.cart_id != guest.cart_id
    await carts.change(adds=[scarf(5)], origin=APP)
    own = await carts.get()
    merge = pb.MergeCartRequest(cart_id=guest.cart_id)
    both = (await carts.ask("MergeCart", merge)).cart
    assert both.cart_id == own.cart_id
    assert {(line.sku, line.quantity, line.origin) for line in both.lines} == {("SCARF", 5, LINE), ("COAT", 1, LINE)}
    again = (await carts.ask("MergeCart", pb.MergeCartRequest(cart_id=guest.cart_id))).cart
    assert again == both
    gone = await rig.fault(carts.change("", cart_id=guest.cart_id, adds=[coat()]))
    assert (gone.reason, gone.metadata["cart_id"]) == ("CART_ENDED", own.cart_id)
    replacing = pb.MergeCartRequest(
        cart_id=other.cart_id, mode=cart_pb2.CART_MERGE_MODE_USE_AS_NEW_ACTIVE_CUSTOMER_CART
    )
    mine = (await carts.ask("MergeCart", replacing)).cart
    assert (mine.cart_id, mine.member_id) == (other.cart_id, MEMBER)
    assert (await carts.get()).cart_id == other.cart_id
    assert (await carts.get(cart_id=own.cart_id)).state == cart_pb2.CART_STATE_REPLACED
    stranger = rig.member(OTHER)
    brought = [await carts.change("", adds=[scarf(number)]) for number in (1, 2, 3)]
    merges = [pb.MergeCartRequest(cart_id=each.cart_id) for each in brought]
    await asyncio.gather(*(carts.ask("MergeCart", each, stranger) for each in merges))
    assert [line.quantity for line in (await carts.get(stranger)).lines] == [3]
    nobody = await rig.fault(carts.check_out(await carts.change("", adds=[coat()]), ""))
    assert nobody.reason == "UNAUTHENTICATED"


async def test_a_till_takes_the_cart_of_a_code_once_and_gives_the_rest_back(rig: Rig, carts: Carts) -> None:
    cart = await carts.change(adds=[scarf(3), coat()])
    code = (await carts.ask("ShowCartCode", pb.ShowCartCodeRequest())).code
    key = str(uuid.uuid4())
    taken = (await carts.ask("TakeCart", pb.TakeCartRequest(request_id=key, code=code), carts.till())).cart
    assert (taken.lock.client_id, taken.location_id, len(taken.lines)) == ("till:T1", "TPE01", 2)
    again = (await carts.ask("TakeCart", pb.TakeCartRequest(request_id=key, code=code), carts.till())).cart
    assert again.cart_id == cart.cart_id
    replayed = await rig.fault(carts.ask("TakeCart", pb.TakeCartRequest(code=code), carts.till("T2")))
    assert replayed.reason == "CART_CODE_USED"
    stolen = await rig.fault(carts.ask("TakeCart", pb.TakeCartRequest(code=code), rig.member(OTHER)))
    assert stolen.reason == "CART_CODE_USED"
    forged = code[:-1] + ("A" if code[-2] != "A" else "B") + code[-1]
    for bad in (forged, "OMOC1.", "hello", "OMOC1." + "A" * 70):
        fault = await rig.fault(carts.ask("TakeCart", pb.TakeCartRequest(code=bad), carts.till("T2")))
        assert fault.reason == "CART_CODE_INVALID", bad
    for busy in (carts.change(adds=[coat()]), carts.check_out(cart)):
        locked = await rig.fault(busy)
        assert (locked.reason, locked.metadata["client_id"]) == ("CART_LOCKED", "till:T1")
    changed = await carts.change(carts.till(), cart_id=cart.cart_id, adds=[coat(sku="WOOL")])
    assert [(line.sku, line.origin, line.staff_code) for line in changed.lines][-1] == ("WOOL", TILL, "A102")
    sold = [pb.SoldCartLine(line_id=line.line_id, quantity=2) for line in changed.lines if line.sku == "SCARF"]
    sold += [pb.SoldCartLine(line_id=line.line_id, quantity=1) for line in changed.lines if line.sku != "SCARF"]
    settle = pb.SettleCartRequest(cart_id=cart.cart_id, sale_id=str(uuid.uuid4()), sold=sold)
    left = (await carts.ask("SettleCart", settle, carts.till())).cart
    assert ([(line.sku, line.quantity) for line in left.lines], left.HasField("lock")) == ([("SCARF", 1)], False)
    assert (await rig.fault(carts.get(carts.till(), cart_id=cart.cart_id))).reason == "CART_UNKNOWN"
    old = (await carts.ask("ShowCartCode", pb.ShowCartCodeRequest())).code
    rig.clock.advance(minutes=3)
    fault = await rig.fault(carts.ask("TakeCart", pb.TakeCartRequest(code=old), carts.till()))
    assert fault.reason == "CART_CODE_INVALID"


async def test_a_cart_made_at_the_till_is_finished_on_the_phone(rig: Rig, carts: Carts) -> None:
    made = await carts.change(carts.till(), channel_id="stores", adds=[coat(), scarf(2)])
    show = pb.ShowCartCodeRequest(cart_id=made.cart_id)
    code = (await carts.ask("ShowCartCode", show, carts.till())).code
    await carts.change(adds=[scarf()])
    both = (await carts.ask("TakeCart", pb.TakeCartRequest(code=code))).cart
    assert {(line.sku, line.quantity, line.staff_code) for line in both.lines} == {
        ("COAT", 1, "A102"),
        ("SCARF", 2, "A102"),
    }
    assert both.channel_id == "web"
    order = await carts.check_out(both)
    assert order.state == rigs.CONFIRMED


async def test_a_lock_keeps_others_off_until_it_ends_or_is_let_go(rig: Rig, carts: Carts) -> None:
    await carts.change(adds=[scarf()], client_id="phone")
    held = (await carts.ask("LockCart", pb.LockCartRequest(client_id="phone", seconds=5))).cart
    assert held.lock.client_id == "member:phone"
    other = await rig.fault(carts.change(adds=[scarf()], client_id="web"))
    assert other.reason == "CART_LOCKED"
    assert 1 <= int(other.metadata["retry_after"]) <= 6
    assert (await rig.fault(carts.ask("LockCart", pb.LockCartRequest(client_id="web")))).reason == "CART_LOCKED"
    await carts.ask("UnlockCart", pb.UnlockCartRequest(client_id="web"))
    await carts.change(adds=[scarf()], client_id="phone")
    async with rig.db.transaction() as tx:  # its five seconds are the database's
        await tx.execute("UPDATE carts SET lock_until = clock_timestamp() - interval '1 second'")
    await carts.change(adds=[scarf()], client_id="web")
    await carts.ask("LockCart", pb.LockCartRequest(client_id="web"))
    await carts.ask("UnlockCart", pb.UnlockCartRequest(client_id="web"))
    assert [line.quantity for line in (await carts.change(adds=[scarf()], client_id="phone")).lines] == [4]
    wrong = await rig.fault(carts.ask("LockCart", pb.LockCartRequest(seconds=3)))
    assert wrong.metadata["field"] == "seconds"
