"""Gives and takes shopping credit by hand, and gives what order refunds so."""

import uuid
from datetime import datetime

from kit import access
from kit.access import Kind
from kit.clock import Clock
from kit.postgres import Tx
from kit.requests import RequestReused
from services.member.points import reading as members
from services.member.points import store as points
from services.member.value import domain_taking, posting, store
from services.member.value.domain import Account, Verb
from services.member.value.ledger import Why

_NAMES = uuid.UUID("b42b1784-821f-4fa7-bebc-7bb7c563bd6c")


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
        principal = access.current()
        if amount > 0 and principal.kind is Kind.SERVICE:
            await self._once(
                tx, member_id, amount, ends, Why(f"{principal.kind}:{principal.id}:{request_id}", now, reason)
            )
            return member_id
        why = Why(f"{principal.actor.encode()}:{request_id}", now, reason)
        if amount > 0:
            await posting.credit(tx, member_id, amount, ends, why)
            return member_id
        drawn = domain_taking.draw(await store.offered(tx, [], [member_id]), -amount, now)
        await posting.move(tx, Verb.ADJUST, drawn, Account.ACTIVE, Account.VOID, why)
        return member_id

    async def _once(self, tx: Tx, member_id: str, amount: int, ends: datetime | None, why: Why) -> None:
        """Another service's request is given once for ever: it may ask again long after requests are forgotten.

        The piece of credit has the request's own name, so that neither the lot
        nor its transfer can be written twice.
        """
        lot_id = str(uuid.uuid5(_NAMES, why.key))
        given = await store.look(tx, lot_id)
        if given is None:
            await posting.credit(tx, member_id, amount, ends, why, lot_id)
        elif given.issued != amount:
            raise RequestReused("by this request another amount was given", amount=str(given.issued))
