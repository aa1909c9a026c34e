"""What the wallet keeps of persons: the member reads all of it; nothing in it tells who he was once his key is gone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from kit.postgres import Tx
from services.member.privacy.parts import Blocker, Row
from services.member.value import ledger, posting, store
from services.member.value.domain import Account, Verb
from services.member.value.ledger import Why
from services.member.vault import Vault

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
# none of those that are used up
_LAST = datetime(9999, 1, 1, tzinfo=UTC)


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

    async def forfeit(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """What can still be spent ends, what is owed is written off; what an order holds stays its own."""
        lots = [lot for member_id in member_ids for lot in await store.of_member(tx, member_id, _LAST)]
        lots = list((await store.lock(tx, sorted(lot.lot_id for lot in lots))).values()) if lots else []
        moved = 0
        for lot in lots:
            why = Why(f"forfeit:{lot.lot_id}:{business_time.isoformat()}", business_time, "FORFEITED")
            if lot.active:
                moved += await posting.move(tx, Verb.EXPIRE, [(lot, lot.active)], Account.ACTIVE, Account.EXPIRED, why)
            if lot.owed:
                entries = ((lot.lot_id, Account.DEBT, lot.owed), (lot.lot_id, Account.VOID, -lot.owed))
                off = ledger.transfer(Verb.PAY_OFF, lot.kind, lot.member_id, 0, entries, why)
                moved += await posting.post(tx, [off])
        return moved

    async def hand_on(self, tx: Tx, member_ids: Sequence[str], taker_id: str, business_time: datetime) -> int:
        """Lots are the taker's, with their own dates."""
        return sum([len(await store.rehome(tx, member_id, taker_id)) for member_id in member_ids])

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Nothing to forget: books stay, and hold no words about the person."""
        return 0


HOLDING = ValueHolding()
