"""Points between members and the pot that they share: an account of the ledger's own, lot by lot, with their dates."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.household import store
from services.member.points import domain, posting
from services.member.points import store as ledger_store
from services.member.points import store_lots as lots
from services.member.points.domain import Account, Kind
from services.member.points.ledger import NO_LOT, Balance, Entry, NewLot, Transfer


class Pots:
    """Each movement is a pair of transfers through the brand's account, as when members are made one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def move(self, tx: Tx, giver: str, taker: str, points: int, key: str) -> None:
        """Moves points that can be spent, first what runs out first; refuses more than there is."""
        now = self._clock()
        balances = await ledger_store.lock(tx, [giver, taker])
        had = {lot.lot_id: lot for lot in await lots.spendable(tx, giver, now)}
        parts = domain.take(list(had.values()), points)
        fresh = [
            NewLot(
                taker, uuid7(), None, [], [], part, had[lot_id].earn_time, now, had[lot_id].expire_time, "", active=part
            )
            for lot_id, part in parts
        ]
        await lots.move(tx, giver, {lot_id: (0, -part, 0) for lot_id, part in parts})
        await lots.insert(tx, fresh)
        out = [(Account.ACTIVE, lot_id, -part) for lot_id, part in parts]
        into = [(Account.ACTIVE, lot.lot_id, lot.points) for lot in fresh]
        await _post(tx, balances, giver, taker, (out, into), points, key, now)

    async def collect(self, tx: Tx, earned: Mapping[str, str]) -> None:
        """Puts what orders (order -> member) have earned into the pots of those who share a card; whole lots."""
        meant = await ledger_store.resolve(tx, earned.values())
        by_member: dict[str, list[str]] = defaultdict(list)
        for order_id, member_id in earned.items():
            by_member[meant[member_id]].append(order_id)
        for member_id, pot, since in await store.pots(tx, sorted(by_member)):
            balances = await ledger_store.lock(tx, [member_id, pot])
            found = await store.lots(tx, member_id, by_member[member_id], since)
            await self._give(tx, balances, member_id, pot, found)

    async def empty(self, tx: Tx, pot: str, owner_id: str) -> None:
        """Everything in a pot is its owner's."""
        balances = await ledger_store.lock(tx, [pot, owner_id])
        await self._give(tx, balances, pot, owner_id, await store.pot_lots(tx, pot))

    async def _give(
        self,
        tx: Tx,
        balances: Mapping[str, Balance],
        giver: str,
        taker: str,
        found: Sequence[tuple[str, int, int]],
    ) -> None:
        if not found:
            return
        await store.give(tx, giver, taker, [lot_id for lot_id, _, _ in found])
        into = [
            (account, lot_id, amount)
            for lot_id, pending, active in found
            for account, amount in ((Account.PENDING, pending), (Account.ACTIVE, active))
            if amount
        ]
        if not into:
            return
        out = [(account, lot_id, -amount) for account, lot_id, amount in into]
        points = sum(amount for _, _, amount in into)
        key = f"household:{found[0][0]}:{taker}"
        await _post(tx, balances, giver, taker, (out, into), points, key, self._clock())


async def _post(
    tx: Tx,
    balances: Mapping[str, Balance],
    giver: str,
    taker: str,
    sides: tuple[Sequence[Entry], Sequence[Entry]],
    points: int,
    key: str,
    now: datetime,
) -> None:
    out, into = sides
    gone = (*out, (Account.ISSUED, NO_LOT, points))
    come = ((Account.ISSUED, NO_LOT, -points), *into)
    transfers = [
        Transfer(giver, uuid7(), Kind.TRANSFER, key, -points, None, now, "HOUSEHOLD", "", gone),
        Transfer(taker, uuid7(), Kind.TRANSFER, key, points, None, now, "HOUSEHOLD", "", come),
    ]
    await posting.post(tx, balances, transfers)
