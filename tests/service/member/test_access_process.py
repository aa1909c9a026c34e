"""The member service as the process that is deployed: it starts, lets people in, and stops in order."""

import asyncio
import json
import os
import secrets
import signal
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest

from omo.member.v1 import access_service_pb2 as pb
from omo.member.v1 import access_service_pb2_grpc as rpc
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from tests.depth import PATIENCE
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner

_ROOT = Path(__file__).resolve().parents[3]


async def start(environment: dict[str, str]) -> asyncio.subprocess.Process:
    told = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{_ROOT}:{_ROOT / 'gen'}", **environment}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.member.main", cwd=_ROOT, env=told, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def line(process: asyncio.subprocess.Process, event: str) -> dict[str, Any]:
    """The next line that tells of this event."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        async for raw in process.stdout:
            said: dict[str, Any] = json.loads(raw) if raw.startswith(b"{") else {}
            if said.get("event") == event:
                return said
    raise AssertionError(f"the process ended without {event}")


async def test_it_starts_serves_prints_codes_and_stops(databases: Databases, nats: NatsCorner) -> None:
    secret = secrets.token_hex(16)
    told = {
        "OMO_ENV": "test",
        "OMO_POSTGRES_DSN": (await databases.address("member")).dsn,
        "OMO_NATS_URL": nats.url,
        "OMO_NATS_SEED": nats.seed("member"),
        "OMO_SERVICE_SECRETS": json.dumps({"operator": secret}),
        "OMO_SERVICE_SECRET": secret,
    }
    process = await start(told)
    try:
        address = (await line(process, "listening"))["address"]
        async with grpc.aio.insecure_channel(address) as channel:
            await sign_in_a_service(channel, secret)
            await log_in_by_the_printed_code(channel, process)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    info = await nats.jetstream.stream_info("OMO_MEMBER")
    assert info.state.messages == 1


async def sign_in_a_service(channel: grpc.aio.Channel, secret: str) -> None:
    access = rpc.AccessServiceStub(channel)
    ask = pb.IssueServiceTokenRequest(service="operator", secret=secret)
    token = (await access.IssueServiceToken(ask, timeout=PATIENCE)).access_token
    bearer = (("authorization", f"Bearer {token}"),)
    listed = await access.ListTerminals(pb.ListTerminalsRequest(), metadata=bearer, timeout=PATIENCE)
    assert not listed.terminals


async def log_in_by_the_printed_code(channel: grpc.aio.Channel, process: asyncio.subprocess.Process) -> None:
    identity = identity_rpc.IdentityServiceStub(channel)
    ask = identity_pb.RequestOtpRequest(phone="0912345678", device_id="d", client_address="127.0.0.1")
    asked = await identity.RequestOtp(ask, timeout=PATIENCE)
    printed = await line(process, "otp")
    assert (printed["phone"], printed["challenge_id"]) == ("+886 9** *** 678", asked.challenge_id)
    verify = identity_pb.VerifyOtpRequest(challenge_id=asked.challenge_id, code=printed["code"], device_id="d")
    assert (await identity.VerifyOtp(verify, timeout=PATIENCE)).created_now


@pytest.mark.parametrize("missing", ["OMO_KEY_ENCRYPTION_KEY", "OMO_OTP_SENDER", "OMO_LOOKUP_KEY"])
async def test_production_does_not_start_unsafely(missing: str) -> None:
    safe = {
        "OMO_ENV": "production",
        "OMO_SERVICE_SECRET": secrets.token_hex(16),
        "OMO_KEY_ENCRYPTION_KEY": secrets.token_hex(32),
        "OMO_LOOKUP_KEY": secrets.token_hex(32),
        "OMO_OTP_SENDER": "webhook",
        "OMO_OTP_WEBHOOK_URL": "https://messages.example/otp",
        "OMO_OTP_WEBHOOK_SECRET": secrets.token_hex(16),
    }
    del safe[missing]
    process = await start(safe)
    said, _ = await process.communicate()
    assert process.returncode == 78
    assert said.decode().count("\n") == 1
    assert missing in said.decode()
