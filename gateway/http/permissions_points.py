"""Who may call what of points and tiers."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_SHOP = allow(shop=True)
_STAFF = allow(staff=True)
_ADMIN = allow(hq={"admin"})
_CARE = allow(hq={"admin", "service"})
_READERS = allow(hq={"admin", "service", "analyst"})
_BOOKS = allow(hq={"admin", "analyst"})
_BULK = 1024 * 1024

POINTS: Table = {
    ("GET", "/v1/me/points/lots"): Route("me.read", _SHOP),
    ("GET", "/v1/me/tier/changes"): Route("me.read", _SHOP),
    ("GET", "/v1/staff/members/{member_id}/standing"): Route("points.read", _STAFF),
    ("GET", "/v1/staff/members/{member_id}/points"): Route("points.read", _STAFF),
    ("GET", "/v1/staff/members/{member_id}/points/lots"): Route("points.read", _STAFF),
    ("GET", "/v1/hq/members/{member_id}/standing"): Route("points.read", _READERS),
    ("GET", "/v1/hq/members/{member_id}/points"): Route("points.read", _READERS),
    ("GET", "/v1/hq/members/{member_id}/points/lots"): Route("points.read", _READERS),
    ("POST", "/v1/hq/members/{member_id}/points/lots/{lot_id}/activate"): Route("points.adjust", _CARE, cost=5),
    ("GET", "/v1/hq/members/{member_id}/tier/changes"): Route("tiers.read", _READERS),
    ("POST", "/v1/hq/members/{member_id}/tier/grant"): Route("tiers.grant", _CARE, cost=5),
    ("POST", "/v1/hq/members/{member_id}/tier/grant/end"): Route("tiers.grant", _CARE, cost=5),
    ("POST", "/v1/hq/tiers/import"): Route("tiers.import", _ADMIN, cost=20, body=_BULK),
    ("GET", "/v1/hq/program/versions"): Route("program.read", allow(hq=True)),
    ("GET", "/v1/hq/points/liability"): Route("points.liability", _BOOKS, cost=20),
    ("GET", "/v1/hq/points/liability.csv"): Route("points.liability", _BOOKS, cost=20),
}
