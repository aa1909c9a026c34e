"""Starts and ends whole processes for the tests."""

import asyncio
import contextlib
import json
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.settings import child_environment

ROOT = Path(__file__).parents[3]


@dataclass(slots=True)
class Child:
    """One process and what it says."""

    process: Process
    lines: list[dict[str, Any]]
    address_file: Path

    async def line(self, event: str, within: float = 20.0) -> dict[str, Any]:
        """Reads what the child says until this event; what went before is in `lines`."""
        async with asyncio.timeout(within):
            while True:
                for line in self.lines:
                    if line["event"] == event:
                        return line
                assert self.process.stdout is not None
                read = await self.process.stdout.readline()
                assert read, f"the child ended without {event!r}: {self.lines}"
                self.lines.append(_parsed(read))

    async def ended(self, within: float = 20.0) -> int:
        """The exit code."""
        assert self.process.stdout is not None
        async with asyncio.timeout(within):
            self.lines += [_parsed(line) for line in (await self.process.stdout.read()).splitlines()]
            return await self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        return {"event": line.decode(errors="replace").rstrip()}
    return found


@asynccontextmanager
async def child(folder: Path, name: str, **environment: str) -> AsyncIterator[Child]:
    """Runs tests.service.kit_rpc.child; killed at the end of the block if it still lives."""
    address_file = folder / f"{name}.address"
    given = {"OMO_ENV": "test", "OMO_NAME": name, "OMO_ADDRESS_FILE": str(address_file)} | environment
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.service.kit_rpc.child",
        cwd=ROOT,
        env=child_environment(PYTHONPATH=f"{ROOT}:{ROOT / 'gen'}", **given),
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        yield Child(process, [], address_file)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.kill()
        await process.wait()


async def http(address: str, path: str) -> tuple[int, str]:
    """One GET."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body
