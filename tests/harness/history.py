"""What each client asked and heard, in order: the evidence that checkers compare with the end state."""

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import grpc
import httpx

from kit.errors import Code, Fault

# The caller cannot know whether these happened.
_UNKNOWN = {Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.INTERNAL}
_UNKNOWN_STATUS = {grpc.StatusCode[code.value] for code in _UNKNOWN} | {
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.CANCELLED,
}


class Outcome(StrEnum):
    """`ok` must be there at the end, `fail` must not, `info` may, at most once."""

    INVOKE = "invoke"
    OK = "ok"
    FAIL = "fail"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a history."""

    t: float
    client: int
    op: str
    key: str
    type: Outcome
    value: Any = None


@dataclass(slots=True)
class Call:
    """A call that is under way; the one who makes it says how it ended."""

    history: "History"
    client: int
    op: str
    key: str
    ended: bool = False

    def ok(self, value: Any = None) -> None:
        self._end(Outcome.OK, value)

    def fail(self, value: Any = None) -> None:
        self._end(Outcome.FAIL, value)

    def info(self, value: Any = None) -> None:
        self._end(Outcome.INFO, value)

    def _end(self, outcome: Outcome, value: Any) -> None:
        assert not self.ended, f"{self.op} {self.key} ended twice"
        self.ended = True
        self.history.append(self.client, self.op, self.key, outcome, value)


@dataclass(slots=True)
class History:
    """Append-only; `key` names the thing that the operation makes or moves."""

    entries: list[Entry] = field(default_factory=list)
    _clients: "itertools.count[int]" = field(default_factory=itertools.count)

    def client(self) -> int:
        """A number for one more concurrent client."""
        return next(self._clients)

    def append(self, client: int, op: str, key: str, outcome: Outcome, value: Any = None) -> None:
        self.entries.append(Entry(time.monotonic(), client, op, key, outcome, value))

    @contextmanager
    def call(self, client: int, op: str, key: str, value: Any = None) -> Iterator[Call]:
        """Writes the invocation, and its end: a refusal is `fail`, silence or a broken line is `info`.

        The error is taken, not passed on: the load goes on through faults.
        """
        self.append(client, op, key, Outcome.INVOKE, value)
        call = Call(self, client, op, key)
        try:
            yield call
        except (Fault, grpc.RpcError, httpx.HTTPError, OSError, TimeoutError) as error:
            call._end(Outcome.INFO if unknown(error) else Outcome.FAIL, repr(error))
        assert call.ended, f"nobody said how {op} {key} ended"

    def keys(self, op: str, outcome: Outcome) -> set[str]:
        """The keys whose strongest word on `op` is this outcome."""
        last: dict[str, Outcome] = {}
        for entry in self.entries:
            if entry.op == op and (entry.type is not Outcome.INVOKE or entry.key not in last):
                last[entry.key] = _stronger(last.get(entry.key), entry.type)
        return {key for key, found in last.items() if found is outcome}

    def write(self, path: Path) -> None:
        """One JSON object per line, for whoever reads a failure later."""
        path.write_text("".join(json.dumps(asdict(entry), default=str) + "\n" for entry in self.entries))


def _stronger(before: Outcome | None, now: Outcome) -> Outcome:
    """A key asked for again keeps the strongest word: ok, then info (it may have happened), then fail."""
    order = [Outcome.INVOKE, Outcome.FAIL, Outcome.INFO, Outcome.OK]
    return now if before is None else max(before, now, key=order.index)


def unknown(error: BaseException) -> bool:
    """Whether the caller cannot know if its call took effect."""
    if isinstance(error, Fault):
        return error.code in _UNKNOWN
    if isinstance(error, grpc.aio.AioRpcError):
        return error.code() in _UNKNOWN_STATUS
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    # a connection that was never made carried nothing
    return not isinstance(error, httpx.ConnectError | ConnectionRefusedError)


def check(history: History, op: str, found: dict[str, int]) -> list[str]:
    """I9: every ok is found once, no fail is found, each info at most once, and nothing that nobody asked for."""
    asked = {entry.key for entry in history.entries if entry.op == op}
    return [
        *(f"{op} {key} answered ok and is absent" for key in history.keys(op, Outcome.OK) if not found.get(key)),
        *(f"{op} {key} was refused and is there" for key in history.keys(op, Outcome.FAIL) if found.get(key)),
        *(f"{op} {key} is there {times} times" for key, times in found.items() if times > 1),
        *(f"{op} {key} is there and nobody asked for it" for key in found if key not in asked),
    ]
