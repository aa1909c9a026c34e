"""Carts go with their shopper: at sign-in, from a phone to a till and back; one works on them at a time."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from kit.leases import Due
from omo.order.v1 import cart_pb2
from omo.order.v1 import cart_service_pb2 as pb
from services.order.cart.usecases_sweep import SWEEP, Sweeping
from services.order.reference import reactions
from tests.harness.databases import Databases
from tests.service.order import brand
from tests.service.order import rig as rigs
from tests.service.order.brand import MEMBER, OTHER
from tests.service.order.cart_rig import APP, LINE, PAY, TILL, Carts, coat, kinds, scarf
from tests.service.order.rig import Rig

REPLACE = cart_pb2.CART_MERGE_MODE_USE_AS_NEW_ACTIVE_CUSTOMER_CART


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
    replacing = pb.MergeCartRequest(cart_id=other.cart_id, mode=REPLACE)
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


async def test_only_its_token_opens_a_cart_of_nobody(rig: Rig, carts: Carts) -> None:
    cart = await carts.change("", adds=[scarf(2)])
    token = carts.tokens[cart.cart_id]
    (row,) = await rig.rows("SELECT token_hash, to_jsonb(carts)::text AS whole FROM carts")
    assert (len(token), row["token_hash"]) == (43, hashlib.sha256(token.encode()).digest())
    assert token not in row["whole"]
    other = Carts(rig)
    theirs = await other.change("", adds=[coat()])
    key, absent = str(uuid.uuid4()), str(uuid.uuid4())
    await carts.change("", request_id=key, cart_id=cart.cart_id, adds=[scarf()])
    for wrong in ("", "x", token[:-1], other.tokens[theirs.cart_id]):
        named: dict[str, Any] = {"cart_id": cart.cart_id, "cart_token": wrong}
        guest = rig.issuer.token("guest", str(uuid.uuid4()))
        for who, asked in (
            ("", pb.GetCartRequest(**named)),
            ("", pb.ShowCartCodeRequest(**named)),
            ("", pb.ChangeCartRequest(request_id=key, adds=[scarf()], **named)),
            (rig.member(OTHER), pb.GetCartRequest(**named)),
            (rig.member(OTHER), pb.MergeCartRequest(**named)),
            (rig.member(OTHER), pb.MergeCartRequest(mode=REPLACE, **named)),
            (guest, pb.CheckOutCartRequest(version=2, payment=PAY, **named)),
        ):
            told = await rig.fault(other.ask(type(asked).__name__.removesuffix("Request"), asked, who))
            assert told.reason == "CART_UNKNOWN", (asked, told)
    # of a cart that there is not, and of one that is another's, the same is said
    said = [await rig.fault(other.get("", cart_id=each)) for each in (cart.cart_id, absent)]
    assert len({(each.code, str(each).replace(cart.cart_id, absent)) for each in said}) == 1
    # two strangers may choose one key; the second has his own answer
    mine = await other.change("", request_id=key, cart_id=theirs.cart_id, adds=[scarf()])
    assert sorted(line.sku for line in mine.lines) == ["COAT", "SCARF"]
    await carts.get(carts.till(), cart_id=cart.cart_id)  # staff are known
    assert (await rig.fault(carts.get("", cart_token="x" * 129))).metadata["field"] == "cart_token"
    async with rig.db.transaction() as tx:  # as they were made before there were tokens
        await tx.execute("UPDATE carts SET token_hash = NULL")
    old, own = Carts(rig), await carts.change(adds=[coat(sku="WOOL")])
    assert (await old.get("", cart_id=cart.cart_id)).lines[0].quantity == 3
    both = (await old.ask("MergeCart", pb.MergeCartRequest(cart_id=cart.cart_id))).cart
    assert (both.cart_id, sorted(line.sku for line in both.lines)) == (own.cart_id, ["SCARF", "WOOL"])
    whole = (await old.ask("MergeCart", pb.MergeCartRequest(cart_id=theirs.cart_id, mode=REPLACE))).cart
    assert (whole.cart_id, sorted(line.sku for line in whole.lines)) == (theirs.cart_id, ["COAT", "SCARF"])


async def test_what_is_brought_meets_a_frozen_cart_codes_and_its_end(rig: Rig, carts: Carts) -> None:
    own = await carts.change(adds=[scarf(2)], add_codes=["mine"])
    brought = await carts.change("", adds=[coat()], add_codes=["theirs"], spending=pb.CartSpends(spend_points=5))
    assert "SPEND_NOT_APPLICABLE" in kinds(brought)
    assert {each.reason for each in brought.problems if each.blocks} == {"members_only"}
    # sold as a whole at a price that stands still: nothing goes in, and nothing is lost
    await carts.ask("FreezeCart", pb.FreezeCartRequest(freeze=cart_pb2.CART_FREEZE_HARD))
    merge = pb.MergeCartRequest(request_id=str(uuid.uuid4()), cart_id=brought.cart_id)
    frozen = await rig.fault(carts.ask("MergeCart", merge))
    assert (frozen.reason, frozen.metadata["cart_id"]) == ("CART_FROZEN", own.cart_id)
    # the promised price of each good outlasts what is put beside it
    await carts.ask("FreezeCart", pb.FreezeCartRequest())
    await carts.ask("FreezeCart", pb.FreezeCartRequest(freeze=cart_pb2.CART_FREEZE_SOFT))
    async with rig.db.transaction() as tx:
        await reactions.on_price_list_changed(tx, [brand.priced("SCARF", 1200, 5)])
    both = (await carts.ask("MergeCart", merge)).cart  # a refusal leaves no trace: the same request may be sent again
    assert (both.freeze, both.totals.list_total.minor_units) == (cart_pb2.CART_FREEZE_SOFT, 2 * 990 + 3000)
    assert (list(both.coupon_codes), both.spend_points) == (["mine", "theirs"], 5)
    # what nobody came back to is gone, and whoever brings it keeps what he has
    idle = await carts.change("", adds=[coat()])
    rig.clock.advance(days=31)
    async with rig.db.transaction() as tx:
        await Sweeping(rig.clock, timedelta(days=30)).sweep(tx, Due(SWEEP, SWEEP))
    gone = await rig.fault(carts.ask("MergeCart", pb.MergeCartRequest(cart_id=idle.cart_id)))
    assert gone.reason == "CART_UNKNOWN"
    assert [line.quantity for line in (await carts.get()).lines] == [2, 1]


async def test_what_became_a_members_own_is_nobody_elses_any_more(rig: Rig, carts: Carts) -> None:
    await carts.change(adds=[coat()])
    # in its place: what is frozen is put aside, and who brings it twice has it
    await carts.ask("FreezeCart", pb.FreezeCartRequest(freeze=cart_pb2.CART_FREEZE_HARD))
    key, new = str(uuid.uuid4()), await carts.change("", adds=[scarf(2)])
    at_hand = ("", rig.member(OTHER), carts.till())  # who may change it while it is nobody's
    for who in at_hand:
        await carts.change(who, request_id=key, cart_id=new.cart_id, accept_prices=True)
    replacing = pb.MergeCartRequest(cart_id=new.cart_id, mode=REPLACE)
    first = (await carts.ask("MergeCart", replacing)).cart
    replacing.request_id = ""
    assert (await carts.ask("MergeCart", replacing)).cart == first
    # it is the member's now: neither its token nor a request from before shows it
    assert (await rig.fault(carts.get("", cart_id=new.cart_id))).reason == "CART_UNKNOWN"
    for who in at_hand:
        late = await rig.fault(carts.change(who, request_id=key, cart_id=new.cart_id, accept_prices=True))
        assert late.reason == "CART_UNKNOWN", who
    taken = await rig.fault(carts.ask("MergeCart", replacing, rig.member(OTHER)))
    assert taken.reason == "CART_UNKNOWN"
    assert [line.quantity for line in (await carts.get()).lines] == [2]


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
    # whose answer was lost is told what the till left, and no more of what it did while it held the cart
    assert (await carts.ask("SettleCart", settle, carts.till())).cart == left
    late = await rig.fault(carts.ask("TakeCart", pb.TakeCartRequest(request_id=key, code=code), carts.till()))
    assert late.reason == "CART_UNKNOWN"
    old = (await carts.ask("ShowCartCode", pb.ShowCartCodeRequest())).code
    rig.clock.advance(minutes=3)
    fault = await rig.fault(carts.ask("TakeCart", pb.TakeCartRequest(code=old), carts.till()))
    assert fault.reason == "CART_CODE_INVALID"


async def test_a_cart_made_at_the_till_is_finished_on_the_phone(rig: Rig, carts: Carts) -> None:
    made = await carts.change(carts.till(), channel_id="stores", adds=[coat(), scarf(2)])
    assert made.cart_id not in carts.tokens, "it has a code and no token: whoever saw its id has nothing"
    for asked in (pb.GetCartRequest(cart_id=made.cart_id), pb.MergeCartRequest(cart_id=made.cart_id, cart_token="x")):
        unknown = await rig.fault(carts.ask(type(asked).__name__.removesuffix("Request"), asked))
        assert unknown.reason == "CART_UNKNOWN"
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
