"""The store door's certificate is trusted by who trusts the home's authority, and by nobody else."""

import asyncio
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.fleet import certificates
from cli.stack.home import Home
from tests.harness import run


@pytest.fixture
def home() -> Iterator[Home]:
    made = Home.open(run.root() / f"tls-{run.worker()}", run.binaries())
    yield made
    made.remove()


async def _handshake(made: certificates.Certificates, authority: Path | None, name: str) -> str:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.door, made.door_key)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    trust = ssl.create_default_context(cafile=authority)
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname=name)
    finally:
        server.close()
    version: str = writer.get_extra_info("ssl_object").version()
    writer.close()
    return version


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
async def test_a_till_that_trusts_the_authority_may_enter(home: Home, name: str) -> None:
    made = certificates.issue(home)
    assert await _handshake(made, made.authority, name) == "TLSv1.3"


async def test_the_system_s_trust_and_other_names_do_not_do(home: Home) -> None:
    made = certificates.issue(home)
    with pytest.raises(ssl.SSLCertVerificationError):
        await _handshake(made, None, "localhost")
    with pytest.raises(ssl.SSLCertVerificationError):
        await _handshake(made, made.authority, "evil.example")


def test_it_is_issued_once_and_keys_are_private(home: Home) -> None:
    first = certificates.issue(home).door.read_bytes()
    again = certificates.issue(home)
    assert again.door.read_bytes() == first
    for key in (again.door_key, home.root / "tls" / "ca.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_door_certificate_that_runs_out_is_replaced(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "_DOOR_DAYS", 29)
    short = certificates.issue(home).door.read_bytes()
    monkeypatch.undo()
    again = certificates.issue(home)
    assert again.door.read_bytes() != short
