"""What each failure becomes for the caller, and back."""

import asyncpg
import grpc
import pytest

import kit.postgres  # noqa: F401  # loads the database's errors, as every process with a database does
from kit.errors import Code, Fault
from kit.rpc import faults


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (asyncpg.SerializationError("x"), Code.ABORTED, "CONFLICT"),
        (asyncpg.DeadlockDetectedError("x"), Code.ABORTED, "CONFLICT"),
        (asyncpg.LockNotAvailableError("x"), Code.ABORTED, "CONFLICT"),
        (asyncpg.ConnectionDoesNotExistError("x"), Code.UNAVAILABLE, "UNAVAILABLE"),
        (asyncpg.AdminShutdownError("x"), Code.UNAVAILABLE, "UNAVAILABLE"),
        (asyncpg.CannotConnectNowError("x"), Code.UNAVAILABLE, "UNAVAILABLE"),
        (asyncpg.InterfaceError("connection is closed"), Code.UNAVAILABLE, "UNAVAILABLE"),
        (ConnectionResetError("x"), Code.UNAVAILABLE, "UNAVAILABLE"),
        (TimeoutError(), Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
        (asyncpg.UniqueViolationError("Key (phone)=(1)"), Code.INTERNAL, "INTERNAL"),
        (asyncpg.UndefinedTableError("x"), Code.INTERNAL, "INTERNAL"),
        (asyncpg.DataError("invalid input for query argument"), Code.INTERNAL, "INTERNAL"),
        (ZeroDivisionError("x"), Code.INTERNAL, "INTERNAL"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_no_state_of_the_database_leaks(error: Exception, code: Code, reason: str) -> None:
    fault = faults.of(error)
    assert (fault.code, fault.reason) == (code, reason)
    if str(error):
        assert str(error) not in fault.message.split()


def test_a_fault_stays_what_it_is() -> None:
    fault = Fault("x", code=Code.NOT_FOUND, reason="NOT_FOUND")
    assert faults.of(fault) is fault


def test_a_long_fault_still_fits_the_wire() -> None:
    fault = Fault("x" * 20_000, code=Code.INVALID_ARGUMENT, reason="FIELD_INVALID", field="y" * 20_000)
    assert len(faults.to_status(fault, "s").SerializeToString()) < 4_000


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_its_status(code: Code) -> None:
    status = faults.to_status(Fault("x", code=code), "s")
    assert status.code == grpc.StatusCode[code.name].value[0]


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (grpc.StatusCode.UNAVAILABLE, Code.UNAVAILABLE, "UNAVAILABLE"),
        (grpc.StatusCode.CANCELLED, Code.UNAVAILABLE, "UNAVAILABLE"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Code.RESOURCE_EXHAUSTED, "OVERLOADED"),
        (grpc.StatusCode.UNIMPLEMENTED, Code.INTERNAL, "INTERNAL"),
        (grpc.StatusCode.UNKNOWN, Code.INTERNAL, "INTERNAL"),
    ],
)
def test_a_peer_without_words_of_ours(status: grpc.StatusCode, code: Code, reason: str) -> None:
    error = grpc.aio.AioRpcError(status, grpc.aio.Metadata(), grpc.aio.Metadata(), "said")
    fault = faults.from_rpc(error, "/omo.back.v1.EchoService/Say")
    assert (fault.code, fault.reason, fault.domain) == (code, reason, "omo.back")
    # the transport names addresses of the inside where it did not get through
    assert fault.message == ("back is not reachable" if code is Code.UNAVAILABLE else "said")
