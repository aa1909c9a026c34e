"""What the books say of a person: handed out to him; forgotten only where they do without."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.points import leaving
from services.member.points import store_personal as store
from services.member.points.domain import Kind
from services.member.privacy.parts import Blocker, Row
from services.member.vault import Vault


class PointsHolding:
    """Points and tiers: sums, ids and times, which stay; a member's own date goes."""

    tables = (
        "points_balances",
        "points_transfers",
        "points_entries",
        "points_lots",
        "points_returns",
        "qualifying_spend",
        "qualifying_returns",
        "tier_changes",
        "tier_imports",
        "tier_dates",
        "tier_notices",
    )

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """As he would read it on a statement."""
        statement = [{**row, "kind": Kind(row["kind"]).name} for row in await store.statement(tx, member_ids)]
        return {
            "points": [_plain(row) for row in statement],
            "points_lots": [_plain(row) for row in await store.lots(tx, member_ids)],
            "tiers": [_plain(row) for row in await store.tiers(tx, member_ids)],
            "counted_toward_tiers": [_plain(row) for row in await store.counted(tx, member_ids)],
        }

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Forgets the date on whose anniversaries his tier ends; ledgers are books and stay."""
        return await store.forget_dates(tx, member_ids)

    async def forfeit(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """What he left is the brand's."""
        return await leaving.forfeit(tx, member_ids, business_time)

    async def hand_on(self, tx: Tx, member_ids: Sequence[str], taker_id: str, business_time: datetime) -> int:
        """What he left is somebody's who has proved that it is his."""
        return await leaving.hand_on(tx, member_ids, taker_id, business_time)

    async def blockers(self, tx: Tx, member_ids: Sequence[str]) -> Sequence[Blocker]:
        """Points that he would lose, and such as an order waits for."""
        points, held = await store.standing(tx, member_ids)
        told = (("POINTS_LEFT", points), ("POINTS_HELD", held))
        return [Blocker(reason, amount=amount) for reason, amount in told if amount]


def _plain(row: Mapping[str, object]) -> Row:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value if value is not None else ""
        for name, value in row.items()
    }
