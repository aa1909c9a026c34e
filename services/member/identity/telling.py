"""Finds everybody who is known by what somebody shows: whoever holds it, and those who share it."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.identity import store_rules
from services.member.identity.domain import Identifier
from services.member.identity.domain_known import Known
from services.member.identity.domain_rules import Rules
from services.member.identity.register import Register
from services.member.identity.sharing import Sharing


class Telling:
    """What people must be told apart by."""

    def __init__(self, register: Register, sharing: Sharing) -> None:
        self._register = register
        self._sharing = sharing

    async def known(self, tx: Tx, identifiers: Sequence[Identifier], rules: Rules) -> list[Known]:
        """Strongest first; what never means a person is left out. Nobody begins to share them until `tx` ends."""
        shown = [one for one in identifiers if not rules.blocked(one)]
        holders = {one: await self._register.holder(tx, one) for one in shown}
        if locked := sorted({holder for holder in holders.values() if holder}):
            await store_rules.lock(tx, locked)
        strongest = sorted(shown, key=lambda one: rules.of(one.kind).strength)
        return [await self._of(tx, one, holders[one]) for one in strongest]

    async def _of(self, tx: Tx, one: Identifier, holder_id: str | None) -> Known:
        holder = await self._register.get(tx, holder_id) if holder_id else None
        others = await self._sharing.others(tx, [one])
        people = {it.member_id: it for it in ([holder] if holder else []) + others}
        return Known(one, tuple(people.values()), holder is not None)
