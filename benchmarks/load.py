"""Everybody who asks over HTTP, as a process of its own: `python -m benchmarks.load FILE` runs the flows in a file.

A flow is a list of steps; what a step's answer names is put into the next
step's body. Nothing of a client library's cost is measured: a connection is a
socket, a request is bytes that were made before the clock ran.
"""

import asyncio
import gc
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import uvloop

TAKEN = "{taken}"
_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Step:
    """One request; `take` is where in the answer's JSON the next step finds what it needs."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    take: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run; times are milliseconds from the first request of an accepted flow to its last answer."""

    done: int
    seconds: float
    p50: float
    p99: float
    statuses: dict[str, int]
    cpu_ms: float
    # the first few refusals in full
    refusals: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """Accepted flows a second."""
        return self.done / self.seconds

    @property
    def refused(self) -> int:
        """Flows that ended with a refusal."""
        return sum(count for status, count in self.statuses.items() if int(status) >= 400)

    def only(self, *wanted: int) -> "Outcome":
        """The outcome, if no other status was answered."""
        odd = {status: count for status, count in self.statuses.items() if int(status) not in wanted}
        if odd:
            raise RuntimeError(f"unexpected answers: {odd}, such as {self.refusals}")
        return self


async def run(
    address: str, flows: Sequence[Sequence[Step]], clients: int, seconds: float, per_second: float = 0.0
) -> Outcome:
    """Runs flows in another process until time or flows are used up; with `per_second` at that pace."""
    asked = {
        "address": address,
        "flows": [[asdict(step) for step in flow] for flow in flows],
        "clients": clients,
        "seconds": seconds,
        "per_second": per_second,
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(asked, file)
        file.flush()
        command = (sys.executable, "-m", "benchmarks.load", file.name)
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the clients failed")
    return Outcome(**json.loads(said))


class Connection:
    """One keep-alive connection."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """The answer's status and body."""
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        assert self._reader is not None
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        length = int(lowered[at + 15 : lowered.index(b"\r\n", at)]) if at >= 0 else 0
        return int(head[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class Crowd:
    """All clients of a run."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._address = asked["address"]
        self._pace = asked["per_second"]
        self._seconds = asked["seconds"]
        self._clients = asked["clients"]
        self._flows = [[Step(**step) for step in flow] for flow in asked["flows"]]
        self._made = [[self._bytes(step) for step in flow] for flow in self._flows]
        self._times: list[float] = []
        self._statuses: Counter[int] = Counter()
        self._refusals: list[str] = []

    async def run(self) -> Outcome:
        connections = [Connection(self._address) for _ in range(self._clients)]
        numbers = iter(range(len(self._flows)))
        cpu, begun = _cpu_ms(), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for connection in connections:
                group.create_task(self._keep_asking(connection, numbers, begun))
        taken = time.perf_counter() - begun
        for connection in connections:
            connection.close()
        times = sorted(self._times)
        statuses = {str(status): count for status, count in self._statuses.items()}
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        refusals = tuple(self._refusals[:3])
        return Outcome(len(times), taken, p50 * 1e3, p99 * 1e3, statuses, _cpu_ms() - cpu, refusals)

    async def _keep_asking(self, connection: Connection, numbers: Iterator[int], begun: float) -> None:
        for number in numbers:
            due = begun + number / self._pace if self._pace else time.perf_counter()
            if due > begun + self._seconds:
                return
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            async with asyncio.timeout(_WITHIN):
                status = await self._flow(connection, number)
            self._statuses[status] += 1
            if status < 400:
                # at a pace, time runs from when it was due: a queue is not hidden
                self._times.append(time.perf_counter() - due)

    async def _flow(self, connection: Connection, number: int) -> int:
        taken, status = "", 0
        for step, made in zip(self._flows[number], self._made[number], strict=True):
            request = self._filled(step, taken) if TAKEN in step.body else made
            status, body = await connection.ask(request)
            if status >= 400:
                self._refusals.append(body.decode())
                return status
            if step.take:
                found = json.loads(body)
                for name in step.take:
                    found = found[name]
                taken = str(found)
        return status

    def _filled(self, step: Step, taken: str) -> bytes:
        return self._bytes(Step(step.method, step.path, step.headers, step.body.replace(TAKEN, taken)))

    def _bytes(self, step: Step) -> bytes:
        body = step.body.encode()
        headers = {"Host": self._address, **step.headers}
        if step.method != "GET":
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = (f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{step.method} {step.path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode() + body


def _cpu_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1e3


def main() -> None:
    """Runs the flows of the file; prints the outcome as JSON."""
    asked = json.loads(Path(sys.argv[1]).read_text())
    gc.freeze()  # who measures does not stand still to look through what was made before
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(asdict(runner.run(Crowd(asked).run()))))


if __name__ == "__main__":
    main()
