"""Who may call what of promotion rules."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_HQ = allow(hq=True)
_GOODS = allow(hq={"admin", "merchandiser"})
_TRIED = "a trial writes nothing"
_BULK = 1024 * 1024

PROMOTIONS: Table = {
    ("PUT", "/v1/hq/rules"): Route("promotions.write", _GOODS, cost=10, body=_BULK),
    ("GET", "/v1/hq/rules"): Route("promotions.read", _HQ),
    ("POST", "/v1/hq/rules/check"): Route("promotions.check", _HQ, _TRIED, cost=5, body=_BULK),
    ("POST", "/v1/hq/rules/rehearse"): Route("promotions.rehearse", _HQ, _TRIED, cost=20, body=_BULK),
    ("POST", "/v1/hq/rules/retire"): Route("promotions.write", _GOODS, cost=10),
    ("GET", "/v1/hq/rules/versions"): Route("promotions.read", _HQ),
}
