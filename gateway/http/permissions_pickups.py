"""Who may call what about goods that are collected in stores."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_ANYBODY = allow(anonymous=True)
_SHOP = allow(shop=True)
_STAFF = allow(staff=True)
_MANAGER = allow(staff={"manager"})
_ADMIN = allow(hq={"admin"})
_CARE = allow(hq={"admin", "service"})
_READERS = allow(hq={"admin", "service", "analyst"})

_SHOWN = "a code lives a minute, and a second one is as good as the first"

PICKUPS: Table = {
    ("POST", "/v1/pickups/{task_id}/code"): Route("pickups.prove", _SHOP, _SHOWN),
    ("POST", "/v1/pickups/{task_id}/proxies"): Route("pickups.name_proxy", _SHOP, cost=2),
    ("GET", "/v1/pickups/{task_id}/proxies"): Route("pickups.read", _SHOP),
    ("POST", "/v1/pickup-proxies/{proxy_id}/revoke"): Route("pickups.name_proxy", _SHOP),
    ("GET", "/v1/pickups/{task_id}/acknowledgement"): Route("pickups.read", _SHOP),
    ("GET", "/v1/pickup-slots"): Route("appointments.slots", _SHOP),
    ("POST", "/v1/pickups/{task_id}/appointment"): Route("appointments.write", _SHOP, cost=2),
    ("GET", "/v1/me/appointments"): Route("appointments.read", _SHOP),
    ("POST", "/v1/appointments/{appointment_id}/move"): Route("appointments.write", _SHOP, cost=2),
    ("POST", "/v1/appointments/{appointment_id}/cancel"): Route("appointments.write", _SHOP),
    ("GET", "/v1/pickup-policy"): Route("noshow_policy.read", _ANYBODY),
    ("GET", "/v1/me/pickup-standing"): Route("noshows.read", _SHOP),
    ("POST", "/v1/pickups/{task_id}/appeal"): Route("noshows.appeal", _SHOP, cost=2),
    ("POST", "/v1/staff/tasks/{task_id}/handover-part"): Route("tasks.write", _STAFF, cost=5),
    ("GET", "/v1/staff/tasks/{task_id}/acknowledgement"): Route("tasks.read", _STAFF),
    ("GET", "/v1/staff/pickup-code-keys"): Route("pickups.check", _STAFF),
    ("GET", "/v1/staff/incoming"): Route("tasks.read", _STAFF),
    ("POST", "/v1/staff/tasks/{task_id}/dispatch"): Route("tasks.write", _STAFF, cost=2),
    ("POST", "/v1/staff/incoming/{task_id}/receive"): Route("tasks.write", _STAFF, cost=5),
    ("POST", "/v1/staff/tasks/{task_id}/request-transfer"): Route("tasks.write", _STAFF, cost=5),
    ("POST", "/v1/staff/incoming/{task_id}/call-off"): Route("tasks.write", _STAFF, cost=2),
    ("GET", "/v1/staff/pickups"): Route("tasks.read", _STAFF),
    ("GET", "/v1/staff/appointments"): Route("appointments.read", _STAFF),
    ("GET", "/v1/staff/stores/{location_id}/pickup-hours"): Route("pickup_hours.read", _STAFF),
    ("PUT", "/v1/staff/stores/{location_id}/pickup-hours"): Route("pickup_hours.write", _MANAGER, cost=2),
    ("POST", "/v1/staff/tasks/{task_id}/return-to-shelf"): Route("tasks.write", _STAFF, cost=2),
    ("PUT", "/v1/hq/pickup-policy"): Route("noshow_policy.write", _ADMIN, cost=2),
    ("GET", "/v1/hq/members/{member_id}/pickup-standing"): Route("noshows.read", _READERS),
    ("GET", "/v1/hq/no-show-appeals"): Route("noshows.read", _READERS),
    ("POST", "/v1/hq/no-show-appeals/{task_id}/settle"): Route("noshows.settle", _CARE, cost=2),
    ("PUT", "/v1/hq/stores/{location_id}/pickup-hours"): Route("pickup_hours.write", _ADMIN, cost=2),
}
