"""Gift cards of a person who is forgotten: they end with him, nobody finds one that belongs to no one."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.cards import store
from services.member.cards.usecases import deactivate
from services.member.privacy.parts import Row
from services.member.vault import Vault


class CardHolding:
    """The cards themselves are lots of value, which the wallet hands out."""

    tables: tuple[str, ...] = ()

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """Said with the wallet."""
        return {}

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Deactivates what was assigned to him."""
        return await deactivate(tx, await store.assigned(tx, member_ids), business_time, "ASSIGNEE_GONE")


HOLDING = CardHolding()
