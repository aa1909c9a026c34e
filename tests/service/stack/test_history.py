"""Histories tell refusals from silence, and their checker finds every planted lie."""

import json
from pathlib import Path

import httpx
import pytest

from kit.errors import Code, Fault
from tests.harness.history import History, Outcome, check


class Refused(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "OUT_OF_STOCK"


def _history(**ends: Outcome) -> History:
    history = History()
    for key, outcome in ends.items():
        history.append(0, "place", key, Outcome.INVOKE)
        history.append(0, "place", key, outcome)
    return history


def test_an_honest_end_passes() -> None:
    history = _history(a=Outcome.OK, b=Outcome.FAIL, c=Outcome.INFO, d=Outcome.INFO)
    assert check(history, "place", {"a": 1, "c": 1}) == []


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        ({"c": 1}, "place a answered ok and is absent"),
        ({"a": 1, "b": 1}, "place b was refused and is there"),
        ({"a": 2}, "place a is there 2 times"),
        ({"a": 1, "c": 2}, "place c is there 2 times"),
        ({"a": 1, "ghost": 1}, "place ghost is there and nobody asked for it"),
    ],
)
def test_each_lie_is_found(found: dict[str, int], complaint: str) -> None:
    history = _history(a=Outcome.OK, b=Outcome.FAIL, c=Outcome.INFO)
    assert check(history, "place", found) == [complaint]


def _fail_with(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Refused("none left"), Outcome.FAIL),
        (Fault("gone", code=Code.UNAVAILABLE, reason="UNAVAILABLE"), Outcome.INFO),
        (Fault("late", code=Code.DEADLINE_EXCEEDED, reason="DEADLINE_EXCEEDED"), Outcome.INFO),
        (httpx.ReadTimeout("late"), Outcome.INFO),
        (httpx.ConnectError("nobody there"), Outcome.FAIL),
        (
            httpx.HTTPStatusError("", request=httpx.Request("GET", "http://x"), response=httpx.Response(409)),
            Outcome.FAIL,
        ),
        (
            httpx.HTTPStatusError("", request=httpx.Request("GET", "http://x"), response=httpx.Response(503)),
            Outcome.INFO,
        ),
        (ConnectionResetError(), Outcome.INFO),
        (TimeoutError(), Outcome.INFO),
    ],
)
def test_an_error_is_a_refusal_only_if_nothing_can_have_happened(error: Exception, outcome: Outcome) -> None:
    history = History()
    with history.call(history.client(), "place", "a"):
        _fail_with(error)
    assert history.keys("place", outcome) == {"a"}


def test_a_retry_that_succeeds_outweighs_the_silence_before_it() -> None:
    history = _history(a=Outcome.INFO)
    with history.call(history.client(), "place", "a") as call:
        call.ok("answer")
    assert history.keys("place", Outcome.OK) == {"a"}
    assert history.keys("place", Outcome.INFO) == set()


def test_a_call_must_say_how_it_ended() -> None:
    history = History()
    with pytest.raises(AssertionError, match="nobody said"), history.call(0, "place", "a"):
        pass


def test_a_bug_in_the_load_is_not_swallowed() -> None:
    history = History()
    with pytest.raises(ZeroDivisionError), history.call(0, "place", "a"):
        raise ZeroDivisionError


def test_it_is_written_line_by_line(tmp_path: Path) -> None:
    history = _history(a=Outcome.OK)
    history.write(tmp_path / "history.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [(line["op"], line["key"], line["type"]) for line in lines] == [
        ("place", "a", "invoke"),
        ("place", "a", "ok"),
    ]
