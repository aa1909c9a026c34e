"""Value that many orders held becomes spent together; whatever is out of the ordinary is spent one by one."""

from collections import Counter
from collections.abc import Sequence

from kit.postgres import Tx
from services.member.value import ledger, posting
from services.member.value import store as lots
from services.member.value.domain import Account, Part, State, Verb
from services.member.wallet import holding, store_batch
from services.member.wallet.holding import Spending


async def commit_all(tx: Tx, told: Sequence[Spending]) -> list[Spending]:
    """Spends of all that had held just what they used, in as many statements as of one; answers the others.

    The same as `holding.commit` of each, which the others are for. Their members are locked.
    """
    if not told:
        return []
    held, unsettled = await store_batch.parts(tx, sorted({one.order_id for one in told}))
    often = Counter(one.order_id for one in told)
    plain = [
        one
        for one in told
        if often[one.order_id] == 1 and one.order_id not in unsettled and _just(one, held.get(one.order_id, []))
    ]
    if plain:
        await _spend(tx, plain, held)
    done = {one.order_id for one in plain}
    return [one for one in told if one.order_id not in done]


async def _spend(tx: Tx, plain: Sequence[Spending], held: dict[str, list[Part]]) -> None:
    plain = sorted(plain, key=lambda one: one.order_id)
    spending = [one for one in plain if held.get(one.order_id)]
    if spending:
        await store_batch.spend_parts(tx, [(one.order_id, one.location_id, one.moment) for one in spending])
        locked = await lots.lock(tx, [part.lot_id for one in spending for part in held[one.order_id]])
        transfers = [
            transfer
            for one in spending
            for transfer in ledger.moves(
                Verb.SPEND,
                [(locked[part.lot_id], part.amount) for part in held[one.order_id]],
                Account.HELD,
                Account.SPENT,
                holding.of_order(one),
            )
        ]
        await posting.post(tx, transfers)
    await store_batch.commit_heads(tx, [one.order_id for one in plain])


def _just(told: Spending, parts: Sequence[Part]) -> bool:
    """Whether it holds all that it used, and nothing else."""
    used, had = Counter[holding.Thing](), Counter[holding.Thing]()
    for use in told.uses:
        used[holding.thing(use.kind, use.ref)] += use.takes
    for part in parts:
        had[holding.thing(part.kind, part.lot_id)] += part.amount
    return used == had and all(part.state is State.HELD for part in parts)
