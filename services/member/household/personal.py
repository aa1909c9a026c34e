"""What a shared card says of a person."""

from collections.abc import Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.household import store
from services.member.privacy.parts import Blocker, Row
from services.member.vault import Vault


class HouseholdHolding:
    """With whom somebody shares a card is not his alone to hand out: he is told when he shared one."""

    tables = ("household_members",)

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> dict[str, Sequence[Row]]:
        """When he came and went."""
        found = await store.stays(tx, member_ids)
        rows = [{"join_time": came.isoformat(), "leave_time": went.isoformat() if went else ""} for came, went in found]
        return {"shared_cards": rows}

    async def blockers(self, tx: Tx, member_ids: Sequence[str]) -> Sequence[Blocker]:
        """An owner leaves first: the pot is his then, and he sees what he gives up."""
        owned = await store.owned(tx, member_ids)
        return [Blocker("HOUSEHOLD_OWNED", len(owned))] if owned else []

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """He shares no card any more."""
        return await store.forget(tx, member_ids, business_time)


HOLDING = HouseholdHolding()
