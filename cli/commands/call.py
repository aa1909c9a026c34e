"""`omoctl call`: any method of any service, as JSON."""

import json
from typing import Annotated, Any

import grpc
import typer
from google.protobuf import json_format

from cli import shown
from cli.fleet import calls, operator, running
from cli.fleet.plan import service_secret
from cli.stack.home import Home
from cli.stack.trouble import Trouble
from kit.rpc import faults
from omo.member.v1 import access_service_pb2_grpc as access_rpc

_DEADLINE = 30.0


def register(app: typer.Typer) -> None:
    app.command()(call)


def call(
    method: Annotated[str, typer.Argument(help="Such as StockService.GetAvailability; nothing lists all.")] = "",
    request: Annotated[str, typer.Argument(help="The request as JSON, fields as in the .proto.")] = "{}",
    token: Annotated[str, typer.Option(help="Call with this access token instead of the operator's.")] = "",
) -> None:
    """Call a gRPC method of the running fleet; prints the answer as JSON. Without a method, lists them."""
    if not method:
        for name in sorted(calls.methods()):
            shown.line(name)
        return
    shown.line(shown.run(_call(method, request, token)))


async def _call(name: str, text: str, token: str) -> str:
    home = Home.open()
    found = running.find(home)
    method = calls.find(name)
    request = _request(method, text)
    async with grpc.aio.insecure_channel(found.processes["member"]) as member:
        if not token:
            secret = service_secret(home, operator.NAME)
            token = await operator.token(access_rpc.AccessServiceStub(member), secret)
    async with grpc.aio.insecure_channel(found.processes[method.process]) as channel:
        return await _asked(channel, method, request, token)


def _request(method: calls.Method, text: str) -> Any:
    try:
        return json_format.Parse(text, method.request())
    except json_format.ParseError as error:
        raise Trouble(f"the request is no {method.request.DESCRIPTOR.name}: {error}", method.shape) from None


async def _asked(channel: grpc.aio.Channel, method: calls.Method, request: Any, token: str) -> str:
    stub = channel.unary_unary(
        method.path,
        request_serializer=method.request.SerializeToString,
        response_deserializer=method.response.FromString,
    )
    try:
        reply = await stub(request, metadata=(("authorization", f"Bearer {token}"),), timeout=_DEADLINE)
    except grpc.aio.AioRpcError as error:
        fault = faults.from_rpc(error, method.path)
        told = json.dumps(fault.metadata, ensure_ascii=False)
        raise Trouble(
            f"{error.code().name} {fault.reason}: {fault.message} {told}", "docs/errors.md tells what it means"
        ) from None
    return json_format.MessageToJson(reply, preserving_proto_field_name=True, ensure_ascii=False)
