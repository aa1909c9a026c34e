"""Who may call what about goods that are sent."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_ANYBODY = allow(anonymous=True)
_STAFF = allow(staff=True)
_MANAGER = allow(staff={"manager"})
_HQ = allow(hq=True)
_ADMIN = allow(hq={"admin"})
_CARE = allow(hq={"admin", "service"})

_CARRIER = "the carrier's own notification id makes it the same call"

SHIPPING: Table = {
    ("POST", "/v1/webhooks/carriers/{carrier}"): Route("shipping.notify", _ANYBODY, _CARRIER),
    ("POST", "/v1/staff/pick-lists"): Route("tasks.write", _STAFF, cost=5),
    ("GET", "/v1/staff/pick-lists/{pick_list_id}"): Route("tasks.read", _STAFF),
    ("POST", "/v1/staff/tasks/{task_id}/pack"): Route("tasks.write", _STAFF, cost=2),
    ("POST", "/v1/staff/tasks/{task_id}/ship"): Route("tasks.write", _STAFF, cost=2),
    ("POST", "/v1/staff/parcels/{parcel_id}/book"): Route("tasks.write", _STAFF, cost=2),
    ("GET", "/v1/staff/parcels/{parcel_id}/label"): Route("parcels.label", _STAFF, cost=5),
    ("POST", "/v1/staff/tasks/{task_id}/hold"): Route("tasks.hold", _MANAGER, cost=2),
    ("POST", "/v1/staff/tasks/{task_id}/release"): Route("tasks.hold", _MANAGER, cost=2),
    ("POST", "/v1/staff/tasks/{task_id}/split"): Route("tasks.write", _STAFF, cost=2),
    ("POST", "/v1/staff/tasks/{task_id}/merge"): Route("tasks.write", _STAFF, cost=2),
    ("POST", "/v1/hq/tasks/{task_id}/hold"): Route("tasks.hold", _CARE, cost=2),
    ("POST", "/v1/hq/tasks/{task_id}/release"): Route("tasks.hold", _CARE, cost=2),
    ("POST", "/v1/hq/tasks/{task_id}/split"): Route("tasks.write", _CARE, cost=2),
    ("POST", "/v1/hq/tasks/{task_id}/merge"): Route("tasks.write", _CARE, cost=2),
    ("POST", "/v1/hq/tasks/{task_id}/move"): Route("tasks.move", _CARE, cost=5),
    ("GET", "/v1/hq/shipping-terms"): Route("shipping.terms", _HQ),
    ("PUT", "/v1/hq/shipping-terms"): Route("shipping.write", _ADMIN, cost=5),
    ("GET", "/v1/hq/shipping-fees"): Route("shipping.fees", _HQ),
    ("PUT", "/v1/hq/shipping-fees"): Route("shipping.write", _ADMIN, cost=5),
    ("GET", "/v1/hq/shipping-fees/versions"): Route("shipping.fees", _HQ),
}
