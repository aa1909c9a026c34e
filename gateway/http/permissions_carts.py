"""Who may call what of carts, and who may look for orders and take them away in tables."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_ANYBODY = allow(anonymous=True)
_SHOP = allow(shop=True)
_BUYERS = allow(shop=True, guest=True)
_STAFF = allow(staff=True)
_CARE = allow(hq={"admin", "service"})

_READERS = allow(hq={"admin", "service", "analyst"})
_BOOKS = allow(hq={"admin", "analyst"})

_LOOK = "a look-up changes nothing; POST only keeps what is asked out of addresses and logs"
_SIGNED = "a signed code is nothing that could be made twice"
_NOBODY = "nobody has no keys: each call makes a cart, and one that nobody uses ends by itself"
_LATER = "its end is said from now on: asked again it is moved again, and never past its cap"
_ENDED = "a hold that has ended stays ended"

CARTS: Table = {
    ("GET", "/v1/cart"): Route("cart.read", _SHOP),
    ("POST", "/v1/cart/changes"): Route("cart.change", _SHOP),
    ("POST", "/v1/cart/merge"): Route("cart.merge", _SHOP),
    ("POST", "/v1/cart/lock"): Route("cart.lock", _SHOP),
    ("POST", "/v1/cart/unlock"): Route("cart.lock", _SHOP),
    ("POST", "/v1/cart/freeze"): Route("cart.freeze", _SHOP),
    ("POST", "/v1/cart/checkout"): Route("order.place", _BUYERS, cost=5),
    ("POST", "/v1/cart/code"): Route("cart.hand_over", _SHOP, _SIGNED),
    ("POST", "/v1/cart/take"): Route("cart.hand_over", _SHOP, cost=2),
    ("POST", "/v1/carts"): Route("cart.make", _ANYBODY, _NOBODY, cost=5),
    ("GET", "/v1/carts/{cart_id}"): Route("cart.read", _ANYBODY),
    ("POST", "/v1/carts/{cart_id}/changes"): Route("cart.change", _ANYBODY),
    ("POST", "/v1/carts/{cart_id}/code"): Route("cart.hand_over", _ANYBODY, _SIGNED),
    ("POST", "/v1/cart-holds"): Route("stock.hold", _SHOP, cost=5),
    ("GET", "/v1/cart-holds/{hold_id}"): Route("stock.hold", _SHOP),
    ("POST", "/v1/cart-holds/{hold_id}/extend"): Route("stock.hold", _SHOP, _LATER, cost=2),
    ("DELETE", "/v1/cart-holds/{hold_id}"): Route("stock.release", _SHOP, _ENDED, cost=2),
    ("POST", "/v1/staff/carts"): Route("cart.make", _STAFF),
    ("POST", "/v1/staff/carts/take"): Route("cart.hand_over", _STAFF),
    ("GET", "/v1/staff/carts/{cart_id}"): Route("cart.read", _STAFF),
    ("POST", "/v1/staff/carts/{cart_id}/changes"): Route("cart.change", _STAFF),
    ("POST", "/v1/staff/carts/{cart_id}/lock"): Route("cart.lock", _STAFF),
    ("POST", "/v1/staff/carts/{cart_id}/unlock"): Route("cart.lock", _STAFF),
    ("POST", "/v1/staff/carts/{cart_id}/code"): Route("cart.hand_over", _STAFF, _SIGNED),
    ("POST", "/v1/staff/carts/{cart_id}/settle"): Route("cart.settle", _STAFF),
    ("GET", "/v1/staff/members/{member_id}/cart"): Route("cart.read", _STAFF),
    ("GET", "/v1/hq/members/{member_id}/cart"): Route("cart.read", _CARE),
    ("POST", "/v1/hq/orders/search"): Route("order.search", _READERS, _LOOK, cost=5),
    ("POST", "/v1/staff/orders/search"): Route("order.search", _STAFF, _LOOK, cost=5),
    ("GET", "/v1/hq/export/columns"): Route("order.export", _BOOKS),
    ("GET", "/v1/hq/export/orders.csv"): Route("order.export", _BOOKS, cost=20),
    ("GET", "/v1/hq/export/orders.ndjson"): Route("order.export", _BOOKS, cost=20),
    ("GET", "/v1/hq/export/units.csv"): Route("order.export", _BOOKS, cost=20),
    ("GET", "/v1/hq/export/units.ndjson"): Route("order.export", _BOOKS, cost=20),
}
