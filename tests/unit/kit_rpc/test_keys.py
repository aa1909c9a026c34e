"""The issuer's keys through floods, rotation and absence, and a service's own token."""

import asyncio
import json

import pytest

from kit.tokens import KeysUnavailable, ServiceTokens, TokenInvalid, TokenVerifier
from kit.tokens.keys import KEYS_FRESH, REFETCH_PAUSE, Keys
from tests.unit.kit_rpc.issuer import ISSUER, Issuer


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def verifier(issuer: Issuer) -> TokenVerifier:
    return TokenVerifier(issuer.jwks, ISSUER)


async def test_a_flood_of_unknown_keys_costs_one_fetch(issuer: Issuer, verifier: TokenVerifier) -> None:
    await verifier.verify(issuer.token())
    assert issuer.fetches == 1
    payload = json.dumps(issuer.claims())
    for number in range(50):
        with pytest.raises(TokenInvalid):
            await verifier.verify(issuer.sign(payload, {"kid": f"made-up-{number}"}))
    assert issuer.fetches == 2


async def test_an_unknown_key_is_fetched_once_per_pause(issuer: Issuer) -> None:
    now = [0.0]
    keys = Keys(issuer.jwks, lambda: now[0])
    await keys.get("k1")
    for _ in range(3):
        now[0] += REFETCH_PAUSE + 1
        for kid in ("x", "y", "z"):
            with pytest.raises(TokenInvalid):
                await keys.get(kid)
    assert issuer.fetches == 4


async def test_rotation_refuses_nobody(issuer: Issuer) -> None:
    """Published ahead, the new key is known by its first use; the old one's tokens live on."""
    now = [0.0]
    verifier = TokenVerifier(issuer.jwks, ISSUER)
    verifier._keys = Keys(issuer.jwks, lambda: now[0])
    old = issuer.token(sub="before")
    await verifier.verify(old)
    issuer.publish("k2")
    issuer.kid = "k1"  # published, not yet used
    now[0] += KEYS_FRESH + 1
    await verifier.verify(issuer.token(sub="still-old"))
    issuer.kid = "k2"
    for number in range(20):
        assert (await verifier.verify(issuer.token(sub=f"m{number}"))).id == f"m{number}"
    assert (await verifier.verify(issuer.sign(json.dumps(issuer.claims(sub="x")), {"kid": "k1"}))).id == "x"
    assert issuer.fetches == 2


async def test_known_keys_outlive_their_issuer(issuer: Issuer) -> None:
    now = [0.0]
    keys = Keys(issuer.jwks, lambda: now[0])
    await keys.get("k1")
    issuer.away = True
    now[0] += 10 * KEYS_FRESH
    assert await keys.get("k1")


async def test_without_any_key_nothing_is_said_of_the_token(issuer: Issuer, verifier: TokenVerifier) -> None:
    issuer.away = True
    with pytest.raises(KeysUnavailable):
        await verifier.verify(issuer.token())


async def test_a_service_token_is_renewed_at_half_life() -> None:
    now, issued = [0.0], []

    async def issue(name: str, secret: str) -> tuple[str, float]:
        issued.append((name, secret))
        return f"t{len(issued)}", 600.0

    tokens = ServiceTokens(issue, "x", "s3", monotonic=lambda: now[0])
    assert [await tokens.get() for _ in range(3)] == ["t1", "t1", "t1"]
    now[0] = 299.0
    assert await tokens.get() == "t1"
    now[0] = 301.0
    assert await tokens.get() == "t2"
    assert issued == [("x", "s3")] * 2


async def test_a_failed_renewal_keeps_the_living_token() -> None:
    now, away = [0.0], [False]

    async def issue(name: str, secret: str) -> tuple[str, float]:
        if away[0]:
            raise ConnectionError("away")
        return "t1", 600.0

    tokens = ServiceTokens(issue, "x", "s3", monotonic=lambda: now[0])
    await tokens.get()
    away[0], now[0] = True, 400.0
    assert await tokens.get() == "t1"
    now[0] = 700.0
    with pytest.raises(ConnectionError):
        await tokens.get()


async def test_while_one_renews_nobody_else_waits_for_a_silent_issuer() -> None:
    now, silent = [0.0], asyncio.Event()

    async def issue(name: str, secret: str) -> tuple[str, float]:
        if now[0]:
            await silent.wait()
            return "t2", 600.0
        return "t1", 600.0

    tokens = ServiceTokens(issue, "x", "s3", monotonic=lambda: now[0])
    await tokens.get()
    now[0] = 301.0
    async with asyncio.TaskGroup() as group:
        renewing = group.create_task(tokens.get())
        await asyncio.sleep(0)
        async with asyncio.timeout(1):
            assert await tokens.get() == "t1"
        silent.set()
    assert renewing.result() == await tokens.get() == "t2"
