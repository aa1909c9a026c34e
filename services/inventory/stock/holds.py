"""Holds, releases and extensions, many in one transaction."""

from collections.abc import Sequence
from datetime import timedelta

from kit import faultpoints
from kit.batcher import Batcher
from kit.clock import Clock
from kit.postgres import Database
from services.inventory.stock import domain_lives, store_holds
from services.inventory.stock.deciding import Deciding
from services.inventory.stock.domain import Hold, State
from services.inventory.stock.domain_commands import Ask, Command, Expire, Reach
from services.inventory.stock.domain_limits import NONE
from services.inventory.stock.domain_refusals import HoldLimit, HoldNotFound
from services.inventory.stock.limits import PlainRules, Rules

_SWEEP = 200
_FORGET = 500
_BATCH = 128
# a flash sale comes all at once, and its losers must be told so, not to come again
_QUEUE = 4_096

faultpoints.register("inventory.holds.after_commit")


class Holds:
    """Who has what promised. Concurrent commands share a transaction (group commit)."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        keep: timedelta = timedelta(days=60),
        *,
        batch: int = _BATCH,
        rules: Rules | None = None,
        most: int = 20,
    ) -> None:
        self._db = db
        self._clock = clock
        self._keep = keep
        self._most = most
        self._rules = rules or PlainRules()
        self._deciding = Deciding(db, clock, self._rules)
        self._batcher: Batcher[Command, Hold] = Batcher(self.run, batch, _QUEUE, name="stock.holds")

    async def do(self, command: Command) -> Hold:
        """Does one command, together with whatever else is asked at the moment."""
        if isinstance(command, Ask) and command.own:
            await self._room(command)
        return await self._batcher.submit(command)

    async def drain(self) -> None:
        """Waits until nothing is in hand."""
        await self._batcher.drain()

    async def get(self, hold_id: str, reach: Reach) -> Hold:
        """One hold; what is out of the caller's reach is not told from one that never was."""
        async with self._db.read() as tx:
            hold = (await store_holds.by_id(tx, [hold_id])).get(hold_id)
        if hold is None or not reach.covers(hold):
            raise HoldNotFound(hold_id)
        return hold

    async def _room(self, ask: Ask) -> None:
        """Refuses a shopper who has so many already; who asks for several at once may get a few more."""
        async with self._db.read() as tx:
            standing = await store_holds.own(tx, ask.member_id, ask.hold_id, self._clock())
        if standing >= self._most:
            raise HoldLimit(self._most)

    async def sweep(self) -> int:
        """Ends cart holds whose time has passed; returns how many it found."""
        async with self._db.read() as tx:
            due = await store_holds.due(tx, self._clock(), _SWEEP)
        if due:
            await self.run([Expire(hold_id) for hold_id in due])
        return len(due)

    async def forget(self) -> bool:
        """Deletes a slice of the holds that ended long ago; True if there may be more."""
        async with self._db.transaction() as tx:
            return await store_holds.forget(tx, self._clock() - self._keep, _FORGET) == _FORGET

    async def run(self, commands: Sequence[Command]) -> list[Hold | Exception]:
        """Decides the commands in their order and commits what they changed; one answer each.

        What asks for more than is free where it asks is decided again with
        every level of its goods in view: promises that may stand elsewhere
        are moved away for it.
        """
        answers, left = await self._deciding.near(commands)
        faultpoints.hit("inventory.holds.after_commit")
        if left:
            for number, answer in zip(left, await self._deciding.far([commands[n] for n in left]), strict=True):
                answers[number] = answer
        return answers

    async def hold_one(self, ask: Ask) -> bool:
        """The reference: the same promise by one statement of its own, after the sweep; False if refused.

        No call comes here and no setting leads here: it is for tests, which
        prove the batch right by it. It is slower the more want the same thing.
        """
        while await self.sweep() == _SWEEP:
            pass
        now = self._clock()
        async with self._db.transaction() as tx:
            goods = domain_lives.open_to_rules([ask], ())
            limits = await self._rules.load(tx, goods, ()) if goods else NONE
            ttl = domain_lives.life(limits, ask, ask.lines)
            expires = now + ttl if ttl else None
            head = (ask.lines, now, expires, ask.order_id, ask.member_id, ask.fingerprint)
            hold = Hold(ask.hold_id, State.ACTIVE, *head)
            return await store_holds.hold_one(tx, hold, ask.who)
