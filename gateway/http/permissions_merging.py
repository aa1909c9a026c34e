"""Who may call what of members who are one person or two, and of receipts that become somebody's."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_SHOP = allow(shop=True)
_STAFF = allow(staff=True)
_MANAGER = allow(staff={"manager"})
_CARE = allow(hq={"admin", "service"})

MERGING: Table = {
    ("GET", "/v1/me/merge-candidates"): Route("members.merge", _SHOP),
    ("GET", "/v1/me/merge-candidates/{other_member_id}"): Route("members.merge", _SHOP, cost=2),
    ("POST", "/v1/me/merges"): Route("members.merge", _SHOP, cost=5),
    ("POST", "/v1/me/household"): Route("household.write", _SHOP),
    ("GET", "/v1/me/household"): Route("household.read", _SHOP),
    ("POST", "/v1/me/household/invitations"): Route("household.write", _SHOP, cost=2),
    ("POST", "/v1/me/household/join"): Route("household.write", _SHOP, cost=5),
    ("POST", "/v1/me/household/leave"): Route("household.write", _SHOP),
    ("POST", "/v1/me/household/points"): Route("household.write", _SHOP, cost=2),
    ("POST", "/v1/me/receipts"): Route("sales.claim", _SHOP, cost=5),
    ("GET", "/v1/staff/merge-candidates"): Route("members.merge", _MANAGER),
    ("POST", "/v1/staff/merge-candidates/{candidate_id}/dismiss"): Route("members.merge", _MANAGER),
    ("GET", "/v1/staff/members/{member_id}/merges/{other_member_id}"): Route("members.merge", _MANAGER, cost=2),
    ("GET", "/v1/staff/members/{member_id}/merges"): Route("members.unmerge", _MANAGER),
    ("POST", "/v1/staff/merges"): Route("members.merge", _MANAGER, cost=5),
    ("POST", "/v1/staff/members/{member_id}/receipts"): Route("sales.claim", _STAFF, cost=2),
    ("GET", "/v1/hq/merge-candidates"): Route("members.merge", _CARE),
    ("POST", "/v1/hq/merge-candidates/{candidate_id}/dismiss"): Route("members.merge", _CARE),
    ("GET", "/v1/hq/members/{member_id}/merges/{other_member_id}"): Route("members.merge", _CARE, cost=2),
    ("GET", "/v1/hq/members/{member_id}/merges"): Route("members.unmerge", _CARE),
    ("POST", "/v1/hq/merges"): Route("members.merge", _CARE, cost=5),
    ("POST", "/v1/hq/merges/{merge_id}/undo"): Route("members.unmerge", _CARE, cost=5),
    ("GET", "/v1/hq/identity-cases"): Route("members.cases", _CARE),
    ("POST", "/v1/hq/identity-cases/{case_id}/close"): Route("members.cases", _CARE),
    ("GET", "/v1/hq/people-reviews"): Route("people.review", _CARE),
    ("POST", "/v1/hq/people-reviews/{terminal_id}/{sequence}/close"): Route("people.review", _CARE),
    ("GET", "/v1/hq/frozen-value"): Route("members.release_value", _CARE),
    ("POST", "/v1/hq/members/{member_id}/release"): Route("members.release_value", _CARE),
}
