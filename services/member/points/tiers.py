"""Taking back a tier that was reached only by what nobody will hand over."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from kit.postgres import Tx
from services.member.points import posting, store_sales
from services.member.points.domain import Program
from services.member.points.ledger import Balance


async def fall(
    tx: Tx, balances: Mapping[str, Balance], taken: Mapping[str, int], program: Program, now: datetime
) -> None:
    """Gives locked members the highest tier that their spend has reached at any time, if theirs is above that.

    What was earned honestly once stays (features 2.2.7), also under an older
    program: only an upgrade that the goods `taken` out of the count had caused
    goes with them, whichever was heard of first.
    """
    standing = {
        member_id: balance
        for member_id, balance in balances.items()
        if program.rank(balance.tier) > 0 and taken.get(member_id)
    }
    if not standing:
        return
    peaks = await store_sales.peak(tx, sorted(standing), program.qualifying_days)
    fallen = [
        balance
        for member_id, balance in standing.items()
        if _lower(balance, peaks.get(member_id), taken[member_id], program)
    ]
    if not fallen:
        return
    await posting.post(tx, balances, (), fallen)
    spends = await store_sales.spend(tx, [balance.member_id for balance in fallen], program.qualifying_days)
    told = {balance.member_id: spends.get(balance.member_id, (0, now)) for balance in fallen}
    await posting.tell(tx, fallen, told, program, now)


def _lower(balance: Balance, peak: tuple[int, datetime] | None, taken: int, program: Program) -> bool:
    spend, since = peak or (0, None)
    had, reached = program.tier(balance.tier), program.reached(spend)
    if had is None or not spend < had.min_spend <= spend + taken:
        return False
    balance.tier = reached.tier if reached else ""
    balance.tier_since_time = since if reached else None
    balance.tier_valid_until_time = since + timedelta(days=reached.valid_days) if reached and since else None
    balance.version += 1
    return True
