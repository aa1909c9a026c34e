"""What the wallet keeps of persons: the member reads all of it; nothing in it tells who he was once his key is gone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from kit.postgres import Tx
from services.member.privacy.parts import Blocker, Row
from services.member.value import store
from services.member.vault import Vault

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class ValueHolding:
    """Lots and transfers are books and stay; they name a member by his id alone."""

    tables = ("value_lots", "value_transfers")

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """Everything in the wallet, used up or not."""
        lots = [lot for member_id in member_ids for lot in await store.of_member(tx, member_id, _FIRST)]
        return {
            "wallet": [
                {
                    "kind": lot.kind.name,
                    "name": lot.terms.name,
                    "issued": lot.issued,
                    "active": lot.active,
                    "issue_time": lot.issue_time.isoformat(),
                    "expire_time": lot.expire_time.isoformat() if lot.expire_time else "",
                }
                for lot in lots
            ]
        }

    async def blockers(self, tx: Tx, member_ids: Sequence[str]) -> Sequence[Blocker]:
        """What he can still spend, by kind; and what he owes."""
        found = [gain for member_id in member_ids for gain in await store.gains(tx, member_id)]
        return [Blocker("VALUE_HELD", count, amount, kind.name) for kind, count, amount in found if amount]

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Nothing to forget: books stay, and hold no words about the person."""
        return 0


HOLDING = ValueHolding()
