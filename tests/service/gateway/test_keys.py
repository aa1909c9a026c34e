"""Idempotency keys: asked for, passed on unchanged, and what the services say of them."""

import pytest

from kit.errors import Code
from tests.service.gateway.conftest import Door
from tests.service.gateway.peers import refusal

BASKET = {"lines": [{"sku": "COAT-CAMEL-M", "quantity": 1}]}
CONTACT = {"name": "王小明"}


async def test_an_unsafe_call_without_a_key_is_refused(steady: Door) -> None:
    refused = await steady.call("POST", "/v1/contacts", "shop", key=None, json=CONTACT)
    assert refused.status_code == 400
    assert refused.json()["reason"] == "KEY_MISSING"
    assert refused.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not steady.peers.calls


@pytest.mark.parametrize("key", ["k", "with spaces inside", "~" * 255, "0199a5c1-9b7f-7c44-a1d0-3e2f1a0b9c88"])
async def test_a_key_reaches_the_service_unchanged(steady: Door, key: str) -> None:
    answered = await steady.call("POST", "/v1/contacts", "shop", key=key, json=CONTACT)
    assert answered.status_code == 201, answered.text
    assert steady.peers.last("Seal").request.request_id == key
    assert "idempotent-replayed" not in answered.headers


@pytest.mark.parametrize("key", ["x" * 256, "tab\there", "caf\xe9".encode("latin-1"), "鑰匙".encode()])
async def test_a_key_that_is_none_is_refused(steady: Door, key: str | bytes) -> None:
    raw = key if isinstance(key, bytes) else key.encode()
    refused = await steady.http.post(
        "/v1/contacts",
        json=CONTACT,
        headers=[(b"Authorization", b"Bearer " + steady.token("shop").encode()), (b"Idempotency-Key", raw)],
    )
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not steady.peers.calls


async def test_two_keys_are_no_key(steady: Door) -> None:
    headers = [("Authorization", f"Bearer {steady.token('shop')}"), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert (await steady.http.post("/v1/contacts", json=CONTACT, headers=headers)).status_code == 400


async def test_a_replay_says_that_it_is_one(steady: Door) -> None:
    steady.peers.replayed.add("Seal")
    answered = await steady.call("POST", "/v1/contacts", "shop", json=CONTACT)
    assert answered.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("reason", "code", "status"),
    [("REQUEST_REUSED", Code.INVALID_ARGUMENT, 422), ("REQUEST_RUNNING", Code.ABORTED, 409)],
)
async def test_what_the_owner_says_of_a_key_is_told(steady: Door, reason: str, code: Code, status: int) -> None:
    steady.peers.answers["Seal"] = refusal(reason, code, field="request_id")
    told = await steady.call("POST", "/v1/contacts", "shop", json=CONTACT)
    assert (told.status_code, told.json()["reason"]) == (status, reason)
    assert told.json()["metadata"]["field"] == "Idempotency-Key"


async def test_a_sign_in_needs_no_key(steady: Door) -> None:
    sent = await steady.call("POST", "/v1/auth/otp", key=None, json={"phone": "0912345678"})
    assert sent.status_code == 200
    asked = steady.peers.last("RequestOtp")
    assert asked.request.client_address == "127.0.0.1"
    assert (asked.principal.kind, asked.principal.id) == ("service", "gateway"), "only its own word is believed"


async def test_a_quote_needs_no_key_and_one_that_is_sent_binds_it_to_nothing(steady: Door) -> None:
    """Each call prices the basket anew: a shop that sends one key twice must not be told that it got a replay."""
    assert (await steady.call("POST", "/v1/quotes", key=None, json=BASKET)).status_code == 200
    steady.peers.replayed.add("Quote")
    answered = await steady.call("POST", "/v1/quotes", "shop", key="k", json=BASKET)
    assert answered.status_code == 200
    assert "idempotent-replayed" not in answered.headers
    assert steady.peers.last("Quote").request.request_id == ""
