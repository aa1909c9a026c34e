"""Questions and commands of a till, through the door to their owners."""

from pathlib import Path

import grpc
import pytest

from kit.access import Kind
from omo.inventory.v1 import stock_pb2
from omo.member.v1 import conversation_pb2
from omo.order.v1 import cart_service_pb2, transfer_service_pb2
from omo.order.v1.fulfilment_service_pb2 import HandedOverLots
from omo.storelink.v1 import till_service_pb2 as pb
from omo.type.v1 import spend_pb2
from omo.type.v1.lot_pb2 import LotUnits
from omo_storelink import Credential, Door, Questions, Refused, enrol, pickups
from tests.service.storelink.rig import Rig


def _questions(rig: Rig, terminal_id: str = "t1") -> Questions:
    return Questions(Door(rig.address, Credential(terminal_id, terminal_id), insecure=True))


async def test_a_terminal_enrols_signs_in_and_asks_for_its_own_store(rig: Rig) -> None:
    rig.access.terminals["t7"] = "TPE02"
    credential = await enrol(rig.address, "t7", insecure=True)
    assert credential.terminal_id == "t7"
    questions = Questions(Door(rig.address, credential, insecure=True))
    assert (await questions.list_tasks(after_version=4)).version == 5
    principal, request = rig.fulfilment.asked[-1]
    assert (principal.kind, principal.terminal_id) == (Kind.DEVICE, "t7")
    assert (request.location_id, request.after_version) == ("TPE02", 4)


async def test_a_wrong_credential_is_refused_by_its_owner(rig: Rig) -> None:
    questions = Questions(Door(rig.address, Credential("t1", "guess"), insecure=True))
    with pytest.raises(Refused) as refused:
        await questions.list_tasks()
    assert refused.value.reason == "CREDENTIAL_INVALID"


async def test_commands_are_asked_in_the_name_of_the_staff_member_signed_in(rig: Rig) -> None:
    questions = _questions(rig)
    with pytest.raises(Refused) as refused:
        await questions.pick("r1", "f1")
    assert (refused.value.code, refused.value.reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    await questions.sign_in("A102", "1234")
    assert (await questions.pick("r1", "f1")).fulfilment.fulfilment_id == "f1"
    principal, request = rig.fulfilment.asked[-1]
    assert (principal.kind, principal.staff_code, request.picker_staff_code) == (Kind.STAFF, "A102", "A102")
    assert request.request_id == "r1"
    lots = HandedOverLots(line_no=1, lots=[LotUnits(serial="S1", quantity=1)])
    await questions.hand_over("r2", "f1", "123456", [lots])
    _, request = rig.fulfilment.asked[-1]
    assert (request.pin, list(request.lots)) == ("123456", [lots])


async def test_a_till_asks_for_what_its_store_lacks(rig: Rig) -> None:
    """In the name of whoever is signed in; and lists its own store's pickups by how far they are."""
    questions = _questions(rig)
    await questions.sign_in("A102", "1234")
    asked = await pickups.request_transfer(questions, "r1", "f1", "NOT_IN_STOCK", [2])
    assert asked.transfer.state == transfer_service_pb2.TRANSFER_STATE_SENT
    principal, request = rig.fulfilment.asked[-1]
    assert (principal.kind, principal.staff_code, request.request_id) == (Kind.STAFF, "A102", "r1")
    assert (request.fulfilment_id, request.reason, list(request.line_nos)) == ("f1", "NOT_IN_STOCK", [2])
    await pickups.call_off_transfer(questions, "r2", "f9")
    assert rig.fulfilment.asked[-1][1].fulfilment_id == "f9"
    page = await pickups.list_pickups(questions, transfer_service_pb2.PICKUP_TAB_INCOMING, page_token="p2")
    _, request = rig.fulfilment.asked[-1]
    assert (page.next_page_token, request.location_id, request.tab) == ("p2", "TPE01", 2)


async def test_a_till_holds_what_a_sale_will_use_under_the_sale_s_id(rig: Rig) -> None:
    questions, sale_id = _questions(rig), "0199a5c3-1d20-7a31-8b42-5c6d7e8f9a0b"
    assert (await questions.wallet("m1")).wallet.credit_active == 500
    used = spend_pb2.Spend(kind=spend_pb2.SPEND_KIND_CREDIT, amount=200)
    held = await questions.hold_value(pb.HoldValueRequest(sale_id=sale_id, member_id="m1", points=30, spends=[used]))
    assert (held.points, held.value) == (30, 30)
    principal, request = rig.fulfilment.asked[-1]
    assert (principal.kind, principal.terminal_id) == (Kind.DEVICE, "t1")
    assert (request.request_id, request.member_id, list(request.spends)) == (sale_id, "m1", [used])
    await questions.release_value(pb.ReleaseValueRequest(sale_id=sale_id, member_id="m1"))
    assert rig.fulfilment.asked[-1][1].hold_id == sale_id
    asked = pb.IssueVoucherRequest(request_id="r1", member_id="m1", kind=spend_pb2.SPEND_KIND_CREDIT, amount=300)
    assert (await questions.issue_voucher(asked)).statement == "t1:300"
    assert (await questions.find_gift_card("XMAS-1234")).card.ending == "1234"


async def test_a_till_holds_goods_of_its_own_store_in_part_if_asked_and_longer(rig: Rig) -> None:
    """As itself, and in the name of whoever is signed in; whatever place the lines name."""
    questions = _questions(rig)
    wanted = stock_pb2.HoldLine(line_no=1, sku="COAT", location_id="TPE09", quantity=2)
    asked = pb.HoldStockRequest(request_id="h1", member_id="m1", lines=[wanted], ttl_seconds=60, allow_partial=True)
    hold = (await questions.hold_stock(asked)).hold
    assert (hold.hold_id, [one.location_id for one in hold.lines]) == ("h1", ["TPE01"])
    principal, request = rig.fulfilment.asked[-1]
    assert (principal.kind, request.allow_partial, request.ttl_seconds) == (Kind.DEVICE, True, 60)
    await questions.hold_stock(pb.HoldStockRequest(request_id="h2", lines=[wanted]))
    assert not rig.fulfilment.asked[-1][1].allow_partial
    await questions.sign_in("A102", "1234")
    longer = pb.ExtendStockRequest(request_id="r1", hold_id="h1", ttl_seconds=900)
    assert (await questions.extend_stock(longer)).hold.hold_id == "h1"
    principal, request = rig.fulfilment.asked[-1]
    assert (principal.staff_code, request.request_id, request.ttl_seconds) == ("A102", "r1", 900)
    assert (await questions.release_stock(pb.ReleaseStockRequest(request_id="r2", hold_id="h1"))).hold.hold_id == "h1"


async def test_a_till_says_which_invoice_numbers_are_on_no_sale(rig: Rig) -> None:
    """By itself, and in the name of whoever is signed in."""
    questions = _questions(rig)
    told = pb.SpoilInvoiceNumbersRequest(request_id="r1", period=202611, numbers=["AB00000003"], reason="PAPER_TORN")
    (alone,) = (await questions.spoil_invoice_numbers(told)).spoiled
    assert (alone.number, alone.reason, alone.period, alone.told_by) == ("AB00000003", "PAPER_TORN", 202611, "t1")
    await questions.sign_in("A102", "1234")
    assert [one.told_by for one in (await questions.spoil_invoice_numbers(told)).spoiled] == ["A102"]


async def test_a_till_takes_a_cart_works_on_it_and_gives_it_back(rig: Rig) -> None:
    questions = _questions(rig)
    await questions.sign_in("A102", "1234")
    assert (await questions.take_cart("r1", "OMOC1.x")).cart.cart_id == "c1"
    principal, request = rig.fulfilment.asked[-1]
    assert (principal.kind, principal.staff_code, request.code) == (Kind.STAFF, "A102", "OMOC1.x")
    more = [cart_service_pb2.AddToCart(sku="COAT", quantity=2)]
    change = pb.ChangeCartRequest(request_id="r2", cart_id="c1", version=1, channel_id="stores", adds=more)
    assert (await questions.change_cart(change)).cart.version == 2
    _, request = rig.fulfilment.asked[-1]
    assert (list(request.adds), request.channel_id, request.new_channel_id) == (more, "", "stores")
    assert (await questions.cart_code("c1")).code == "code of c1"
    sold = [cart_service_pb2.SoldCartLine(line_id="l1", quantity=1)]
    settle = pb.SettleCartRequest(request_id="r3", cart_id="c1", sale_id="s1", sold=sold)
    assert (await questions.settle_cart(settle)).cart.order_id == "s1"
    assert list(rig.fulfilment.asked[-1][1].sold) == sold
    assert (await questions.unlock_cart("r4", "c1")).cart.cart_id == "c1"


async def test_a_till_shows_and_answers_what_shoppers_write_to_its_staff(rig: Rig) -> None:
    questions = _questions(rig)
    with pytest.raises(Refused) as refused:
        await questions.list_conversations()
    assert refused.value.reason == "PERMISSION_DENIED"
    await questions.sign_in("A102", "1234")
    assert (await questions.list_conversations(mine=True, page_token="p2")).next_page_token == "p2"
    principal, request = rig.fulfilment.asked[-1]
    assert (principal.kind, principal.staff_code, request.mine) == (Kind.STAFF, "A102", True)
    assert request.state == conversation_pb2.CONVERSATION_STATE_OPEN
    assert (await questions.read_conversation("c1", 3)).entries[0].sequence == 4
    reply = pb.ReplyToConversationRequest(request_id="r1", conversation_id="c1", text="有的", seen_sequence=4)
    assert (await questions.reply(reply)).entry.text == "有的"
    _, request = rig.fulfilment.asked[-1]
    assert (request.request_id, request.conversation_id, request.seen_sequence) == ("r1", "c1", 4)


async def test_a_staff_token_of_another_terminal_is_refused(rig: Rig) -> None:
    stub = rig.questions()
    token = rig.stream("t1").token
    foreign = rig.issuer.token("staff", "s1", staff_code="A102", terminal="t2", locations=["TPE01"])
    metadata = (("authorization", f"Bearer {token}"), ("omo-staff", f"Bearer {foreign}"))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.ListTasks(pb.ListTasksRequest(), metadata=metadata, timeout=5)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert refused.value.details() == "the staff token is not of this terminal"


async def test_questions_need_a_token_and_a_deadline(rig: Rig) -> None:
    stub = rig.questions()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.ListTasks(pb.ListTasksRequest(), timeout=5)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    token = rig.stream("t1").token
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.ListTasks(pb.ListTasksRequest(), metadata=(("authorization", f"Bearer {token}"),))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_till_asks_and_records_over_one_door(rig: Rig, tmp_path: Path) -> None:
    async with rig.till(tmp_path) as till:
        assert (await till.questions.list_tasks()).version == 1
