"""Ordering without an account at the front door: who is believed what, and what a guest's token opens."""

from kit.access import Kind
from tests.service.gateway.conftest import GUEST, Door
from tests.service.gateway.peers import UUID

BEGUN = {"device_id": "d1", "name": "陳小明", "phone": "0912345678"}
PLACED = {
    "channel_id": "web",
    "lines": [{"sku": "COAT", "quantity": 1, "method": "SHIP"}],
    "payment": {"provider": "simulator", "instrument_token": "sim_ok"},
    "contact_id": UUID,
}


async def test_a_guest_is_begun_under_a_key_by_the_gateways_word_on_where_he_is(steady: Door) -> None:
    """A token that somebody happens to have changes nothing: the body says who asks."""
    begun = await steady.call("POST", "/v1/guests", "shop", "k1", json=BEGUN)
    assert begun.status_code == 201, begun.text
    asked = steady.peers.last("BeginGuest")
    assert (asked.principal.kind, asked.principal.id) == (Kind.SERVICE, "gateway")
    assert (asked.request.request_id, asked.request.device_id, asked.request.phone) == ("k1", "d1", "0912345678")
    assert asked.request.client_address
    keyless = await steady.call("POST", "/v1/guests", key=None, json=BEGUN)
    assert (keyless.status_code, keyless.json()["reason"]) == (400, "KEY_MISSING")
    steady.peers.replayed.add("BeginGuest")
    again = await steady.call("POST", "/v1/guests", key="k1", json=BEGUN)
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_a_guest_orders_for_no_member(steady: Door) -> None:
    placed = await steady.call("POST", "/v1/orders", "guest", "k2", json=PLACED)
    assert placed.status_code == 201, placed.text
    asked = steady.peers.last("PlaceOrder")
    assert (asked.principal.kind, asked.principal.id) == (Kind.GUEST, GUEST)
    assert (asked.request.member_id, asked.request.contact_id, asked.request.request_id) == ("", UUID, "k2")
    assert (await steady.call("GET", f"/v1/guest-orders/{UUID}/link", "guest")).json() == {
        "order_id": UUID,
        "secret": "text",
    }
    for method, path in (("GET", f"/v1/orders/{UUID}"), ("POST", f"/v1/orders/{UUID}/cancel")):
        assert (await steady.call(method, path, "guest", json={} if method == "POST" else None)).status_code == 200


async def test_a_guest_orders_what_he_filled_as_nobody(steady: Door) -> None:
    """A cart's token goes by a header and never in an address; whose the cart is, its owner says."""
    asked_for = {"cart_id": UUID, "version": 3, "payment": PLACED["payment"], "contact_id": UUID}
    held = {"Cart-Token": "s3cret"}
    placed = await steady.call("POST", "/v1/cart/checkout", "guest", "k5", json=asked_for, headers=held)
    assert placed.status_code == 201, placed.text
    asked = steady.peers.last("CheckOutCart")
    assert (asked.principal.kind, asked.request.cart_id, asked.request.cart_token) == (Kind.GUEST, UUID, "s3cret")
    made = await steady.call("POST", "/v1/carts", key=None, json={})
    assert made.json()["cart_token"] == "text"
    calls: tuple[tuple[str, str, str, str], ...] = (
        ("GET", f"/v1/carts/{UUID}", "", "GetCart"),
        ("POST", f"/v1/carts/{UUID}/changes", "guest", "ChangeCart"),
        ("POST", f"/v1/carts/{UUID}/code", "", "ShowCartCode"),
        ("POST", "/v1/cart/merge", "shop", "MergeCart"),
    )
    for method, path, who, verb in calls:
        body = ({"cart_id": UUID} if verb == "MergeCart" else {}) if method == "POST" else None
        answer = await steady.call(method, path, who, headers=held, json=body)
        assert answer.status_code == 200, answer.text
        told = steady.peers.last(verb)
        assert (told.request.cart_id, told.request.cart_token) == (UUID, "s3cret")
        assert told.principal.kind is (Kind.MEMBER if who == "shop" else Kind.ANONYMOUS), "a guest fills it as nobody"
    wrong = await steady.call("GET", f"/v1/carts/{UUID}", headers={"Cart-Token": "x" * 129})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "Cart-Token")


async def test_a_guests_token_opens_what_names_guests_and_nothing_else(steady: Door) -> None:
    quoted = await steady.call("POST", "/v1/quotes", "guest", json={"lines": PLACED["lines"]})
    assert quoted.status_code == 200
    asked = steady.peers.last("Quote")
    assert (asked.principal.kind, asked.request.member_id) == (Kind.ANONYMOUS, ""), "as anybody"
    for method, path in (("GET", "/v1/orders"), ("GET", "/v1/me"), ("POST", "/v1/me/guest-orders/claim")):
        refused = await steady.call(method, path, "guest")
        assert (refused.status_code, refused.json()["reason"]) == (403, "PERMISSION_DENIED")


async def test_a_link_is_followed_without_a_token_and_its_secret_is_in_no_address(steady: Door) -> None:
    path = f"/v1/guest-orders/{UUID}"
    shown = await steady.call("POST", path, "shop", None, json={"secret": "s3cret"})
    assert shown.status_code == 200, shown.text
    asked = steady.peers.last("GetGuestOrder")
    assert (asked.principal.kind, asked.principal.id) == (Kind.SERVICE, "gateway")
    assert (asked.request.order_id, asked.request.secret) == (UUID, "s3cret")
    assert asked.request.client_address
    cancelled = await steady.call("POST", f"{path}/cancel", key="k3", json={"secret": "s3cret"})
    assert cancelled.status_code == 200, cancelled.text
    told = steady.peers.last("CancelGuestOrder").request
    assert (told.request_id, told.secret, told.reason) == ("k3", "s3cret", "CHANGED_MIND")
    assert (await steady.call("POST", "/v1/guest-orders/A1B2C3", key=None, json={"secret": "s"})).status_code == 400


async def test_a_member_claims_what_was_his_as_a_guest(steady: Door) -> None:
    claimed = await steady.call("POST", "/v1/me/guest-orders/claim", "shop", "k4")
    assert (claimed.status_code, claimed.json()) == (200, {"guests": 1})
    asked = steady.peers.last("ClaimGuests")
    assert (asked.principal.kind, asked.request.member_id) == (Kind.MEMBER, asked.principal.id)
