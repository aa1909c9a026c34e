"""Who may call what over HTTP: one line per route, and what is not here nobody may.

The path tells the audience: /v1/staff/… store staff, /v1/hq/… headquarters,
/v1/guest-orders/… guests, the rest of /v1/… shoppers, and guests where they are
named. The services decide again by their own tables.
"""

from gateway.http.door.routed import BODY, Route, Table
from gateway.http.permissions_carts import CARTS
from gateway.http.permissions_counter import COUNTER
from gateway.http.permissions_engagement import ENGAGEMENT
from gateway.http.permissions_floor import FLOOR
from gateway.http.permissions_guests import GUESTS
from gateway.http.permissions_invoices import INVOICES
from gateway.http.permissions_merging import MERGING
from gateway.http.permissions_payments import PAYMENTS
from gateway.http.permissions_pickups import PICKUPS
from gateway.http.permissions_points import POINTS
from gateway.http.permissions_preorders import EDITS, PREORDERS
from gateway.http.permissions_profile import PROFILE
from gateway.http.permissions_promotions import PROMOTIONS
from gateway.http.permissions_returns import RETURNS
from gateway.http.permissions_shipping import SHIPPING
from gateway.http.permissions_sign_in import SIGN_IN
from gateway.http.permissions_talk import TALK
from gateway.http.permissions_value import VALUE
from kit.access import allow

__all__ = ["BODY", "TABLE", "Route", "Table"]

_ANYBODY = allow(anonymous=True)
_SHOP = allow(shop=True)
_BUYER = allow(shop=True, guest=True)
_STAFF = allow(staff=True)
_MANAGER = allow(staff={"manager"})
_HQ = allow(hq=True)
_ADMIN = allow(hq={"admin"})
_GOODS = allow(hq={"admin", "merchandiser"})
_CARE = allow(hq={"admin", "service"})
_FIGURES = allow(hq={"admin", "analyst", "merchandiser"})
_READERS = allow(hq={"admin", "service", "analyst"})

_SESSION = "a session is no order: each try stands for itself, and its secret is spent by the first that succeeds"
_LOOK = "a look-up changes nothing; POST only keeps what is asked out of addresses and logs"
_PRICED = "a quote holds nothing and lasts ten minutes; asked again, the basket is priced again"
_TRIED = "a trial writes nothing"
_SIGNED = "a signed token is nothing that could be made twice"
_PROVIDER = "the provider's own notification id makes it the same call"
_BULK = 1024 * 1024

OPEN: Table = {
    ("GET", "/healthz"): Route("health.read", _ANYBODY, cost=0),
    ("GET", "/.well-known/jwks.json"): Route("keys.read", _ANYBODY),
    ("GET", "/openapi.json"): Route("docs.read", _ANYBODY),
    ("GET", "/docs"): Route("docs.read", _ANYBODY),
    ("POST", "/v1/webhooks/payments/{provider}"): Route("payments.notify", _ANYBODY, _PROVIDER),
}

SHOP: Table = {
    ("POST", "/v1/auth/otp"): Route("login.begin", _ANYBODY, _SESSION, cost=10, bearer=False),
    ("POST", "/v1/auth/otp/verify"): Route("login.prove", _ANYBODY, _SESSION, cost=5, bearer=False),
    ("POST", "/v1/auth/refresh"): Route("sessions.refresh", _ANYBODY, _SESSION, cost=2, bearer=False),
    ("POST", "/v1/auth/signout"): Route("sessions.end", _ANYBODY, _SESSION, bearer=False),
    ("GET", "/v1/products"): Route("catalogue.read", _ANYBODY, cost=2),
    ("GET", "/v1/search/products"): Route("catalogue.search", _ANYBODY, cost=2),
    ("GET", "/v1/products/{product_id}"): Route("catalogue.read", _ANYBODY),
    ("GET", "/v1/availability"): Route("stock.read", _ANYBODY, cost=2),
    ("GET", "/v1/channels/{channel_id}/availability"): Route("stock.read", _ANYBODY, cost=2),
    ("GET", "/v1/stores"): Route("catalogue.read", _ANYBODY),
    ("GET", "/v1/drop-points"): Route("catalogue.read", _ANYBODY),
    ("POST", "/v1/quotes"): Route("order.quote", _ANYBODY, _PRICED, cost=2),
    ("GET", "/v1/me"): Route("me.read", _SHOP),
    ("GET", "/v1/me/standing"): Route("me.read", _SHOP),
    ("GET", "/v1/me/points"): Route("me.read", _SHOP),
    ("GET", "/v1/me/wishes"): Route("me.read", _SHOP),
    ("POST", "/v1/me/wishes"): Route("me.write", _SHOP),
    ("DELETE", "/v1/me/wishes/{sku}"): Route("me.write", _SHOP),
    ("GET", "/v1/me/binding"): Route("me.read", _SHOP),
    ("POST", "/v1/me/binding"): Route("me.bind", _SHOP, cost=5),
    ("POST", "/v1/contacts"): Route("contacts.seal", _SHOP, cost=2),
    ("POST", "/v1/orders"): Route("order.place", _BUYER, cost=5),
    ("GET", "/v1/orders"): Route("order.read", _SHOP),
    ("GET", "/v1/orders/{order_id}"): Route("order.read", _BUYER),
    ("POST", "/v1/orders/{order_id}/cancel"): Route("order.cancel", _BUYER, cost=5),
    ("GET", "/v1/orders/{order_id}/events"): Route("order.read", _BUYER, cost=5),
}

STAFF: Table = {
    ("POST", "/v1/staff/auth/refresh"): Route("sessions.refresh", _ANYBODY, _SESSION, cost=2, bearer=False),
    ("POST", "/v1/staff/auth/signout"): Route("sessions.end", _ANYBODY, _SESSION, bearer=False),
    ("POST", "/v1/staff/members/find"): Route("members.find", _STAFF, _LOOK, cost=2),
    ("POST", "/v1/staff/members"): Route("members.enrol", _STAFF, cost=2),
    ("GET", "/v1/staff/members/{member_id}"): Route("members.read", _STAFF),
    ("GET", "/v1/staff/members/{member_id}/wishes"): Route("wishes.read", _STAFF),
    ("POST", "/v1/staff/members/{member_id}/wishes"): Route("wishes.write", _STAFF),
    ("DELETE", "/v1/staff/members/{member_id}/wishes/{sku}"): Route("wishes.write", _STAFF),
    ("POST", "/v1/staff/contacts/{contact_id}/reveal"): Route("contacts.reveal", _STAFF, _LOOK, cost=5),
    ("GET", "/v1/staff/orders"): Route("order.read", _STAFF),
    ("GET", "/v1/staff/orders/{order_id}"): Route("order.read", _STAFF),
    ("GET", "/v1/staff/orders/{order_id}/units/{line_no}"): Route("units.read", _STAFF, cost=4),
    ("GET", "/v1/staff/stock"): Route("stock.read", _STAFF),
    ("GET", "/v1/staff/tasks"): Route("tasks.read", _STAFF),
    ("GET", "/v1/staff/tasks/{task_id}"): Route("tasks.read", _STAFF),
    ("POST", "/v1/staff/tasks/{task_id}/accept"): Route("tasks.write", _STAFF),
    ("POST", "/v1/staff/tasks/{task_id}/reject"): Route("tasks.write", _STAFF),
    ("POST", "/v1/staff/tasks/{task_id}/pick"): Route("tasks.write", _STAFF),
    ("POST", "/v1/staff/tasks/{task_id}/ready"): Route("tasks.write", _STAFF),
    ("POST", "/v1/staff/tasks/{task_id}/handover"): Route("tasks.write", _STAFF, cost=5),
    ("GET", "/v1/staff/search/products"): Route("catalogue.search", _STAFF),
    ("GET", "/v1/staff/sourcing/orders/{order_id}"): Route("sourcing.read", _STAFF, cost=2),
    ("POST", "/v1/staff/sourcing/pauses"): Route("sourcing.pause", _MANAGER),
    ("GET", "/v1/staff/credits"): Route("credits.read", _STAFF),
    ("GET", "/v1/staff/credits/explain"): Route("credits.read", _STAFF, cost=2),
    ("POST", "/v1/staff/token"): Route("bindings.invite", _STAFF, _SIGNED),
}

HQ: Table = {
    ("POST", "/v1/hq/auth/redeem"): Route("hq.sign_in", _ANYBODY, _SESSION, cost=5, bearer=False),
    ("POST", "/v1/hq/auth/refresh"): Route("sessions.refresh", _ANYBODY, _SESSION, cost=2, bearer=False),
    ("POST", "/v1/hq/auth/signout"): Route("sessions.end", _ANYBODY, _SESSION, bearer=False),
    ("POST", "/v1/hq/invites"): Route("hq.invite", _ADMIN),
    ("PUT", "/v1/hq/staff"): Route("staff.write", _ADMIN),
    ("GET", "/v1/hq/staff"): Route("staff.read", _HQ),
    ("POST", "/v1/hq/terminals/codes"): Route("terminals.write", _ADMIN),
    ("GET", "/v1/hq/terminals"): Route("terminals.read", _HQ),
    ("POST", "/v1/hq/terminals/{terminal_id}/revoke"): Route("terminals.write", _ADMIN),
    ("POST", "/v1/hq/keys/rotate"): Route("keys.rotate", _ADMIN, cost=10),
    ("PUT", "/v1/hq/products"): Route("catalogue.write", _GOODS, cost=10, body=_BULK),
    ("GET", "/v1/hq/products"): Route("catalogue.read", _HQ, cost=2),
    ("GET", "/v1/hq/products/{product_id}"): Route("catalogue.read", _HQ),
    ("GET", "/v1/hq/search/products"): Route("catalogue.search", _HQ, cost=2),
    ("PUT", "/v1/hq/location-groups"): Route("catalogue.write", _GOODS, cost=5),
    ("GET", "/v1/hq/location-groups"): Route("catalogue.read", _HQ),
    ("PUT", "/v1/hq/assortments"): Route("assortment.write", _GOODS, cost=10, body=_BULK),
    ("GET", "/v1/hq/assortments"): Route("assortment.read", _HQ, cost=2),
    ("GET", "/v1/hq/assortments/check"): Route("assortment.read", _HQ),
    ("GET", "/v1/hq/price-lists"): Route("prices.read", _HQ),
    ("GET", "/v1/hq/prices/gaps"): Route("prices.parity", _HQ, cost=10),
    ("GET", "/v1/hq/prices/gaps.csv"): Route("prices.parity", _HQ, cost=10),
    ("GET", "/v1/hq/prices/effective"): Route("prices.read", _HQ),
    ("GET", "/v1/hq/prices/changes"): Route("prices.history", _HQ, cost=2),
    ("POST", "/v1/hq/imports"): Route("catalogue.write", _GOODS),
    ("POST", "/v1/hq/imports/{import_id}/parts"): Route("catalogue.write", _GOODS, cost=10, body=_BULK),
    ("POST", "/v1/hq/imports/{import_id}/start"): Route("catalogue.write", _GOODS, cost=10),
    ("GET", "/v1/hq/imports"): Route("catalogue.read", _HQ),
    ("GET", "/v1/hq/imports/{import_id}"): Route("catalogue.read", _HQ),
    ("GET", "/v1/hq/imports/{import_id}/errors"): Route("catalogue.read", _HQ),
    ("GET", "/v1/hq/imports/{import_id}/errors.csv"): Route("catalogue.read", _HQ, cost=2),
    ("PUT", "/v1/hq/locations"): Route("catalogue.write", _GOODS, cost=5, body=_BULK),
    ("GET", "/v1/hq/locations"): Route("catalogue.read", _HQ),
    ("PUT", "/v1/hq/channels"): Route("catalogue.write", _GOODS, cost=5),
    ("GET", "/v1/hq/channels"): Route("catalogue.read", _HQ),
    ("PUT", "/v1/hq/price-lists"): Route("prices.write", _GOODS, cost=10, body=_BULK),
    ("GET", "/v1/hq/price-lists/{price_list_id}"): Route("prices.read", _HQ, cost=2),
    ("POST", "/v1/hq/availability/rules"): Route("availability.write", _GOODS, cost=5, body=_BULK),
    ("GET", "/v1/hq/availability/rules"): Route("availability.rules", _HQ),
    ("GET", "/v1/hq/availability/rules/{version}"): Route("availability.rules", _HQ),
    ("GET", "/v1/hq/availability/rules/{version}/impact"): Route("availability.rules", _HQ, cost=20),
    ("POST", "/v1/hq/availability/rules/{version}/activate"): Route("availability.write", _GOODS, cost=10),
    ("GET", "/v1/hq/availability/explain"): Route("availability.explain", _HQ, cost=2),
    ("POST", "/v1/hq/stock/movements"): Route("stock.write", _GOODS, cost=10, body=_BULK),
    ("GET", "/v1/hq/stock/movements"): Route("stock.read", _HQ),
    ("GET", "/v1/hq/stock/shortfalls"): Route("stock.read", _HQ),
    ("PUT", "/v1/hq/sourcing/rule-sets"): Route("sourcing.write", _GOODS, cost=5, body=_BULK),
    ("GET", "/v1/hq/sourcing/rule-sets"): Route("sourcing.rules", _HQ),
    ("GET", "/v1/hq/sourcing/rule-sets/{rule_set_id}"): Route("sourcing.rules", _HQ),
    ("POST", "/v1/hq/sourcing/rule-sets/{rule_set_id}/activate"): Route("sourcing.write", _GOODS),
    ("POST", "/v1/hq/sourcing/rule-sets/{rule_set_id}/retire"): Route("sourcing.write", _GOODS),
    ("POST", "/v1/hq/sourcing/rule-sets/{rule_set_id}/simulate"): Route("sourcing.simulate", _HQ, _TRIED, cost=20),
    ("GET", "/v1/hq/sourcing/orders/{order_id}"): Route("sourcing.read", _HQ, cost=2),
    ("POST", "/v1/hq/sourcing/orders/{order_id}/reject"): Route("sourcing.reject", _CARE, cost=2),
    ("GET", "/v1/hq/sourcing/queue"): Route("sourcing.queues", _HQ),
    ("POST", "/v1/hq/sourcing/queue/run"): Route("sourcing.run", _CARE, cost=10),
    ("POST", "/v1/hq/sourcing/pauses"): Route("sourcing.pause", _CARE),
    ("PUT", "/v1/hq/plans/policy"): Route("planning.write", _GOODS, cost=5, body=_BULK),
    ("GET", "/v1/hq/plans/policy"): Route("planning.read", _HQ),
    ("GET", "/v1/hq/plans/runs"): Route("planning.read", _HQ),
    ("GET", "/v1/hq/plans/forecasts"): Route("planning.read", _HQ, cost=2),
    ("GET", "/v1/hq/plans/size-gaps"): Route("planning.read", _HQ, cost=2),
    ("GET", "/v1/hq/plans/suggestions"): Route("planning.read", _HQ),
    ("GET", "/v1/hq/plans/suggestions/{suggestion_id}"): Route("planning.read", _HQ),
    ("POST", "/v1/hq/plans/suggestions/{suggestion_id}/accept"): Route("transfers.decide", _GOODS, cost=5),
    ("POST", "/v1/hq/plans/suggestions/{suggestion_id}/decline"): Route("transfers.decide", _GOODS),
    ("POST", "/v1/hq/plans/lots"): Route("planning.write", _GOODS, cost=5),
    ("GET", "/v1/hq/plans/lots/{allocation_id}"): Route("planning.read", _HQ),
    ("PUT", "/v1/hq/program"): Route("program.write", _ADMIN, cost=5),
    ("GET", "/v1/hq/program"): Route("program.read", _HQ),
    ("POST", "/v1/hq/members/find"): Route("members.find", _CARE, _LOOK, cost=2),
    ("GET", "/v1/hq/members/{member_id}"): Route("members.read", _CARE),
    ("POST", "/v1/hq/members/{member_id}/points"): Route("points.adjust", _CARE, cost=5),
    ("GET", "/v1/hq/orders"): Route("order.read", _READERS, cost=2),
    ("GET", "/v1/hq/orders/{order_id}"): Route("order.read", _READERS),
    ("POST", "/v1/hq/orders/{order_id}/cancel"): Route("order.cancel", _CARE, cost=5),
    ("GET", "/v1/hq/orders/{order_id}/payments"): Route("payments.read", _READERS),
    ("GET", "/v1/hq/orders/{order_id}/units/{line_no}"): Route("units.read", _READERS, cost=4),
    ("GET", "/v1/hq/sales"): Route("sales.read", _FIGURES, cost=5),
    ("GET", "/v1/hq/reviews"): Route("reviews.read", _READERS),
    ("GET", "/v1/hq/credits"): Route("credits.read", _READERS),
    ("GET", "/v1/hq/credits/explain"): Route("credits.read", _READERS, cost=2),
    ("GET", "/v1/hq/panorama"): Route("panorama.read", _FIGURES, cost=5),
}

TABLE: Table = {
    **OPEN,
    **SHOP,
    **STAFF,
    **HQ,
    **FLOOR,
    **SIGN_IN,
    **GUESTS,
    **POINTS,
    **PROMOTIONS,
    **MERGING,
    **PROFILE,
    **TALK,
    **VALUE,
    **INVOICES,
    **RETURNS,
    **PICKUPS,
    **COUNTER,
    **SHIPPING,
    **ENGAGEMENT,
    **CARTS,
    **PAYMENTS,
    **PREORDERS,
    **EDITS,
}
