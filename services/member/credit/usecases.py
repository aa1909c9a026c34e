"""Gives and takes shopping credit by hand."""

from datetime import datetime

from kit import access
from kit.clock import Clock
from kit.postgres import Tx
from services.member.points import reading as members
from services.member.points import store as points
from services.member.value import domain_taking, posting, store
from services.member.value.domain import Account, Verb
from services.member.value.ledger import Why


class Credit:
    """What headquarters do to it; holds spend it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def adjust(
        self, tx: Tx, member_id: str, amount: int, ends: datetime | None, reason: str, request_id: str
    ) -> str:
        """A new piece of credit, or as much taken off the pieces that end first; gives whose it was."""
        now = self._clock()
        await members.require_member(tx, member_id)
        member_id = (await points.lock_meant(tx, [member_id]))[0][member_id]
        why = Why(f"{access.current().actor.encode()}:{request_id}", now, reason)
        if amount > 0:
            await posting.credit(tx, member_id, amount, ends, why)
            return member_id
        drawn = domain_taking.draw(await store.offered(tx, [], [member_id]), -amount, now)
        await posting.move(tx, Verb.ADJUST, drawn, Account.ACTIVE, Account.VOID, why)
        return member_id
