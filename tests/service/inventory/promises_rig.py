"""Plays programs of promises, decisions and facts through the real service, beside a model of them."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from itertools import count
from typing import Any

from omo.inventory.v1 import stock_service_pb2, transfers_pb2
from omo.storefacts.v1 import facts_pb2
from services.inventory.sourcing.domain import Assignment
from services.inventory.stock.deciding import Deciding
from services.inventory.stock.domain import Hold, Line, Meanwhile, Who
from services.inventory.stock.domain_commands import Ask, Command, Release
from services.inventory.stock.facts import Facts
from services.inventory.stock.wire_facts import frame
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory, movement, new
from tests.service.inventory.floor_rig import Floor
from tests.service.inventory.promises_oracle import Book, Promise
from tests.service.inventory.promises_seen import Seen
from tests.service.inventory.test_promises_broken import repair

POOLS = {"AB": "AB", "B": "B", "BC": "BC", "ACD": "ACD", "ABCD": "ABCD"}
WHO = Who("service", "order")
_numbers = count(1)


class World(Seen):
    """What is there, and who was promised how much of what, beside the service."""

    def __init__(self, inventory: Inventory, *stock: dict[str, int]) -> None:
        self.inventory = inventory
        self.floor = Floor(inventory)
        self.number = next(_numbers)
        self.books = [Book(f"M{self.number}-{n}", Counter(one)) for n, one in enumerate(stock)]
        self.sequence = 0
        # what was decided, in the order in which it was
        self.decided: list[tuple[Command, Hold | Exception]] = []
        self._listen(inventory.ground.holds._deciding)

    def _listen(self, deciding: Any) -> None:
        """One batch is decided after the other; in it, whoever needs no second look comes first."""

        async def near(commands: Sequence[Command]) -> Any:
            answers, left = await Deciding.near(deciding, commands)
            self.decided += [(commands[n], one) for n, one in enumerate(answers) if n not in left]
            return answers, left

        async def far(commands: Sequence[Command]) -> Any:
            answers = await Deciding.far(deciding, commands)
            self.decided += zip(commands, answers, strict=True)
            return answers

        deciding.near, deciding.far = near, far

    async def play(self, steps: Sequence[tuple[Any, ...]]) -> None:
        await self.inventory.put_products(*(book.sku for book in self.books))
        opening = [movement(book.sku, place, units) for book in self.books for place, units in book.there.items()]
        if opening := [one for one in opening if one.quantity]:
            await self.inventory.post(*opening)
        for step in [*steps, ("mend",)]:
            await getattr(self, step[0])(*step[1:])
            self.inventory.clock.advance(seconds=1)
            await self.check(step)
        await self.inventory.proving.example()

    # decisions

    async def together(self, *asks: tuple[Any, ...]) -> None:
        """All at once: they are decided in batches, each as if it were alone."""
        before, self.decided = await self.short(), []
        sent = [await getattr(self, f"_{verb}")(*given) for verb, *given in asks]
        await asyncio.gather(*(one for one in sent if one is not None), return_exceptions=True)
        assert len(self.decided) == sum(one is not None for one in sent)
        for command, answer in self.decided:
            self._replay(command, answer)
        assert await self.short() <= before, "no decision takes what somebody has"

    async def _pool(self, sku: int, pool: str, units: int, other: int) -> Coroutine[Any, Any, Any]:
        return self._do(self._ask(sku, units, other, pool=pool))

    async def _pin(self, sku: int, place: str, units: int, other: int) -> Coroutine[Any, Any, Any]:
        return self._do(self._ask(sku, units, other, place=place))

    async def _transfer(self, sku: int, place: str, units: int, other: int) -> Coroutine[Any, Any, Any]:
        wanted = [(self.books[sku].sku, units), (self.books[1 - sku].sku, other)]
        lines = [transfers_pb2.TransferLine(sku=one, quantity=many) for one, many in wanted if many]
        there = "A" if place != "A" else "B"
        draft = await self.floor.do("CreateTransfer", from_location_id=place, to_location_id=there, lines=lines)
        return self.floor.do("ApproveTransfer", transfer_id=draft.transfer.transfer_id)

    async def _release(self, which: int, *_: Any) -> Coroutine[Any, Any, Any] | None:
        one = self.pick(which, lambda one: not one.confirmed and not one.transfer)
        return self._do(Release(one.id, WHO)) if one else None

    def _ask(self, sku: int, units: int, other: int, *, pool: str = "", place: str = "") -> Ask:
        wanted = [(self.books[sku].sku, units), (self.books[1 - sku].sku, other)]
        lines = [Line(n, one, place, many, pool_id=pool) for n, (one, many) in enumerate(wanted, 1) if many]
        hold_id = f"00000000-0000-7000-8000-{next(_numbers):012d}"
        return Ask(hold_id, tuple(lines), b"f", WHO, order_id=hold_id)

    async def _do(self, command: Command) -> Hold:
        return await self.inventory.ground.holds.do(command)

    def _replay(self, command: Command, answer: Hold | Exception) -> None:
        if not isinstance(command, Ask):
            assert isinstance(answer, Hold), answer
            return self.forget(command.hold_id)
        feasible = all(self.book(one.sku).fits((self._choice(one), one.quantity)) for one in command.lines)
        if not isinstance(answer, Hold):
            told = (getattr(answer, "reason", repr(answer)), feasible)
            assert told == ("OUT_OF_STOCK", False), f"what is feasible is accepted: {command}"
            return None
        assert feasible, f"what is accepted is feasible: {command}"
        kind, _, rest = command.hold_id.partition(":")
        for one in command.lines:
            made = Promise(command.hold_id, one.line_no, POOLS.get(one.pool_id, ""), _age(answer))
            made.transfer = rest.partition(":")[0] if kind == "transfer" else ""
            if one.pool_id:
                made.open = one.quantity
            else:
                made.bound[one.location_id] = one.quantity
            self.book(one.sku).promises[made.id] = made
        return None

    def _choice(self, line: Line) -> str:
        return POOLS[line.pool_id] if line.pool_id else line.location_id

    async def call_off(self, which: int) -> None:
        if one := self.pick(which, lambda one: bool(one.transfer)):
            await self.floor.do("CancelTransfer", transfer_id=one.transfer)
            self.forget(one.id)

    async def confirm(self, which: int) -> None:
        if one := self.pick(which, lambda one: not one.confirmed and not one.transfer):
            mine = sorted(self.lines(one.id), key=lambda pair: pair[1].line_no)
            await self.inventory.hear(news.confirmed(one.id, *((b.sku, line.units) for b, line in mine), place=""))
            for _, line in mine:
                line.confirmed = True

    async def cancel(self, which: int) -> None:
        if one := self.pick(which, lambda one: one.confirmed):
            await self.inventory.hear(news.cancelled(one.id))
            self.forget(one.id)

    async def assign(self, which: int, place: str, units: int) -> None:
        """Undecided units of a line get their place, as far as nobody else loses his for it."""
        if not (one := self.pick(which, lambda one: one.confirmed and bool(one.open))):
            return
        book, units = self.home(one), min(units, one.open)
        before, stood, known = book.most(book.demands()), book.whole(), (one.open, one.nowhere)
        one.open -= units
        one.nowhere = max(0, one.nowhere - max(0, units - (known[0] - known[1])))
        must = book.fits((place, units))
        may = book.most([*book.demands(), (place, units)]) >= before
        may = may and (not stood or book.fits((place, units), rest=book.demands(lost=False)))
        try:
            async with self.inventory.db.transaction() as tx:
                given = {one.id: [Assignment(one.line_no, book.sku, place, units)]}
                await self.sourced().assign(tx, given, self.inventory.clock())
        except Meanwhile:
            assert not must, "what can be assigned is assigned"
            one.open, one.nowhere = known
        else:
            assert may, "nobody loses his goods to an assignment"
            one.bound[place] += units

    # facts

    async def reject(self, which: int) -> None:
        """A place does not find what it was told to send: it stands elsewhere, or whoever asked last loses."""
        if not (one := self.pick(which, lambda one: one.confirmed and bool(one.bound))):
            return
        book, place = self.home(one), min(one.bound)
        units = one.bound.pop(place)
        one.refused.add(place)
        # as if it had stood there undecided
        one.open += units
        async with self.inventory.db.transaction() as tx:
            given = {one.id: [Assignment(one.line_no, book.sku, place, units)]}
            await self.sourced().reject(tx, given, self.inventory.clock())
        await self.settled(book, regains=False)

    async def sell(self, sku: int, place: str, units: int) -> None:
        """Whatever was promised: it was sold offline."""
        book, at = self.books[sku], self.inventory.clock()
        await self.inventory.hear(news.recorded(news.sale(new(), (book.sku, units), place=place, at=at)))
        book.there[place] -= units

    async def receive(self, sku: int, place: str, units: int) -> None:
        await self.inventory.post(movement(self.books[sku].sku, place, units, "RECEIPT"))
        self.books[sku].there[place] += units

    async def count(self, sku: int, place: str, units: int) -> None:
        book = self.books[sku]
        await self._tell(place, counted=facts_pb2.StockCounted(sku=book.sku, quantity=units))
        book.there[place] = units - book.damaged[place]

    async def damage(self, sku: int, place: str, units: int) -> None:
        book = self.books[sku]
        await self._tell(place, damaged=facts_pb2.StockDamaged(sku=book.sku, quantity=units, reason="torn"))
        book.there[place] -= units
        book.damaged[place] += units

    async def _tell(self, place: str, **what: Any) -> None:
        self.sequence += 1
        one = facts_pb2.StockFact(fact_id=new(), **what)
        one.business_time.FromDatetime(self.inventory.clock())
        given = facts_pb2.StockFrame(first_sequence=self.sequence, facts=[one])
        till = f"till-{self.number}"
        request = stock_service_pb2.RecordStockRequest(terminal_id=till, location_id=place, frame=given)
        payloads, entries, _ = frame(request, self.inventory.clock())
        await Facts(self.inventory.db, self.inventory.clock, "UTC").take(till, self.sequence, payloads, entries)

    async def mend(self) -> None:
        """What facts have timed, as the timers' loop does it."""
        await repair(self.inventory)
        await self.settled(*self.books, regains=True)


def _age(hold: Hold) -> tuple[float, str]:
    return (hold.create_time.timestamp(), hold.hold_id)
