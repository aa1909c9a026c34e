"""Tokens as verifiers elsewhere meet them: what they say, who signed them, and how keys change."""

import base64
import json
import uuid
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kit.tokens import TokenInvalid, TokenVerifier
from omo.member.v1 import access_service_pb2 as pb
from services.member.access import domain_keys
from services.member.access.domain import SERVICE_LIFE, Grant
from services.member.access.signing import Keyring
from services.member.main import Member as Parts
from tests.service.member.conftest import Member, Postbox, refusal

MINUTES = {"shop": 10, "staff": 10, "hq": 10, "device": 60, "service": 60}


async def tokens(member: Member) -> dict[str, str]:
    """One token of each audience."""
    _, _, device = await member.terminal()
    await member.put_staff()
    return {
        "shop": (await member.login("0912345678")).session.access_token,
        "staff": (await member.sign_in(device)).access_token,
        "hq": (await member.hq("admin")).access_token,
        "device": device,
        "service": await member.service("order"),
    }


def opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    return json.loads(header), json.loads(claims)


async def test_each_audience_gets_its_own_token(member: Member) -> None:
    given = await tokens(member)
    jwks = json.loads((await member.call(member.access.GetJwks, pb.GetJwksRequest())).jwks_json)
    for audience, token in given.items():
        header, claims = opened(token)
        assert header == {"alg": "EdDSA", "typ": "at+jwt", "kid": jwks["keys"][0]["kid"]}
        assert claims["aud"] == audience
        assert claims["iss"] == "omo"
        assert claims["exp"] - claims["iat"] == 60 * MINUTES[audience]
        assert (await member.principal(token)).audience == audience
    assert len({opened(token)[1]["jti"] for token in given.values()}) == len(given)


async def test_the_published_keys_hold_no_private_part(member: Member) -> None:
    jwks = json.loads((await member.call(member.access.GetJwks, pb.GetJwksRequest())).jwks_json)
    assert [sorted(key) for key in jwks["keys"]] == [["alg", "crv", "kid", "kty", "use", "x"]]
    async with member.db.read() as tx:
        row = await tx.fetchrow("SELECT kid, public_key, private_sealed FROM signing_keys")
    with pytest.raises(ValueError, match="32"):
        Ed25519PrivateKey.from_private_bytes(row["private_sealed"])
    private = member.parts.ground.vault.unwrap("signing key", row["private_sealed"], row["kid"])
    assert private not in row["private_sealed"]


async def test_every_audience_is_refused_where_its_token_ends(member: Member) -> None:
    for audience, token in (await tokens(member)).items():
        fresh = TokenVerifier(member.parts.ground.keys.jwks, "omo", now=lambda: member.wall().timestamp())
        member.wall.advance(minutes=MINUTES[audience], seconds=31)
        with pytest.raises(TokenInvalid):
            await fresh.verify(token)
        member.wall.advance(minutes=-MINUTES[audience], seconds=-31)


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "ES256", "Ed25519"])
async def test_no_other_algorithm_is_taken_at_the_port(member: Member, alg: str) -> None:
    token = (await member.hq("admin")).access_token
    header, _ = opened(token)
    forged = encoded(header | {"alg": alg}) + token[token.index(".") :]
    assert await turned_away(member, forged)


@pytest.mark.parametrize("changed", [{"aud": "service"}, {"roles": ["admin"]}, {"iss": "other"}, {"sub": "operator"}])
async def test_a_changed_claim_is_noticed_at_the_port(member: Member, changed: dict[str, Any]) -> None:
    token = (await member.hq("analyst")).access_token
    head, _, signature = token.split(".")
    forged = ".".join([head, encoded(opened(token)[1] | changed), signature])
    assert await turned_away(member, forged)


async def test_somebody_elses_key_is_noticed_at_the_port(member: Member) -> None:
    header, claims = opened((await member.hq("admin")).access_token)
    signed = f"{encoded(header)}.{encoded(claims)}"
    signature = base64.urlsafe_b64encode(Ed25519PrivateKey.generate().sign(signed.encode())).rstrip(b"=").decode()
    assert await turned_away(member, f"{signed}.{signature}")
    assert await turned_away(member, f"{encoded(header | {'kid': str(uuid.uuid4())})}.{encoded(claims)}.{signature}")


async def test_a_key_is_known_a_day_before_it_signs_and_until_its_tokens_have_ended(member: Member) -> None:
    """A verifier that fetches every five minutes never meets an unknown key."""
    kids: list[str] = []
    for _ in range(80):
        reader = Keyring(member.db, member.parts.ground.vault, member.wall)
        known = {key["kid"] for key in (await reader.jwks())["keys"]}
        fresh = Parts(member.parts.ground.settings, member.db, member.clock, Postbox(), member.wall)
        member.wall.advance(minutes=5)
        kid = opened(await issue(fresh))[0]["kid"]
        assert kid in known, "signed with a key that a cache of five minutes cannot know"
        kids.append(kid)
        member.wall.advance(hours=12)
    assert len(set(kids)) == 2
    assert len({key["kid"] for key in (await member.parts.ground.keys.jwks())["keys"]}) == 1


async def test_replicas_make_one_next_key_together(member: Member) -> None:
    rings = [Keyring(member.db, member.parts.ground.vault, member.wall) for _ in range(2)]
    await rings[0].jwks()
    member.wall.advance(days=domain_keys.KEY_PERIOD.days)
    rings = [Keyring(member.db, member.parts.ground.vault, member.wall) for _ in range(2)]
    published = [{key["kid"] for key in (await ring.jwks())["keys"]} for ring in rings]
    assert published[0] == published[1]
    assert len(published[0]) == 2


async def test_a_key_is_rotated_on_demand_without_refusing_anybody(member: Member) -> None:
    admin = (await member.hq("admin")).access_token
    request = pb.RotateSigningKeyRequest(request_id=str(uuid.uuid4()))
    made = await member.call(member.access.RotateSigningKey, request, admin)
    assert made.active_time.ToSeconds() - member.wall().timestamp() >= 86_399
    assert await member.call(member.access.RotateSigningKey, request, admin) == made
    assert (await member.call(member.access.ListStaff, pb.ListStaffRequest(), admin)) is not None


async def test_a_compromised_key_is_dropped_at_once(member: Member) -> None:
    admin = (await member.hq("admin")).access_token
    old = opened(admin)[0]["kid"]
    request = pb.RotateSigningKeyRequest(request_id=str(uuid.uuid4()), compromised=True)
    made = await member.call(member.access.RotateSigningKey, request, admin)
    jwks = json.loads((await member.call(member.access.GetJwks, pb.GetJwksRequest())).jwks_json)
    assert [key["kid"] for key in jwks["keys"]] == [made.kid] != [old]
    with pytest.raises(TokenInvalid):
        await member.principal(admin)
    assert opened((await member.hq("admin")).access_token)[0]["kid"] == made.kid


async def issue(parts: Parts) -> str:
    return (await parts.ground.sessions.token(Grant("order", "service"), SERVICE_LIFE)).text


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


async def turned_away(member: Member, token: str) -> bool:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await member.call(member.access.ListTerminals, pb.ListTerminalsRequest(), token)
    return refusal(error.value) == "TOKEN_INVALID"
