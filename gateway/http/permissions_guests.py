"""Who may call what about orders without an account."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_ANYBODY = allow(anonymous=True)
_LOOK = "a look-up changes nothing; POST only keeps the secret out of addresses and logs"

GUESTS: Table = {
    ("POST", "/v1/guests"): Route("guests.begin", _ANYBODY, cost=10, bearer=False),
    ("GET", "/v1/guest-orders/{order_id}/link"): Route("guests.link", allow(guest=True)),
    ("POST", "/v1/guest-orders/{order_id}"): Route("guests.follow", _ANYBODY, _LOOK, cost=5, bearer=False),
    ("POST", "/v1/guest-orders/{order_id}/cancel"): Route("guests.cancel", _ANYBODY, cost=5, bearer=False),
    ("POST", "/v1/me/guest-orders/claim"): Route("guests.claim", allow(shop=True), cost=5),
}
