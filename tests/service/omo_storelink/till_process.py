"""A till in a process of its own, to be killed: prints a receipt for each sale, once it is in the journal."""

import asyncio
import sys
from pathlib import Path

from omo_storelink import Credential, Door, Hears, Pace, Till
from tests.service.storelink.rig import sale


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(folder: str, address: str, sales: int, mode: str) -> None:
    """mode: `alone` never connects; `sending` connects, and prints what is acknowledged too."""
    door = Door(address, Credential("t1", "t1"), insecure=True)
    till = Till(Path(folder), door, facts_only=True, hears=Hears(), pace=Pace(0.05, 0.2))
    begin = till.journal.head(1).head
    if mode == "alone":
        for number in range(begin + 1, begin + sales + 1):
            till.record_now(sale(number))
            _print(f"receipt {number}")
        await asyncio.Event().wait()
    async with till:
        for number in range(begin + 1, begin + sales + 1):
            await till.record(sale(number))
            _print(f"receipt {number}")
            if number % 7 == 0:
                await asyncio.sleep(0)
        await till.synced(60)
        _print("synced")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
