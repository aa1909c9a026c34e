"""What vouchers keep of persons: how much was out at which terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.privacy.parts import Row
from services.member.vault import Vault
from services.member.vouchers import store


class VoucherHolding:
    """They are books and stay."""

    tables = ("offline_vouchers",)

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """All of them."""
        found = await store.of_members(tx, list(member_ids))
        rows = [
            {"kind": one.kind.name, "amount": one.amount, "settled": one.settled, "until": one.expire_time.isoformat()}
            for one in found
        ]
        return {"offline_vouchers": rows}

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Nothing to forget."""
        return 0


HOLDING = VoucherHolding()
