"""Points that many orders held become spent together; what none held is owed, one by one."""

from collections.abc import Sequence
from dataclasses import replace

from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import ledger, posting
from services.member.points import store as members
from services.member.points import store_lots as lots
from services.member.points.domain import Account, Kind, Sale
from services.member.points.ledger import Transfer
from services.member.wallet import store_batch
from services.member.wallet.domain import Hold, State
from services.member.wallet.usecases import Wallet


async def commit_all(tx: Tx, wallet: Wallet, sales: Sequence[Sale]) -> None:
    """The same as `Wallet.commit` of each, in as many statements as of one where all of them had held."""
    if not sales:
        return
    once = {sale.order_id: sale for sale in sales}
    meant, balances = await members.lock_meant(tx, {sale.member_id for sale in sales})
    ended = await store_batch.ended(tx, sorted(once))
    standing = {order_id: sale for order_id, sale in once.items() if order_id not in ended}
    held = await store_batch.find(tx, standing)
    ripe = [
        (replace(hold, member_id=meant[standing[order_id].member_id]), standing[order_id])
        for order_id, hold in held.items()
        if hold.state is State.ACTIVE
    ]
    if ripe:
        await store_batch.commit(tx, [hold.hold_id for hold, _ in ripe])
        await lots.move_many(tx, _moves([hold for hold, _ in ripe]))
        await posting.post(tx, balances, [_redeemed(hold, sale) for hold, sale in ripe])
        for order_id in await store_batch.given_up(tx, [hold.hold_id for hold, _ in ripe]):
            await wallet.give_back(tx, order_id, standing[order_id].business_time)
    spent = {hold.hold_id for hold in held.values() if hold.state is not State.RELEASED}
    for order_id in sorted(standing.keys() - spent):
        await wallet.commit(tx, standing[order_id])


def _moves(holds: Sequence[Hold]) -> list[tuple[str, dict[str, tuple[int, int, int]]]]:
    """What leaves each lot: one row for each, also where two orders had held of it."""
    taken: dict[str, dict[str, tuple[int, int, int]]] = {}
    for hold in holds:
        own = taken.setdefault(hold.member_id, {})
        for lot_id, part in hold.parts:
            own[lot_id] = (0, 0, own.get(lot_id, (0, 0, 0))[2] - part)
    return list(taken.items())


def _redeemed(hold: Hold, sale: Sale) -> Transfer:
    entries = ledger.out_entries(hold.parts, Account.HELD, Account.SPENT)
    key, moment = f"{Kind.REDEEM.name.lower()}:{hold.hold_id}", sale.business_time
    return Transfer(
        hold.member_id, uuid7(), Kind.REDEEM, key, -hold.points, hold.hold_id, moment, "", "", tuple(entries)
    )
