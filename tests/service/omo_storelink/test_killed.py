"""A till that is killed between any two steps loses no sale whose receipt was printed, and repeats none."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.service.storelink.rig import Rig, eventually

_ROOT = Path(__file__).resolve().parents[3]


@asynccontextmanager
async def _process(folder: Path, address: str, sales: int, mode: str) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'gen'}"}
    module = "tests.service.omo_storelink.till_process"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, str(folder), address, str(sales), mode,
        cwd=_ROOT, env=environment, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def _printed(process: asyncio.subprocess.Process, lines: int) -> list[str]:
    assert process.stdout is not None
    found: list[str] = []
    async with asyncio.timeout(30):
        while len(found) < lines and (line := await process.stdout.readline()):
            found.append(line.decode().strip())
    return found


async def test_killed_between_receipt_and_send(rig: Rig, tmp_path: Path) -> None:
    async with _process(tmp_path / "t1", "127.0.0.1:1", 500, "alone") as process:
        receipts = await _printed(process, 120)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert receipts[-1] == "receipt 120"
    async with rig.till(tmp_path) as till:
        await till.synced(30)
        head = till.journal.head(1).head
        till.journal.verify(1)
    assert head >= 120
    assert await rig.lanes.stored("t1") == list(range(1, head + 1))


async def test_killed_between_send_and_ack(rig: Rig, tmp_path: Path) -> None:
    """The owner commits slowly; the till dies while its frames are under way, again and again."""
    chance, printed = random.Random(7), 0
    rig.lanes.slow = 0.05
    for _ in range(4):
        async with _process(tmp_path / "t1", rig.address, 10_000, "sending") as process:
            before = rig.lanes.calls.get("SALES", 0)
            receipts = await _printed(process, chance.randrange(20, 80))
            await eventually(lambda before=before: rig.lanes.calls.get("SALES", 0) > before)  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            await process.wait()
        printed = max(printed, int(receipts[-1].split()[1]))
    rig.lanes.slow = 0.0
    async with rig.till(tmp_path) as till:
        await till.synced(60)
        head = till.journal.head(1).head
    assert head >= printed
    assert await rig.lanes.stored("t1") == list(range(1, head + 1))
    assert await rig.lanes.conflicts("t1") == []
