"""The outermost layer: ids, headers, addresses, tokens, and a stop that cuts nobody."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from cli.stack import ports
from gateway.http import permissions
from gateway.http.description import documents
from gateway.http.front import HttpFront
from kit.errors import Code
from omo.member.v1 import identity_service_pb2 as identity_pb
from tests.service.gateway.conftest import Door, StartDoor
from tests.service.gateway.peers import refusal


async def test_each_answer_names_its_request_and_keeps_browsers_out(door: Door) -> None:
    first, second = await door.call("GET", "/healthz"), await door.call("GET", "/nowhere")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    for answer in (first, second):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "access-control-allow-origin" not in answer.headers


async def test_what_only_we_may_say_is_not_believed(door: Door) -> None:
    headers = {
        "x-request-id": "mine",
        "x-omo-actor": "hq::boss",
        "omo-actor": "hq::boss",
        "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
    }
    answer = await door.call("GET", "/v1/me", "shop", headers=headers)
    assert answer.headers["x-request-id"] != "mine"
    sent = door.peers.last("GetMember").metadata
    assert sent["x-request-id"] == answer.headers["x-request-id"]
    assert "omo-actor" not in sent
    assert "a" * 32 not in sent["traceparent"]


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (0, "8.8.8.8", "127.0.0.1"),
        (1, "9.9.9.9, 8.8.8.8", "8.8.8.8"),
        (2, "9.9.9.9, 8.8.8.8", "9.9.9.9"),
        (2, "8.8.8.8", "127.0.0.1"),
    ],
)
async def test_addresses_are_believed_as_far_as_our_own_proxies_reach(
    open_door: StartDoor, hops: int, forwarded: str, expected: str
) -> None:
    door = await open_door(trusted_hops=hops)
    await door.call("POST", "/v1/auth/otp", json={"phone": "0912345678"}, headers={"X-Forwarded-For": forwarded})
    request: identity_pb.RequestOtpRequest = door.peers.last("RequestOtp").request
    assert request.client_address == expected


async def test_a_bad_token_is_refused_even_where_none_is_needed(door: Door) -> None:
    for authorization in ("Bearer x.y.z", "Basic abc", "Bearer", f"Bearer {door.token('shop', exp=1)}"):
        refused = await door.call("GET", "/v1/stores", headers={"Authorization": authorization})
        assert refused.status_code == 401, authorization
        assert refused.json()["reason"] == "TOKEN_INVALID"
        assert refused.headers["www-authenticate"] == "Bearer"
    assert not door.peers.calls


async def test_an_expired_token_beside_what_proves_who_asks_bars_nobody(door: Door) -> None:
    """Apps send their token with each call: it must not keep them from getting the next one."""
    expired = {"Authorization": f"Bearer {door.token('shop', exp=1)}"}
    refresh = {"refresh_token": "t", "device_id": "phone-1"}
    await door.call("POST", "/v1/auth/refresh", json=refresh, headers=expired)
    await door.call("POST", "/v1/auth/otp", json={"phone": "0912345678"}, headers=expired)
    assert [door.peers.last(name).request.DESCRIPTOR.name for name in ("RefreshSession", "RequestOtp")] == [
        "RefreshSessionRequest", "RequestOtpRequest",
    ]  # fmt: skip
    assert "Bearer" not in str(door.peers.last("RefreshSession").metadata)
    bearers = {route.bearer for (_, path), route in permissions.TABLE.items() if path.endswith("/auth/refresh")}
    assert bearers == {False}


async def test_a_path_knows_its_methods(door: Door) -> None:
    refused = await door.call("PATCH", "/v1/orders")
    assert (refused.status_code, refused.json()["reason"]) == (405, "METHOD_NOT_ALLOWED")
    assert refused.headers["allow"] == "GET, POST"


async def test_no_other_origin_may_call_unless_it_is_named(open_door: StartDoor) -> None:
    door = await open_door()
    asked = await door.http.options(
        "/v1/orders", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert asked.status_code == 405
    assert "access-control-allow-origin" not in asked.headers


async def test_requests_do_not_see_each_other(door: Door) -> None:
    """Each request runs as its own caller, however they are mixed."""

    async def slow(request: Any) -> Any:
        await asyncio.sleep(0.01)
        return identity_pb.GetMemberResponse()

    door.peers.answers["GetMember"] = slow
    members = [f"0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a{number:02d}" for number in range(40)]
    await asyncio.gather(*(door.call("GET", "/v1/me", door.token("shop", sub=one)) for one in members))
    seen = [(call.principal.id, call.request.member_id) for call in door.peers.asked("GetMember")]
    assert sorted(seen) == [(one, one) for one in members]


async def test_a_service_that_is_too_slow_is_told_so(door: Door) -> None:
    async def forever(request: Any) -> Any:
        await asyncio.sleep(30)

    door.peers.answers["GetMember"] = forever
    late = await door.call("GET", "/v1/me", "shop")
    assert (late.status_code, late.json()["reason"]) == (504, "DEADLINE_EXCEEDED")


async def test_a_service_that_is_away_is_told_so(door: Door) -> None:
    await door.peers.stop()
    gone = await door.call("GET", "/v1/stores")
    assert (gone.status_code, gone.json()["reason"]) == (503, "UNAVAILABLE")
    assert "127.0.0.1" not in gone.text
    assert gone.headers["retry-after"]


async def test_units_are_joined_and_a_missing_part_is_named(door: Door) -> None:
    door.peers.answers["/omo.member.v1.PointsService/DescribeUnits"] = refusal("UNAVAILABLE", Code.UNAVAILABLE)
    joined = (await door.call("GET", "/v1/staff/orders/o1/units/1", "staff")).json()
    assert joined["missing"] == [{"part": "points", "reason": "UNAVAILABLE"}]
    assert joined["points"] == []
    assert joined["sale"][0]["unit"]["line_no"] == 1
    assert joined["stock"][0]["movements"]
    assert joined["credits"][0]["credits"]
    assert len({call.method for call in door.peers.asked("DescribeUnits")}) == 4


async def test_a_notification_reaches_order_byte_for_byte(door: Door) -> None:
    body = b'{"id": "evt_1",\n "amount": 1}\n'
    headers = {"Content-Type": "application/json", "omo-signature": "t=1,v1=ab", "X-Other": "no", "Cookie": "c"}
    taken = await door.call("POST", "/v1/webhooks/payments/simulator", key=None, content=body, headers=headers)
    assert taken.status_code == 204
    told = door.peers.last("RecordNotification").request
    assert (told.provider, told.body) == ("simulator", body)
    assert dict(told.headers) == {"content-type": "application/json", "omo-signature": "t=1,v1=ab"}


async def test_a_stop_finishes_what_runs_and_takes_no_more(door: Door) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def held(request: Any) -> Any:
        begun.set()
        await release.wait()
        return identity_pb.GetMemberResponse()

    door.peers.answers["GetMember"] = held
    running = asyncio.create_task(door.call("GET", "/v1/me", "shop"))
    await begun.wait()
    stopping = asyncio.create_task(door.front.stop())
    async with asyncio.timeout(5):
        while True:
            try:
                async with httpx.AsyncClient(base_url=f"http://{door.address}") as other:
                    await other.get("/healthz")
            except (httpx.NetworkError, httpx.RemoteProtocolError):  # refused, or reset where it waited to be taken
                break
    assert not running.done()
    release.set()
    assert (await running).status_code == 200
    await stopping


async def test_health_says_on_that_the_process_stops(door: Door) -> None:
    await door.front.ready(False)
    assert (await door.call("GET", "/healthz")).status_code == 503
    await door.front.ready(True)
    assert (await door.call("GET", "/healthz")).json() == {"status": "ok"}


async def test_a_port_in_use_is_noticed(door: Door) -> None:
    second = HttpFront(door.edge, door.feed, door.address)
    with pytest.raises(OSError, match="in use"):
        await second.start()


async def test_a_fixed_port_is_taken(door: Door) -> None:
    port = ports.free()
    second = HttpFront(door.edge, door.feed, f"127.0.0.1:{port}")
    assert await second.start() == f"127.0.0.1:{port}"
    async with httpx.AsyncClient() as other:
        assert (await other.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
    await second.stop()


async def test_the_page_is_read_without_any_other_server(door: Door) -> None:
    page = await door.call("GET", "/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "place_order" in page.text
    assert (await door.call("GET", "/openapi.json")).json()["openapi"] == "3.1.0"


@pytest.mark.parametrize(
    ("method", "path", "way"),
    [
        ("POST", "/v1/orders", "POST /v1/auth/otp "),
        ("POST", "/v1/orders", "POST /v1/guests "),
        ("GET", "/v1/guest-orders/0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55/link", "POST /v1/guests "),
        ("GET", "/v1/staff/orders", "a till"),
        ("GET", "/v1/hq/orders", "redeem"),
    ],
)
async def test_who_has_not_signed_in_is_told_how(steady: Door, method: str, path: str, way: str) -> None:
    """Nobody may ask for a price and not order: he learns what to do about it."""
    refused = await steady.call(method, path, json={} if method == "POST" else None)
    told = refused.json()
    assert (refused.status_code, told["reason"]) == (401, "UNAUTHENTICATED")
    assert told["metadata"]["field"] == "Authorization"
    assert way in told["metadata"]["rule"]
    assert told["detail"] == f"sign in first; Authorization: {told['metadata']['rule']}"


async def test_the_description_is_made_once_whoever_gives_up_waiting() -> None:
    app = FastAPI()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await documents.described(app)
    begun = app.state.describing
    first, second = await asyncio.gather(documents.described(app), documents.described(app))
    assert first is second is begun.result()
