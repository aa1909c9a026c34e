"""What benefits keep of persons: the birthday, as a digest that only we can read, and the first store purchase."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from services.member.benefits import domain, store
from services.member.privacy.parts import Row
from services.member.vault import Vault


class BenefitHolding:
    """Benefits themselves are lots of value, which the wallet hands out."""

    tables = ("birthdays", "store_buyers")

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def export(self, tx: Tx, member_ids: Sequence[str], vault: Vault) -> Mapping[str, Sequence[Row]]:
        """The birthday, read back by trying every day of a year."""
        days = {
            self._vault.digest("birth day", str(month), str(day)): (month, day)
            for month in range(1, 13)
            for day in range(1, 32)
            if domain.is_day(month, day)
        }
        told = [days[digest] for digest in (await store.birthdays(tx, member_ids)).values() if digest in days]
        return {"birthday": [{"month": month, "day": day} for month, day in told]}

    async def erase(self, tx: Tx, member_ids: Sequence[str], business_time: datetime) -> int:
        """Forgets the birthday."""
        return await store.forget(tx, member_ids)
