"""Who may call what about goods that come back, and what follows from that."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_SHOP = allow(shop=True)
_STAFF = allow(staff=True)
_MANAGER = allow(staff={"manager"})
_TILL = allow(staff={"manager", "cashier"})
_HQ = allow(hq=True)
_ADMIN = allow(hq={"admin"})
_CARE = allow(hq={"admin", "service"})
_READERS = allow(hq={"admin", "service", "analyst"})

_LOOK = "a look at what a return would give writes nothing"

RETURNS: Table = {
    ("POST", "/v1/orders/{order_id}/returns/preview"): Route("returns.preview", _SHOP, _LOOK, cost=2),
    ("POST", "/v1/orders/{order_id}/returns"): Route("returns.open", _SHOP, cost=5),
    ("GET", "/v1/orders/{order_id}/returns"): Route("returns.read", _SHOP),
    ("POST", "/v1/returns/{return_id}/cancel"): Route("returns.cancel", _SHOP, cost=5),
    ("POST", "/v1/staff/orders/{order_id}/returns/preview"): Route("returns.preview", _STAFF, _LOOK, cost=2),
    ("POST", "/v1/staff/orders/{order_id}/returns"): Route("returns.open", _STAFF, cost=5),
    ("GET", "/v1/staff/orders/{order_id}/returns"): Route("returns.read", _STAFF),
    ("GET", "/v1/staff/returns"): Route("returns.read", _STAFF),
    ("GET", "/v1/staff/returns/{return_id}"): Route("returns.read", _STAFF),
    ("POST", "/v1/staff/returns/{return_id}/authorise"): Route("returns.authorise", _MANAGER, cost=2),
    ("POST", "/v1/staff/returns/{return_id}/receive"): Route("returns.receive", _STAFF, cost=5),
    ("POST", "/v1/staff/returns/{return_id}/send-on"): Route("returns.send_on", _STAFF, cost=2),
    ("POST", "/v1/staff/returns/{return_id}/arrive"): Route("returns.arrive", _STAFF, cost=2),
    ("POST", "/v1/staff/returns/{return_id}/dispose"): Route("returns.dispose", _STAFF, cost=2),
    ("POST", "/v1/staff/returns/{return_id}/cancel"): Route("returns.cancel", _STAFF, cost=2),
    ("POST", "/v1/staff/orders/{order_id}/units/{line_no}/serial"): Route("serials.correct", _MANAGER, cost=2),
    ("GET", "/v1/staff/refunds/{refund_id}/board"): Route("refunds.read", _STAFF),
    ("POST", "/v1/staff/refunds/{refund_id}/settle"): Route("refunds.settle", _TILL, cost=2),
    ("GET", "/v1/hq/returns"): Route("returns.read", _READERS),
    ("POST", "/v1/hq/orders/{order_id}/returns"): Route("returns.open", _CARE, cost=5),
    ("POST", "/v1/hq/returns/{return_id}/authorise"): Route("returns.authorise", _CARE, cost=2),
    ("POST", "/v1/hq/returns/{return_id}/receive"): Route("returns.receive", _CARE, cost=5),
    ("POST", "/v1/hq/returns/{return_id}/send-on"): Route("returns.send_on", _CARE, cost=2),
    ("POST", "/v1/hq/returns/{return_id}/arrive"): Route("returns.arrive", _CARE, cost=2),
    ("POST", "/v1/hq/returns/{return_id}/dispose"): Route("returns.dispose", _CARE, cost=2),
    ("POST", "/v1/hq/returns/{return_id}/cancel"): Route("returns.cancel", _CARE, cost=2),
    ("POST", "/v1/hq/orders/{order_id}/units/{line_no}/serial"): Route("serials.correct", _CARE, cost=2),
    ("GET", "/v1/hq/refunds"): Route("refunds.read", _READERS),
    ("GET", "/v1/hq/refunds/{refund_id}/board"): Route("refunds.read", _READERS),
    ("POST", "/v1/hq/refunds/{refund_id}/pay"): Route("refunds.pay", _CARE, cost=5),
    ("POST", "/v1/hq/refunds/{refund_id}/retry"): Route("refunds.retry", _CARE, cost=5),
    ("POST", "/v1/hq/refunds/{refund_id}/settle"): Route("refunds.settle", _CARE, cost=5),
    ("GET", "/v1/hq/return-policy"): Route("return_policy.read", _HQ),
    ("PUT", "/v1/hq/return-policy"): Route("return_policy.write", _ADMIN, cost=5),
}
