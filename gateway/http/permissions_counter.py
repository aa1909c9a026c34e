"""Who may call what of a counter: visits, goods that came late, rejected pickups, reservations to try on."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_ANYBODY = allow(anonymous=True)
_SHOP = allow(shop=True)
_STAFF = allow(staff=True)
_HQ = allow(hq=True)
_ADMIN = allow(hq={"admin"})
_CARE = allow(hq={"admin", "service"})

_LOOK = "a look changes nothing; POST only keeps the link's token out of addresses and logs"
_ONCE = "a question is answered once: the same choice again is answered the same, another one refused"

COUNTER: Table = {
    ("POST", "/v1/pickup-choices/look"): Route("rerouting.read", _ANYBODY, _LOOK, cost=3),
    ("POST", "/v1/pickup-choices"): Route("rerouting.choose", _ANYBODY, _ONCE, cost=5),
    ("GET", "/v1/orders/{order_id}/pickup-choice"): Route("rerouting.read", _SHOP, cost=2),
    ("GET", "/v1/hq/orders/{order_id}/pickup-choice"): Route("rerouting.read", _CARE, cost=2),
    ("GET", "/v1/hq/rejected-pickup-policy"): Route("rerouting.terms", _HQ),
    ("PUT", "/v1/hq/rejected-pickup-policy"): Route("rerouting.write_terms", _ADMIN, cost=5),
    ("POST", "/v1/tryouts"): Route("tryouts.reserve", _SHOP, cost=5),
    ("GET", "/v1/tryouts"): Route("tryouts.read", _SHOP),
    ("GET", "/v1/tryouts/{tryout_id}"): Route("tryouts.read", _SHOP),
    ("POST", "/v1/tryouts/{tryout_id}/release"): Route("tryouts.release", _SHOP, cost=2),
    ("GET", "/v1/staff/tryouts"): Route("tryouts.read", _STAFF),
    ("GET", "/v1/staff/tryouts/{tryout_id}"): Route("tryouts.read", _STAFF),
    ("POST", "/v1/staff/tryouts/{tryout_id}/ready"): Route("tryouts.work", _STAFF),
    ("POST", "/v1/staff/tryouts/{tryout_id}/begin"): Route("tryouts.work", _STAFF),
    ("POST", "/v1/staff/tryouts/{tryout_id}/release"): Route("tryouts.release", _STAFF),
    ("POST", "/v1/staff/visits"): Route("counter.settle", _STAFF, cost=5),
    ("GET", "/v1/staff/visits/{visit_id}"): Route("counter.read", _STAFF),
    ("POST", "/v1/staff/orders/{order_id}/undelivered/pay-out"): Route("counter.pay_out", _STAFF, cost=2),
    ("POST", "/v1/staff/contacts"): Route("contacts.seal", _STAFF, cost=2),
}
