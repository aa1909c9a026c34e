"""Holds of many members at once, in one transaction (group commit)."""

from collections.abc import Iterable, Sequence

from kit import access, faultpoints, schedules
from kit.access import Actor
from kit.batcher import Batcher
from kit.clock import Clock
from kit.postgres import Database, Tx
from services.member.points import store as members
from services.member.value import ledger
from services.member.value import store as lots
from services.member.value.domain import Account, Kind, Verb
from services.member.value.ledger import Why
from services.member.wallet import domain, domain_batch, holding, store_batch
from services.member.wallet.domain import Hold
from services.member.wallet.domain_batch import Ask, Books, Made
from services.member.wallet.usecases import TILL_HOLD

_BATCH = 128
_QUEUE = 4_096

faultpoints.register("member.holds.before_commit")


class Holds:
    """Sets aside what members spend; who asks at the same moment shares a transaction.

    `Wallet.hold` is the reference: the same by statements of its own for each.
    Members are locked first, in key order, then lots of value, as everywhere.
    """

    def __init__(self, db: Database, clock: Clock, *, batch: int = _BATCH) -> None:
        self._db = db
        self._clock = clock
        self._batcher: Batcher[Ask, Hold] = Batcher(self.run, batch, _QUEUE, name="wallet.holds")

    async def do(self, ask: Ask) -> Hold:
        """One hold, together with whatever else is asked at the moment."""
        return await self._batcher.submit(ask)

    async def drain(self) -> None:
        """Waits until nothing is in hand."""
        await self._batcher.drain()

    async def run(self, asks: Sequence[Ask]) -> list[Hold | Exception]:
        """Decides the asks in their order and commits what was granted; one answer each."""
        async with self._db.transaction() as tx:
            books, rule_version = await self._open(tx, asks)
            answers = domain_batch.decide(books, asks)
            if books.made:
                await self._write(tx, books, rule_version)
            faultpoints.hit("member.holds.before_commit")
        return answers

    async def _open(self, tx: Tx, asks: Sequence[Ask]) -> tuple[Books, str]:
        now = self._clock()
        named = {ask.member_id for ask in asks} - {domain.NOBODY}
        meant = (await members.lock_meant(tx, named))[0] if named else {}
        holds, frozen = await store_batch.look(tx, (ask.hold_id for ask in asks), meant.values())
        books = Books(now, meant, frozen, holds, {}, [])
        rule_version = ""
        if spenders := {meant[ask.member_id] for ask in asks if ask.points and ask.member_id in meant}:
            program = await members.program(tx)
            books.point_value, rule_version = program.point_value, program.rule_version
            books.points = await store_batch.spendable(tx, spenders, now)
        if uses := [(ask, use) for ask in asks for use in ask.uses]:
            creditors = {
                meant[ask.member_id] for ask, use in uses if use.kind is Kind.CREDIT and ask.member_id in meant
            }
            books.value = await lots.offered(tx, [use.ref for _, use in uses if use.ref], sorted(creditors))
        return books, rule_version

    async def _write(self, tx: Tx, books: Books, rule_version: str) -> None:
        ends = books.now + domain.TILL_HOLD
        if not await store_batch.write(tx, books.made, books.now, ends, rule_version):
            # alone each learns which of them it was
            raise domain.HoldRunning("the same hold is being made", hold_id=books.made[0].hold.hold_id)
        await schedules.schedule_many(
            tx, TILL_HOLD, [(one.hold.hold_id, ends, b"") for one in books.made if one.hold.terminal_id]
        )
        taking = [one for one in books.made if one.taken]
        if taking:
            await store_batch.insert_parts(tx, list(_parts(taking)))
            moved = [(transfer, _actor(one)) for one in taking for transfer in _transfers(one, books)]
            await lots.post(tx, [transfer for transfer, _ in moved], [actor for _, actor in moved])


def _actor(one: Made) -> Actor:
    kind, actor_id, terminal_id = one.ask.actor
    return Actor(access.Kind(kind), actor_id, terminal_id)


def _parts(taking: Iterable[Made]) -> Iterable[tuple[str, str, Kind, int, int]]:
    return ((one.hold.hold_id, *row) for one in taking for row in holding.rows(one.taken))


def _transfers(one: Made, books: Books) -> list[ledger.Transfer]:
    why = Why(one.hold.hold_id, books.now, order_id=one.hold.hold_id)
    moved = [(lot, amount) for lot, amount, _ in one.taken]
    return ledger.moves(Verb.HOLD, moved, Account.ACTIVE, Account.HELD, why)
