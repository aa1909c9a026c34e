"""What logs let through, and how traces are handed on."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog
from opentelemetry.trace import SpanKind

import kit.postgres  # noqa: F401  # loads the database's errors, as every process with a database does
from kit import access
from kit.rpc import faults
from kit.telemetry import logs, metrics, traces

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("x", env="test", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_unknown_keys_are_dropped_and_only_named(said: io.StringIO) -> None:
    logs.get("t").info("hello", count=3, name="Lin Mei", phone="0912345678")
    (line,) = lines(said)
    assert (line["event"], line["count"], line["dropped"]) == ("hello", 3, ["name", "phone"])
    assert "Lin" not in said.getvalue()
    assert "0912345678" not in said.getvalue()


def test_a_service_may_allow_its_own_ids(said: io.StringIO) -> None:
    logs.get("t").info("one", thing_id="t1")
    logs.allow("thing_id")
    logs.get("t").info("two", thing_id="t1")
    first, second = lines(said)
    assert ("thing_id" in first, second["thing_id"]) == (False, "t1")


@pytest.mark.parametrize(
    "phone",
    ["0912345678", "0912-345-678", "0912 345 678", "+886912345678", "+886 912 345 678", "886912345678", "02-2345-6789",
     "+1 (415) 555-2671"],
)  # fmt: skip
def test_telephone_numbers_are_masked_everywhere(said: io.StringIO, phone: str) -> None:
    logs.get("t").warning(f"call {phone} now", error=f"Key (phone)=({phone}) exists", field=[phone])
    logging.getLogger("library").warning("sent to %s", phone)
    try:
        raise ValueError(f"cannot send to {phone}")
    except ValueError:
        logs.get("t").exception("failed")
    assert phone not in said.getvalue()
    digits = "".join(character for character in phone if character.isdigit())
    assert digits[:-3] not in "".join(
        character for character in said.getvalue() if character.isdigit() or character == "\n"
    )
    assert said.getvalue().count(f"***{digits[-3:]}") >= 4


CANARY = "林美玲"


def _fail() -> None:
    raise ValueError(f"Key (name)=({CANARY}) already exists")


@pytest.mark.parametrize("how", ["alone", "caused", "on the way", "in a group", "by a library"])
def test_what_an_exception_says_stays_out(said: io.StringIO, how: str) -> None:
    """A database quotes the row that it refuses, and the row may be a person's."""
    try:
        try:
            _fail()
        except ValueError as error:
            if how == "caused":
                raise RuntimeError(CANARY) from error
            if how == "on the way":
                raise KeyError(CANARY)  # noqa: B904
            if how == "in a group":
                raise ExceptionGroup(CANARY, [error]) from None
            raise
    except Exception as error:
        if how == "by a library":
            logging.getLogger("library").exception("failed")
        else:
            logs.get("t").error("failed", exc_info=error)
    (line,) = lines(said)
    assert CANARY not in said.getvalue()
    assert "ValueError\n" in line["exception"]
    assert "kit_rpc/test_telemetry.py:" in line["exception"]
    assert " in _fail" in line["exception"]


@pytest.mark.parametrize("error", [asyncpg.UniqueViolationError, asyncpg.SerializationError, RuntimeError])
def test_a_failed_call_is_logged_by_its_kind_and_place(said: io.StringIO, error: type[Exception]) -> None:
    try:
        raise error(f"Key (name)=({CANARY}) already exists")
    except Exception as raised:
        told = faults.of(raised)
    (line,) = lines(said)
    assert CANARY not in said.getvalue() + told.message
    shown = line.get("exception") or line["error"]
    assert shown.startswith(error.__name__)
    assert "kit_rpc/test_telemetry.py:" in shown


@pytest.mark.parametrize(
    "text",
    ["019a1b2c-0123-7123-8123-012345678901", "2026-11-22T21:04:44.797200Z", "10.0.12.255:50051", "0af7651916cd43dd",
     "version 0.1.0", "took 0.0912345 s"],
)  # fmt: skip
def test_what_only_looks_like_a_number_is_left(text: str) -> None:
    assert logs.mask(text) == text


def test_a_line_says_who_and_in_which_request_and_trace(said: io.StringIO) -> None:
    token = logs.request_id.set("r1")
    with access.acting_as(access.Principal(access.Kind.MEMBER, "m1")), traces.span("work"):
        logs.get("t").info("done")
        trace_id = traces.trace_id()
    logs.request_id.reset(token)
    (line,) = lines(said)
    assert (line["principal"], line["request_id"], line["trace_id"]) == ("member:m1", "r1", trace_id)
    assert (line["service"], line["env"], line["level"], line["logger"]) == ("x", "test", "info", "t")


def test_a_lost_database_is_said_in_one_line(said: io.StringIO) -> None:
    for _ in range(5):
        try:
            raise ConnectionRefusedError("nobody there")
        except ConnectionRefusedError:
            logging.getLogger("asyncpg.pool").warning("refill failed", exc_info=True)
    (line,) = lines(said)
    assert line["event"] == "refill failed: nobody there"
    assert "exception" not in line


def test_without_an_exporter_ids_are_still_handed_on() -> None:
    assert traces.traceparent() == ""
    with traces.span("in", parent=PARENT):
        assert traces.trace_id() == PARENT.split("-")[1]
        first = traces.traceparent()
        with traces.span("deeper"):
            second = traces.traceparent()
    assert len({PARENT, first, second}) == 3
    assert {text.split("-")[1] for text in (PARENT, first, second)} == {PARENT.split("-")[1]}
    assert traces.traceparent() == ""


@pytest.mark.parametrize(
    "bad", ["", "x", "00-0-0-00", PARENT[:-3], PARENT.upper(), f"ff{PARENT[2:]}", f"00-{'0' * 32}-{'0' * 16}-01"]
)
def test_a_broken_traceparent_begins_a_new_trace(bad: str) -> None:
    with traces.span("in", parent=bad):
        assert traces.trace_id() not in ("", PARENT.split("-")[1])


@pytest.fixture
def spans(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "spans"
    traces.configure("x", file=str(file))
    yield file
    traces.shutdown()


def exported(file: Path) -> dict[str, dict[str, Any]]:
    found = [json.loads(line) for line in file.read_text().splitlines()]
    return {span["name"]: span for span in found}


def test_children_point_to_their_parents(spans: Path) -> None:
    with traces.span("outer", kind=SpanKind.SERVER, parent=PARENT), traces.span("inner", attributes={"n": 1}):
        pass
    found = exported(spans)
    assert found["inner"]["parent_span_id"] == found["outer"]["span_id"]
    assert found["outer"]["parent_span_id"] == PARENT.split("-")[2]
    assert found["inner"]["attributes"] == {"n": 1}


def test_a_consumer_links_to_its_producers_and_is_no_child_of_theirs(spans: Path) -> None:
    with traces.span("recorded"):
        producer = traces.traceparent()
    with traces.consumed("handled", [producer, PARENT, "broken"]):
        pass
    found = exported(spans)
    links = {(link["trace_id"], link["span_id"]) for link in found["handled"]["links"]}
    assert links == {tuple(text.split("-")[1:3]) for text in (producer, PARENT)}
    assert found["handled"]["parent_span_id"] == ""
    assert found["handled"]["trace_id"] != found["recorded"]["trace_id"]


def test_a_failure_is_marked_without_its_text(spans: Path) -> None:
    with pytest.raises(ValueError, match="secret"), traces.span("failing"):
        raise ValueError("secret")
    assert exported(spans)["failing"]["status"] == "ERROR"
    assert "secret" not in spans.read_text()


def test_what_the_caller_does_not_sample_is_not_recorded(spans: Path) -> None:
    with traces.span("unwanted", parent=f"{PARENT[:-2]}00"):
        pass
    assert spans.read_text() == ""


async def test_a_generator_closed_elsewhere_leaves_no_error(spans: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def numbers() -> AsyncIterator[int]:
        with traces.span("stream"):
            yield 1
            yield 2

    generator = numbers()
    assert await asyncio.create_task(anext(generator)) == 1  # type: ignore[arg-type]
    await generator.aclose()  # type: ignore[attr-defined]
    assert caplog.records == []
    assert "stream" in exported(spans)


def test_every_promised_metric_has_its_name() -> None:
    text = metrics.render().decode()
    for name in (
        "rpc_server_seconds", "db_pool_wait_seconds", "db_pool_in_use", "outbox_oldest_seconds", "inbox_lag",
        "dlq_size", "saga_due", "saga_needs_attention", "pos_streams", "pos_unacked", "batch_size",
        "batch_wait_seconds", "invariant_violations", "otp_completion_ratio",
    ):  # fmt: skip
        assert f"# TYPE omo_{name} " in text
