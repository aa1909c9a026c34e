"""What a till embeds: record facts, price and sell with or without a line, and let the rest happen."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from omo.storefacts.v1 import facts_pb2
from omo.storelink.v1 import storelink_service_pb2 as pb
from omo_storelink import facts
from omo_storelink.baskets import Pricer
from omo_storelink.codes import MemberCodes
from omo_storelink.door import Door
from omo_storelink.errors import StorelinkError
from omo_storelink.facts import Fact
from omo_storelink.hears import Hears
from omo_storelink.invoices import Drawing, InvoiceNumbers
from omo_storelink.limits import Limits, Waiting
from omo_storelink.link import Link, Pace
from omo_storelink.questions import Questions
from omo_storelink.store_journal import Journal
from omo_storelink.store_reference import Reference
from omo_storelink.vouchers import Vouchers

_TRIM_EVERY = 3600.0
_STILL_THERE_EVERY = 60.0
_KEYS_EVERY = 3600.0
_KEYS = "member_code_keys"
_VOUCHERS = "vouchers"
_INVOICES = "invoices:"
_ALL = 1_000_000_000


class Till:
    """A journal and reference data on disk, and a link to the store door.

    `async with Till(folder, door) as till:` keeps a session; nothing else of it needs one.
    """

    def __init__(
        self,
        folder: Path | str,
        door: Door,
        *,
        app_version: str = "",
        hears: Hears | None = None,
        limits: Limits | None = None,
        receipt_block: str = "",
        facts_only: bool = False,
        pace: Pace | None = None,
    ) -> None:
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        self.door = door
        self.questions = Questions(door)
        self.journal = Journal.open(place / "journal.sqlite3")
        self.reference = Reference.open(place / "reference.sqlite3")
        self._hears = hears or Hears()
        self._limits = limits or Limits()
        self._block = receipt_block or door.terminal_id[-8:].upper()
        self.link = Link(
            door,
            self.journal,
            replace(self._hears, reference=self._referred, welcome=self._welcomed),
            app_version=app_version,
            cursors=self.reference.resume,
            facts_only=facts_only,
            pace=pace,
        )
        # reads the codes on members' screens
        self.member_codes = MemberCodes(self._keys())
        # numbers of electronic invoices, drawn here with a line or without
        self.invoice_numbers = _invoice_numbers(self.journal, self.reference, door.terminal_id)
        # what members may spend here without a line
        self.vouchers = _vouchers(self.journal, door.terminal_id)
        self._greeted = asyncio.Event()
        # one thread: a sync to disk must not hold up the event loop, and facts keep their order
        self._writer = ThreadPoolExecutor(1, "omo-journal")
        self._running: list[asyncio.Task[None]] = []

    def record_now(self, fact: Fact) -> int:
        """Records a fact from any thread; returns its sequence when it is on disk, so print the receipt now."""
        sequence = self.journal.record(facts.lane_of(fact), facts.key_of(fact), facts.written(fact))
        self.link.wake()
        return sequence

    async def record(self, fact: Fact) -> int:
        """The same without blocking the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self.record_now, fact)

    def sell_now(self, sale: facts_pb2.SaleFact) -> facts_pb2.SaleFact:
        """The sale with the next receipt number of this till's block, on disk; offline within the limits.

        The same sale_id again is the same sale, with the number it has.
        """
        offline = not self.link.connected
        if offline:
            self._limits.check(sale, self.waiting())

        def numbered(number: int) -> bytes:
            sold = facts_pb2.SaleFact()
            sold.CopyFrom(sale)
            sold.receipt_no, sold.offline = f"{self._block}-{number:07d}", offline
            if sold.HasField("invoice"):
                self.invoice_numbers.draw(sold)
            return facts.written(sold)

        _, payload = self.journal.record_numbered(facts_pb2.LANE_SALES, sale.sale_id, numbered)
        self.link.wake()
        return facts_pb2.SaleFact.FromString(payload)

    async def sell(self, sale: facts_pb2.SaleFact) -> facts_pb2.SaleFact:
        """The same without blocking the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self.sell_now, sale)

    def pricer(self, channel_id: str, currency: str) -> Pricer:
        """Prices for this till's store, from what the server last told."""
        return Pricer(self.reference, location_id=self.location_id, channel_id=channel_id, currency=currency)

    @property
    def location_id(self) -> str:
        """The store, as the server said at the first Welcome."""
        return self.journal.remembered("location")

    def correct(self, fact: Fact, sequence: int) -> None:
        """Puts a readable fact in the place of one that the door refused; its lane goes on."""
        self.journal.correct(facts.lane_of(fact), sequence, facts.key_of(fact), facts.written(fact))
        self.link.wake(corrected=True)

    def waiting(self) -> Waiting:
        """Sales that the server does not have yet, and how long it has been silent."""
        head = self.journal.head(facts_pb2.LANE_SALES)
        sales = [facts.read(facts_pb2.LANE_SALES, payload) for _, payload in self._unsent(head.acked)]
        total = sum(line.net_total for sale in sales for line in sale.lines)
        heard = float(self.journal.remembered("heard") or time.time())
        return Waiting(len(sales), total, 0.0 if self.link.connected else max(0.0, time.time() - heard) / 3600)

    def unacknowledged(self) -> int:
        """How many facts the server does not have yet."""
        heads = (self.journal.head(lane) for lane in facts.LANES)
        return sum(max(0, head.head - head.acked) for head in heads)

    async def synced(self, timeout: float) -> None:
        """Returns when the server has everything; raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while self.unacknowledged():
                self.link.changed.clear()
                await self.link.changed.wait()

    def noted(self) -> dict[int, dict[int, str]]:
        """By lane and sequence: facts that were refused or came into conflict, and wait for a person."""
        return {lane: found for lane in facts.LANES if (found := self.journal.noted(lane))}

    async def __aenter__(self) -> Self:
        self._running = [asyncio.create_task(work()) for work in self._work()]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.door.close()
        self.close()

    def close(self) -> None:
        """Closes the files."""
        self._writer.shutdown()
        self.journal.close()
        self.reference.close()

    def _unsent(self, acked: int) -> list[tuple[int, bytes]]:
        return self.journal.read(facts_pb2.LANE_SALES, acked + 1, _ALL)

    async def _welcomed(self, welcome: pb.Welcome) -> None:
        self.journal.remember("location", welcome.location_id)
        self.journal.remember("heard", str(time.time()))
        self._greeted.set()
        await self._hears.welcome(welcome)

    async def _referred(self, reference: pb.Reference) -> None:
        self.reference.take(reference)
        await self._hears.reference(reference)

    def _work(self) -> Sequence[Callable[[], Coroutine[Any, Any, None]]]:
        return (self.link.run, self._trim, self._still_there, self._learn_keys)

    async def _trim(self) -> None:
        while True:
            await asyncio.to_thread(self.journal.trim)
            await asyncio.sleep(_TRIM_EVERY)

    async def _still_there(self) -> None:
        while True:
            await asyncio.sleep(_STILL_THERE_EVERY)
            if self.link.connected:
                await asyncio.to_thread(self.journal.remember, "heard", str(time.time()))

    def _keys(self) -> dict[str, Any]:
        """The server's keys, as of the last time that there was a line."""
        known: dict[str, Any] = json.loads(self.journal.remembered(_KEYS) or "{}")
        return known

    async def _learn_keys(self) -> None:
        """Keys are published a day before their first use: an hour is soon enough."""
        while True:
            await self._greeted.wait()
            try:
                published = await self.questions.member_code_keys()
                self.member_codes.renew(json.loads(published))
                await asyncio.to_thread(self.journal.remember, _KEYS, published)
                await asyncio.sleep(_KEYS_EVERY)
            except (StorelinkError, ValueError):
                self._greeted.clear()
                await asyncio.sleep(_STILL_THERE_EVERY)


def _vouchers(journal: Journal, terminal_id: str) -> Vouchers:
    """Kept in the journal, with the keys of the last time that there was a line."""
    return Vouchers(
        lambda: journal.remembered(_VOUCHERS),
        lambda kept: journal.remember(_VOUCHERS, kept),
        lambda: json.loads(journal.remembered(_KEYS) or "{}"),
        terminal_id,
    )


def _invoice_numbers(journal: Journal, reference: Reference, terminal_id: str) -> InvoiceNumbers:
    """How many of a block were drawn stands in the journal, written with the sale."""
    drawing = Drawing(
        lambda block_id: int(journal.remembered(f"{_INVOICES}{block_id}") or -1),
        lambda block_id, digits: journal.mark(f"{_INVOICES}{block_id}", digits),
    )
    return InvoiceNumbers(lambda: reference.invoice_blocks(terminal_id), drawing)
