"""Who may call what of goods that are ordered ahead, and of orders that are changed."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_ANYBODY = allow(anonymous=True)
_HQ = allow(hq=True)
_GOODS = allow(hq={"admin", "merchandiser"})
_SHOP = allow(shop=True)
_CHANGING = allow(staff={"manager", "adviser"})
_STAFF = allow(staff=True)
_CARE = allow(hq={"admin", "service"})
_ADMIN = allow(hq={"admin"})
_TRIED = "a trial changes nothing; what it quotes is held for nobody"

PREORDERS: Table = {
    ("GET", "/v1/preorders"): Route("preorders.show", _ANYBODY, cost=2),
    ("PUT", "/v1/hq/preorders/{offer_id}"): Route("preorders.write", _GOODS, cost=2),
    ("POST", "/v1/hq/preorders/{offer_id}/end"): Route("preorders.write", _GOODS),
    ("GET", "/v1/hq/preorders"): Route("preorders.read", _HQ, cost=2),
}

EDITS: Table = {
    ("POST", "/v1/orders/{order_id}/edits/preview"): Route("order.edit", _SHOP, _TRIED, cost=3),
    ("POST", "/v1/orders/{order_id}/edits"): Route("order.edit", _SHOP, cost=5),
    ("GET", "/v1/orders/{order_id}/edits"): Route("order.read", _SHOP),
    ("POST", "/v1/staff/orders/{order_id}/edits/preview"): Route("order.edit", _CHANGING, _TRIED, cost=3),
    ("POST", "/v1/staff/orders/{order_id}/edits"): Route("order.edit", _CHANGING, cost=5),
    ("GET", "/v1/staff/orders/{order_id}/edits"): Route("order.read", _STAFF),
    ("POST", "/v1/hq/orders/{order_id}/edits/preview"): Route("order.edit", _CARE, _TRIED, cost=3),
    ("POST", "/v1/hq/orders/{order_id}/edits"): Route("order.edit", _CARE, cost=5),
    ("GET", "/v1/hq/orders/{order_id}/edits"): Route("order.read", _HQ),
    ("GET", "/v1/hq/edit-policy"): Route("edit_policy.read", _HQ),
    ("PUT", "/v1/hq/edit-policy"): Route("edit_policy.write", _ADMIN),
}
