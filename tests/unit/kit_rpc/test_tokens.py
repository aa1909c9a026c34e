"""What a verifier accepts, and everything that it must not."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from kit.access import Kind
from kit.tokens import TokenInvalid, TokenVerifier
from tests.unit.kit_rpc.issuer import ISSUER, Issuer


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def verifier(issuer: Issuer) -> TokenVerifier:
    return TokenVerifier(issuer.jwks, ISSUER)


def encoded(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def test_a_good_token_names_its_principal(issuer: Issuer, verifier: TokenVerifier) -> None:
    token = issuer.token("staff", "u7", roles=["clerk"], locations=["S1", "S2"], terminal="T3", staff_code="A12")
    principal = await verifier.verify(token)
    assert (principal.kind, principal.id, principal.audience) == (Kind.STAFF, "u7", "staff")
    assert principal.roles == {"clerk"}
    assert principal.location_ids == ("S1", "S2")
    assert (principal.terminal_id, principal.staff_code, principal.token) == ("T3", "A12", token)
    assert principal.actor.encode() == "staff:T3:A12"
    assert token not in repr(principal)


@pytest.mark.parametrize(
    ("audience", "kind"),
    [("shop", "member"), ("staff", "staff"), ("hq", "hq"), ("device", "device"), ("service", "service")],
)
async def test_each_audience_has_its_kind(issuer: Issuer, verifier: TokenVerifier, audience: str, kind: str) -> None:
    assert (await verifier.verify(issuer.token(audience))).kind == kind


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "web"},
        {"aud": ["shop", "hq"]},
        {"aud": None},
        {"iss": "somebody"},
        {"iss": None},
        {"exp": "now -60"},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": float("nan")},
        {"nbf": "now +600"},
        {"nbf": None},
        {"iat": "now +600"},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"jti": None},
        {"roles": "admin"},
        {"roles": [1]},
        {"locations": {"S1": 1}},
        {"terminal": 7},
    ],
    ids=str,
)
async def test_wrong_claims_are_refused(issuer: Issuer, verifier: TokenVerifier, wrong: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        await verifier.verify(issuer.token(**{name: in_time(value) for name, value in wrong.items()}))


def in_time(value: Any) -> Any:
    """The time that `now +600` names; the names of the cases must be the same in every run."""
    if isinstance(value, str) and value.startswith("now "):
        return int(time.time()) + int(value.removeprefix("now "))
    return value


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "refresh+jwt"},
        {"kid": ""},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"x5c": ["MII"]},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}},
        {"cty": "JWT"},
    ],
    ids=str,
)
async def test_wrong_headers_are_refused(issuer: Issuer, verifier: TokenVerifier, header: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        await verifier.verify(issuer.sign(json.dumps(issuer.claims()), header))
    assert issuer.fetches == 0  # not even the keys were asked for


async def test_a_missing_kid_is_refused(issuer: Issuer, verifier: TokenVerifier) -> None:
    good = issuer.token()
    payload = good.split(".")[1]
    with pytest.raises(TokenInvalid):
        await verifier.verify(f"{encoded({'alg': 'EdDSA', 'typ': 'at+jwt'})}.{payload}.{good.split('.')[2]}")


def unsigned(issuer: Issuer) -> str:
    header = {"alg": "none", "typ": "at+jwt", "kid": issuer.kid}
    return f"{encoded(header)}.{encoded(issuer.claims('hq', 'root'))}."


def signed_by_public_key(issuer: Issuer) -> str:
    """HS256 with the published key as the secret: what a verifier that trusts `alg` would accept."""
    head = f"{encoded({'alg': 'HS256', 'typ': 'at+jwt', 'kid': issuer.kid})}.{encoded(issuer.claims('hq', 'root'))}"
    public = str(issuer.keys[issuer.kid].as_dict(private=False)["x"])
    secret = base64.urlsafe_b64decode(public + "=")
    return f"{head}.{encoded(hmac.new(secret, head.encode(), hashlib.sha256).digest())}"


def tampered(issuer: Issuer) -> str:
    header, _, signature = issuer.token().split(".")
    return f"{header}.{encoded(issuer.claims('hq', 'root'))}.{signature}"


def of_another_issuer(issuer: Issuer) -> str:
    return Issuer().token()


def truncated(issuer: Issuer) -> str:
    return issuer.token()[:-10]


def twice_named(issuer: Issuer) -> str:
    plain = json.dumps(issuer.claims())
    return issuer.sign(plain[:-1] + ', "sub": "somebody-else"}')


def twice_named_header(issuer: Issuer) -> str:
    _, payload, signature = issuer.token().split(".")
    header = b'{"alg":"EdDSA","typ":"at+jwt","kid":"k1","kid":"k1"}'
    return f"{encoded(header)}.{payload}.{signature}"


@pytest.mark.parametrize(
    "forge",
    [unsigned, signed_by_public_key, tampered, of_another_issuer, truncated, twice_named, twice_named_header],
)
async def test_forged_tokens_are_refused(
    issuer: Issuer, verifier: TokenVerifier, forge: Callable[[Issuer], str]
) -> None:
    with pytest.raises(TokenInvalid):
        await verifier.verify(forge(issuer))


@pytest.mark.parametrize(
    "junk", ["", ".", "..", "a.b.c", "a.b", "é.é.é", "x" * 10_000, "[].[].", f"{encoded([])}.e30."]
)
async def test_junk_is_refused(verifier: TokenVerifier, junk: str) -> None:
    with pytest.raises(TokenInvalid):
        await verifier.verify(junk)


async def test_claims_must_be_an_object(issuer: Issuer, verifier: TokenVerifier) -> None:
    for payload in ("[]", '"text"', "not json", "[" * 5_000):
        with pytest.raises(TokenInvalid):
            await verifier.verify(issuer.sign(payload))


async def test_a_remembered_token_still_expires(issuer: Issuer) -> None:
    now = [time.time()]
    verifier = TokenVerifier(issuer.jwks, ISSUER, now=lambda: now[0])
    token = issuer.token()
    assert await verifier.verify(token) is await verifier.verify(token)
    now[0] += 700
    with pytest.raises(TokenInvalid):
        await verifier.verify(token)
