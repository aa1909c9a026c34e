"""A guest's order by its link: it opens one order, for a while, and tells nobody else anything."""

import uuid

from omo.order.v1 import guest_order_service_pb2 as pb
from omo.order.v1 import order_service_pb2 as orders_pb
from tests.service.order.rig import CANCELLED, Rig
from tests.service.order.test_guests import (
    STRANGER,
    by_link,
    cancel_by_link,
    hear,
    place,
    proven,
    rig,
    secret,
    stub,
    token,
)

__all__ = ["rig"]


async def test_a_link_opens_one_order_and_tells_nobody_else_anything(rig: Rig) -> None:
    order, other = await place(rig), await place(rig, STRANGER)
    link = await secret(rig, order.order_id)
    assert link == await secret(rig, order.order_id), "nothing is kept of it"
    assert (await by_link(rig, order.order_id, link)).order_id == order.order_id
    denied = await rig.fault(
        rig.call(stub(rig).ShowGuestLink, pb.ShowGuestLinkRequest(order_id=other.order_id), token(rig))
    )
    assert denied.reason == "NOT_FOUND"
    mine_too = await rig.place()
    answers = [
        await rig.fault(by_link(rig, order_id, given))
        for order_id, given in (
            (other.order_id, link),
            (mine_too.order_id, link),
            (str(uuid.uuid4()), link),
            (order.order_id, ""),
            (order.order_id, link[:-1]),
        )
    ]
    assert {(fault.reason, fault.message, fault.metadata["field"]) for fault in answers} == {
        ("GUEST_LINK_INVALID", "no such order and secret", "secret")
    }
    asked = pb.GetGuestOrderRequest(order_id=order.order_id, secret=link)
    for somebody in (token(rig), rig.member(), "", rig.issuer.token("service", "storelink")):
        assert (await rig.fault(rig.call(stub(rig).GetGuestOrder, asked, somebody))).reason in (
            "PERMISSION_DENIED",
            "UNAUTHENTICATED",
        )


async def test_a_link_lives_for_a_while(rig: Rig) -> None:
    order = await place(rig)
    link = await secret(rig, order.order_id)
    rig.clock.advance(days=91)
    assert (await rig.fault(by_link(rig, order.order_id, link))).reason == "GUEST_LINK_INVALID"


async def test_guessing_links_ends_for_a_network_and_for_nobody_else(rig: Rig) -> None:
    order = await place(rig)
    link = await secret(rig, order.order_id)
    for number in range(20):
        fault = await rig.fault(by_link(rig, order.order_id, f"{number}", f"203.0.113.{number}"))
        assert fault.reason == "GUEST_LINK_INVALID"
    limited = await rig.fault(by_link(rig, order.order_id, "21"))
    assert (limited.reason, 3500 < int(limited.metadata["retry_after"]) <= 3601) == ("GUEST_LINK_LIMITED", True)
    elsewhere = await rig.fault(by_link(rig, order.order_id, "22", "198.51.100.1"))
    assert elsewhere.reason == "GUEST_LINK_INVALID"
    assert (await by_link(rig, order.order_id, link)).order_id == order.order_id, "he has not guessed"
    rig.clock.advance(hours=1, seconds=1)
    assert (await rig.fault(by_link(rig, order.order_id, "23"))).reason == "GUEST_LINK_INVALID"


async def test_a_right_secret_is_no_guess_whatever_became_of_its_order(rig: Rig) -> None:
    """Who looks again and again by an old link would shut his network out."""
    order, young = await place(rig), await place(rig, STRANGER)
    link, other = await secret(rig, order.order_id), await secret(rig, young.order_id, STRANGER)
    await hear(rig, proven())
    assert (await rig.fault(by_link(rig, order.order_id, link))).reason == "GUEST_LINK_INVALID", "it is somebody's"
    rig.clock.advance(days=91)
    for order_id, given in ((order.order_id, link), (young.order_id, other)):
        assert (await rig.fault(by_link(rig, order_id, given))).reason == "GUEST_LINK_INVALID"
    assert await rig.rows("SELECT times FROM guest_misses") == []


async def test_cancelled_by_link_or_token_once_is_once(rig: Rig) -> None:
    order = await place(rig)
    link = await secret(rig, order.order_id)
    assert (await cancel_by_link(rig, order.order_id, link)).state == CANCELLED
    assert (await cancel_by_link(rig, order.order_id, link)).state == CANCELLED
    asked = orders_pb.CancelOrderRequest(request_id="c", order_id=order.order_id, reason="CHANGED_MIND")
    assert (await rig.call(rig.orders.CancelOrder, asked, token(rig))).order.state == CANCELLED
    assert (await rig.events()).count("OrderCancelled") == 1
    assert (await rig.fault(cancel_by_link(rig, order.order_id, "no"))).reason == "GUEST_LINK_INVALID"
    assert (await rig.proofs()) == {}
