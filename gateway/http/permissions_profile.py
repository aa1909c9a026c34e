"""Who may call what of members' profiles and privacy; what of a member each is shown, member decides kind by kind."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_ANYBODY = allow(anonymous=True)
_SHOP = allow(shop=True)
_STAFF = allow(staff=True)
_ADVISERS = allow(staff={"adviser", "manager"})
_HQ = allow(hq=True)
_ADMIN = allow(hq={"admin"})
_CARE = allow(hq={"admin", "service"})
_SELLING = allow(hq={"admin", "merchandiser"})
_DESK = allow(hq={"admin", "service", "merchandiser"})
_M, _H = "/v1/staff/members/{member_id}", "/v1/hq/members/{member_id}"

OWN: Table = {
    ("GET", "/v1/me/timeline"): Route("timeline.read", _SHOP, cost=2),
    ("POST", "/v1/me/complaints"): Route("timeline.write", _SHOP, cost=5),
    ("POST", "/v1/me/browsing"): Route("browsing.write", _SHOP),
    ("GET", "/v1/me/reads"): Route("reads.read", _SHOP),
    ("GET", "/v1/me/surveys"): Route("surveys.read", _SHOP),
    ("POST", "/v1/me/surveys/{offer_id}/answers"): Route("surveys.answer", _SHOP, cost=2),
    ("GET", "/v1/me/consents"): Route("consents.read", _SHOP),
    ("PUT", "/v1/me/consents"): Route("consents.write", _SHOP),
    ("POST", "/v1/me/exports"): Route("exports.write", _SHOP, cost=10),
    ("GET", "/v1/me/exports/{export_id}"): Route("exports.read", _SHOP),
    ("GET", "/v1/exports/{token}"): Route("exports.download", _ANYBODY, cost=10),
    ("POST", "/v1/me/erasures"): Route("erasures.write", _SHOP, cost=10),
    ("GET", "/v1/me/erasures/{erasure_id}"): Route("erasures.read", _SHOP),
    ("POST", "/v1/me/left-value"): Route("value.claim", _SHOP, cost=10),
    ("POST", "/v1/me/erasures/{erasure_id}/cancel"): Route("erasures.write", _SHOP),
}

STORES: Table = {
    ("GET", f"{_M}/panel"): Route("members.panel", _STAFF, cost=5),
    ("GET", "/v1/staff/calls"): Route("calls.read", _ADVISERS, cost=5),
    ("GET", f"{_M}/timeline"): Route("timeline.read", _STAFF, cost=2),
    ("POST", f"{_M}/trials"): Route("timeline.write", _STAFF),
    ("POST", f"{_M}/visits"): Route("timeline.write", _STAFF),
    ("POST", f"{_M}/notes"): Route("timeline.write", _STAFF),
    ("POST", f"{_M}/complaints"): Route("timeline.write", _STAFF),
    ("POST", f"{_M}/complaints/{{record_id}}/settle"): Route("timeline.write", _STAFF),
    ("POST", f"{_M}/calls"): Route("timeline.write", _STAFF),
    ("GET", "/v1/staff/tags"): Route("tags.read", _STAFF),
    ("GET", f"{_M}/tags"): Route("tags.read_member", _STAFF),
    ("PUT", f"{_M}/tags/{{tag}}"): Route("tags.write", _STAFF),
    ("DELETE", f"{_M}/tags/{{tag}}"): Route("tags.write", _STAFF),
    ("GET", f"{_M}/tags/changes"): Route("tags.read_member", _ADVISERS),
    ("GET", "/v1/staff/questionnaires"): Route("surveys.read", _STAFF),
    ("GET", f"{_M}/surveys"): Route("surveys.read_member", _STAFF),
    ("POST", f"{_M}/surveys"): Route("surveys.offer", _STAFF),
    ("POST", f"{_M}/surveys/{{offer_id}}/answers"): Route("surveys.answer", _STAFF),
    ("GET", f"{_M}/consents"): Route("consents.read", _STAFF),
    ("PUT", f"{_M}/consents"): Route("consents.write", _STAFF),
}

CENTRAL: Table = {
    ("GET", f"{_H}/timeline"): Route("timeline.read", _DESK, cost=2),
    ("POST", f"{_H}/notes"): Route("timeline.write", _CARE),
    ("POST", f"{_H}/complaints"): Route("timeline.write", _CARE),
    ("POST", f"{_H}/complaints/{{record_id}}/settle"): Route("timeline.write", _CARE),
    ("GET", f"{_H}/reads"): Route("reads.read", _ADMIN, cost=2),
    ("GET", "/v1/hq/reads"): Route("reads.read", _ADMIN, cost=2),
    ("PUT", "/v1/hq/tags/{tag}"): Route("tags.define", _SELLING),
    ("GET", "/v1/hq/tags"): Route("tags.read", _HQ),
    ("GET", f"{_H}/tags"): Route("tags.read_member", _DESK),
    ("PUT", f"{_H}/tags/{{tag}}"): Route("tags.write", _DESK),
    ("DELETE", f"{_H}/tags/{{tag}}"): Route("tags.write", _DESK),
    ("GET", f"{_H}/tags/changes"): Route("tags.read_member", _DESK),
    ("PUT", "/v1/hq/questionnaires"): Route("surveys.define", _SELLING),
    ("GET", "/v1/hq/questionnaires"): Route("surveys.read", _HQ),
    ("GET", f"{_H}/surveys"): Route("surveys.read_member", _DESK),
    ("GET", f"{_H}/consents"): Route("consents.read", _DESK),
    ("PUT", f"{_H}/consents"): Route("consents.write", _CARE),
    ("POST", f"{_H}/exports"): Route("exports.write", _CARE, cost=10),
    ("GET", "/v1/hq/exports/{export_id}"): Route("exports.read", _CARE),
    ("POST", f"{_H}/erasures"): Route("erasures.write", _CARE, cost=10),
    ("GET", "/v1/hq/erasures/{erasure_id}"): Route("erasures.read", _CARE),
    ("POST", "/v1/hq/erasures/{erasure_id}/cancel"): Route("erasures.write", _CARE),
    ("GET", "/v1/hq/retention"): Route("retention.read", _HQ),
    ("PUT", "/v1/hq/retention/{subject}"): Route("retention.write", _ADMIN),
}

PROFILE: Table = {**OWN, **STORES, **CENTRAL}
