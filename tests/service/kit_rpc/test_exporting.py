"""What leaves the process: spans to a collector, and calls over TLS."""

import asyncio
import datetime as dt
import ipaddress

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kit.rpc.client import connect
from kit.telemetry import traces
from tests.service.kit_rpc.echo import Stub, serving


async def test_spans_reach_a_collector() -> None:
    received: list[tuple[bytes, ExportTraceServiceRequest]] = []

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(next(line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-l")))
        received.append(
            (head.split(b"\r\n")[0], ExportTraceServiceRequest.FromString(await reader.readexactly(length)))
        )
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(collect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    traces.configure("x", endpoint=f"http://127.0.0.1:{port}")
    with traces.span("work"):
        pass
    await asyncio.to_thread(traces.shutdown)
    server.close()
    ((line, request),) = received
    assert line.startswith(b"POST /v1/traces ")
    (resource,) = request.resource_spans
    assert resource.scope_spans[0].spans[0].name == "work"
    assert {a.key: a.value.string_value for a in resource.resource.attributes}["service.name"] == "x"


def certificate() -> tuple[bytes, bytes]:
    """A key and a certificate for 127.0.0.1, valid for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, made.public_bytes(serialization.Encoding.PEM)


async def test_a_server_with_a_certificate_speaks_tls() -> None:
    async def same(text: str) -> str:
        return text

    key, chain = certificate()
    credentials = grpc.ssl_server_credentials([(key, chain)])
    async with serving("back", same, credentials=credentials, streaming=True) as (back, _):
        trusted = grpc.ssl_channel_credentials(chain)
        async with connect(back.address, credentials=trusted) as channel:
            assert (await Stub(channel, "back").Say("x")).value == "x"
