"""Who may call what of signing in, of identifiers and of what was looked at before."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_ANYBODY = allow(anonymous=True)
_SHOP = allow(shop=True)
_STAFF = allow(staff=True)
_HQ = allow(hq=True)
_CARE = allow(hq={"admin", "service"})
_ADMIN = allow(hq={"admin"})

_SESSION = "a session is no order: each try stands for itself, and its secret is spent by the first that succeeds"
_PROOF = "a proof is no order: each try stands for itself, and its code is spent by the first that succeeds"
_SHOWN = "a code for the screen is nothing that could be made twice"
_NAMED = "each look has an id of its own: the same again is the same look"

SIGN_IN: Table = {
    ("POST", "/v1/auth/line"): Route("login.begin", _ANYBODY, _SESSION, cost=5, bearer=False),
    ("POST", "/v1/auth/line/finish"): Route("login.prove", _ANYBODY, _SESSION, cost=5, bearer=False),
    ("POST", "/v1/auth/line/join"): Route("login.prove", _ANYBODY, _SESSION, cost=5, bearer=False),
    ("POST", "/v1/auth/passkey"): Route("login.begin", _ANYBODY, _SESSION, cost=2, bearer=False),
    ("POST", "/v1/auth/passkey/finish"): Route("login.prove", _ANYBODY, _SESSION, cost=5, bearer=False),
    ("POST", "/v1/auth/email/confirm"): Route("identifiers.follow", _ANYBODY, _PROOF, cost=5),
    ("POST", "/v1/me/line"): Route("identifiers.prove", _SHOP, _PROOF, cost=5),
    ("GET", "/v1/me/passkeys"): Route("passkeys.read", _SHOP),
    ("POST", "/v1/me/passkeys/options"): Route("passkeys.write", _SHOP, _PROOF, cost=2),
    ("POST", "/v1/me/passkeys"): Route("passkeys.write", _SHOP, _PROOF, cost=5),
    ("DELETE", "/v1/me/passkeys/{passkey_id}"): Route("passkeys.write", _SHOP),
    ("GET", "/v1/me/identifiers"): Route("identifiers.read", _SHOP),
    ("POST", "/v1/me/identifiers"): Route("identifiers.write", _SHOP, cost=2),
    ("DELETE", "/v1/me/identifiers/{identifier_id}"): Route("identifiers.write", _SHOP),
    ("POST", "/v1/me/identifiers/disputes"): Route("identifiers.dispute", _SHOP, cost=5),
    ("POST", "/v1/staff/members/{member_id}/disputes"): Route("identifiers.dispute", _STAFF, cost=5),
    ("POST", "/v1/me/email"): Route("identifiers.prove", _SHOP, _PROOF, cost=10),
    ("POST", "/v1/me/email/verify"): Route("identifiers.prove", _SHOP, _PROOF, cost=5),
    ("POST", "/v1/me/phone/verify"): Route("identifiers.prove", _SHOP, _PROOF, cost=5),
    ("POST", "/v1/me/code"): Route("codes.issue", _SHOP, _SHOWN),
    ("POST", "/v1/visits"): Route("visits.record", _ANYBODY, _NAMED, cost=2),
    ("POST", "/v1/staff/members/{member_id}/identifiers"): Route("identifiers.write", _STAFF),
    ("GET", "/v1/hq/members/{member_id}/identifiers"): Route("identifiers.read", _CARE),
    ("POST", "/v1/hq/members/{member_id}/identifiers"): Route("identifiers.write", _CARE),
    ("DELETE", "/v1/hq/members/{member_id}/identifiers/{identifier_id}"): Route("identifiers.write", _CARE),
    ("GET", "/v1/hq/members/{member_id}/passkeys"): Route("passkeys.read", _CARE),
    ("DELETE", "/v1/hq/members/{member_id}/passkeys/{passkey_id}"): Route("passkeys.write", _CARE),
    ("GET", "/v1/hq/identifiers/rules"): Route("identifiers.rules", _HQ),
    ("PUT", "/v1/hq/identifiers/rules"): Route("identifiers.rule", _ADMIN),
    ("GET", "/v1/hq/identifiers/blocks"): Route("identifiers.rules", _HQ),
    ("POST", "/v1/hq/identifiers/blocks"): Route("identifiers.rule", _CARE),
    ("DELETE", "/v1/hq/identifiers/blocks/{block_id}"): Route("identifiers.rule", _CARE),
}
