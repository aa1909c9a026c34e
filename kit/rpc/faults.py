"""Faults on the wire: the one place where an exception becomes a status with ErrorInfo, and back."""

import sys
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from kit.errors import Code, Fault
from kit.telemetry import logs, places, traces

_DETAILS = "grpc-status-details-bin"
# the whole of the metadata must stay below 8 KiB, or the transport drops the answer
_LONGEST_MESSAGE = 1024
_LONGEST_VALUE = 256

_STATUS: dict[Code, grpc.StatusCode] = {code: grpc.StatusCode[code.name] for code in Code}
# what a peer's transport says without a word of ours
_UNSAID = {
    Code.UNAVAILABLE: "UNAVAILABLE",
    Code.DEADLINE_EXCEEDED: "DEADLINE_EXCEEDED",
    Code.RESOURCE_EXHAUSTED: "OVERLOADED",
    Code.UNAUTHENTICATED: "UNAUTHENTICATED",
    Code.PERMISSION_DENIED: "PERMISSION_DENIED",
    Code.NOT_FOUND: "NOT_FOUND",
    Code.ABORTED: "CONFLICT",
}

_log = logs.get(__name__)


def of(error: BaseException) -> Fault:
    """The Fault that the caller is told of; SQL states and internals stay here.

    Of those the log holds the kind and the place: a database quotes the row
    that it refuses, and the row may be a person's.
    """
    if isinstance(error, Fault):
        return error
    if isinstance(error, grpc.aio.AioRpcError):
        return from_rpc(error, "")
    found = _known(error)
    if found is None:
        _log.error("call failed unexpectedly", exc_info=error)
        trace_id = traces.trace_id()
        return Fault(f"internal fault, trace {trace_id}", trace_id=trace_id)
    _log.warning("call failed", reason=found.reason, error=places.of(error))
    return found


def _known(error: BaseException) -> Fault | None:
    if isinstance(error, TimeoutError):
        return Fault("no answer in time", code=Code.DEADLINE_EXCEEDED, reason="DEADLINE_EXCEEDED")
    # a process that never loaded the database module cannot have raised an error of it
    postgres = sys.modules.get("kit.postgres")
    fault: Fault | None = postgres.as_fault(error) if postgres else None
    if fault is None and isinstance(error, ConnectionError):
        return Fault("a part of the system is not reachable", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
    return fault


async def abort(context: grpc.aio.ServicerContext[Any, Any], fault: Fault, service: str) -> NoReturn:
    """Ends the call with the fault's status; a fault of another service keeps its domain."""
    status = rpc_status.to_status(to_status(fault, service))
    await context.abort(status.code, status.details, tuple(status.trailing_metadata))


def to_status(fault: Fault, service: str) -> status_pb2.Status:
    """The fault as google.rpc.Status with its ErrorInfo."""
    detail = any_pb2.Any()
    detail.Pack(
        error_details_pb2.ErrorInfo(
            reason=fault.reason,
            domain=fault.domain or f"omo.{service}",
            metadata={key: value[:_LONGEST_VALUE] for key, value in fault.metadata.items()},
        )
    )
    code: int = _STATUS[fault.code].value[0]
    return status_pb2.Status(code=code, message=fault.message[:_LONGEST_MESSAGE], details=[detail])


def from_rpc(error: grpc.aio.AioRpcError, method: str) -> Fault:
    """The fault that a peer answered, or what its silence means."""
    code = _code(error.code())
    domain = ".".join(method.strip("/").split(".")[:2])
    details = [value for key, value in error.trailing_metadata() or () if key == _DETAILS and isinstance(value, bytes)]
    message = error.details() or code.lower()
    if not details and code is Code.UNAVAILABLE:
        # the transport's own words name an address of the inside, and may go on to somebody outside
        _log.info("peer not reached", target=domain, error=message)
        message = f"{domain.rpartition('.')[2] or 'a part of the system'} is not reachable"
    fault = Fault(message, code=code, reason=_UNSAID.get(code, "INTERNAL"))
    fault.domain = domain
    for value in details:
        _read(fault, value)
    return fault


def _read(fault: Fault, details: bytes) -> None:
    info = error_details_pb2.ErrorInfo()
    for detail in status_pb2.Status.FromString(details).details:
        if detail.Unpack(info):
            fault.reason, fault.domain, fault.metadata = info.reason, info.domain, dict(info.metadata)


def _code(status: grpc.StatusCode) -> Code:
    if status is grpc.StatusCode.CANCELLED:  # a peer that shuts down cancels what it could not finish
        return Code.UNAVAILABLE
    return Code[status.name] if status.name in Code.__members__ else Code.INTERNAL
