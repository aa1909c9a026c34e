"""Who may call what about money at tills, and about work that waits for a person."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_STAFF = allow(staff=True)
_FLOOR = allow(staff={"manager", "cashier", "adviser"})
_TILL = allow(staff={"manager", "cashier"})
_ADMIN = allow(hq={"admin"})
_CARE = allow(hq={"admin", "service"})
_READERS = allow(hq={"admin", "service", "analyst"})

PAYMENTS: Table = {
    ("GET", "/v1/staff/orders/{order_id}/outstanding"): Route("tenders.read", _STAFF),
    ("POST", "/v1/staff/orders/{order_id}/tenders"): Route("tenders.take", _FLOOR, cost=2),
    ("POST", "/v1/staff/orders/{order_id}/tenders/give-back"): Route("tenders.give", _TILL, cost=2),
    ("GET", "/v1/hq/attention"): Route("attention.read", _READERS),
    ("POST", "/v1/hq/attention/retry"): Route("attention.retry", _CARE, cost=2),
    ("POST", "/v1/hq/attention/skip"): Route("attention.skip", _ADMIN, cost=5),
    ("POST", "/v1/hq/attention/compensate"): Route("attention.compensate", _CARE, cost=5),
    ("GET", "/v1/hq/interventions"): Route("attention.read", _READERS),
}
