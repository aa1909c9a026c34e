"""The door as a process of its own: certificate, probes' address, goodbye."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from cli.fleet import certificates
from cli.stack.home import Home
from omo.storelink.v1 import storelink_service_pb2_grpc as rpc
from tests.harness import run
from tests.harness.shared import NatsCorner, ValkeyCorner
from tests.service.storelink import owners
from tests.service.storelink.rig import Rig, Stream, eventually

_ROOT = Path(__file__).resolve().parents[3]


@dataclass(slots=True)
class Doorway:
    """A running process."""

    process: asyncio.subprocess.Process
    address: str
    authority: bytes


@asynccontextmanager
async def _process(rig: Rig, tmp_path: Path, nats: NatsCorner, valkey: ValkeyCorner) -> AsyncIterator[Doorway]:
    home = Home.open(run.root() / f"door-{tmp_path.name}", run.binaries())
    made = certificates.issue(home)
    listening = tmp_path / "address"
    told = {
        "ENV": "test",
        "NAME": "storelink",
        "ADDRESS_FILE": str(listening),
        "TLS_CERTIFICATE_FILE": str(made.door),
        "TLS_KEY_FILE": str(made.door_key),
        "NATS_URL": nats.url,
        "NATS_SEED": nats.seed("gateway"),
        "VALKEY_URL": valkey.url("gateway"),
        "SERVICE_SECRET": "secret-for-tests",
        **{f"{owner}_TARGET": rig.owners for owner in ("MEMBER", "ORDER", "INVENTORY", "ATTRIBUTION")},
    }
    environment = {f"OMO_{key}": value for key, value in told.items()} | {"PYTHONPATH": f"{_ROOT}:{_ROOT / 'gen'}"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.storelink.main", cwd=_ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await eventually(listening.exists, within=30)
        yield Doorway(process, listening.read_text(), made.authority.read_bytes())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _stream(doorway: Doorway, channel: Any, token: str) -> Stream:
    call = rpc.StoreLinkServiceStub(channel).Session(metadata=(("authorization", f"Bearer {token}"),))
    return Stream(call, channel, token)


async def test_the_process_serves_tls_and_drains_on_sigterm(
    rig: Rig, tmp_path: Path, nats: NatsCorner, valkey: ValkeyCorner
) -> None:
    token = owners.device_token(rig.issuer, "t1", "TPE01")
    async with _process(rig, tmp_path, nats, valkey) as doorway:
        trusted = grpc.ssl_channel_credentials(doorway.authority)
        async with grpc.aio.secure_channel(doorway.address, trusted) as channel:
            stream = _stream(doorway, channel, token)
            assert (await stream.hello()).location_id == "TPE01"
            doorway.process.send_signal(signal.SIGTERM)
            assert (await stream.hear("drain")).drain.reconnect_after_seconds >= 1
            await stream.call.done_writing()
            assert (await stream.end())[0] is grpc.StatusCode.OK
        async with asyncio.timeout(20):
            assert await doorway.process.wait() == 0


async def test_who_does_not_know_the_authority_does_not_speak_to_the_door(
    rig: Rig, tmp_path: Path, nats: NatsCorner, valkey: ValkeyCorner
) -> None:
    token = owners.device_token(rig.issuer, "t1", "TPE01")
    async with _process(rig, tmp_path, nats, valkey) as doorway:
        for channel in (
            grpc.aio.secure_channel(doorway.address, grpc.ssl_channel_credentials()),
            grpc.aio.insecure_channel(doorway.address),
        ):
            async with channel:
                stream = _stream(doorway, channel, token)
                assert (await stream.end())[0] is grpc.StatusCode.UNAVAILABLE
