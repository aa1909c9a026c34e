"""Writes down whom the tills looked up, many looks in one commit."""

import random
from collections.abc import Iterable, Sequence

from kit import access
from kit.batcher import Batcher
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database
from services.member.identity import store, store_reads
from services.member.identity.store_reads import CHAINS, Read

_MOST = 64
_Looks = tuple[tuple[Read, store.Actor], ...]


class Looks:
    """The looks of one process.

    Each is linked to the one before it in its chain, whose head is locked until
    the commit: one by one, tills would wait for each other's disk. Together they
    take the head once.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        # any chain will do; replicas seldom meet in one
        self._chain = random.randrange(CHAINS)
        self._notes: Batcher[_Looks, None] = Batcher(self._write, _MOST, name="member.looks")

    async def note(self, rpc: str, member_ids: Iterable[str]) -> None:
        """The caller looked at these members; what cannot be written down must not be shown."""
        actor, now = access.current().actor, self._clock()
        by = store.Actor(actor.kind, actor.id, actor.terminal_id)
        await self._notes.submit(
            tuple((Read(uuid7(), member_id, None, rpc, "", True, now), by) for member_id in member_ids)
        )

    async def _write(self, asked: Sequence[_Looks]) -> list[Exception | None]:
        async with self._db.read() as tx:  # one statement needs no BEGIN
            await store_reads.note(tx, [one for looks in asked for one in looks], self._chain)
        return [None] * len(asked)
