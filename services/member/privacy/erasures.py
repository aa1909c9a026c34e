"""Forgets a person: asks every service whether anything stands in the way, destroys the key, collects receipts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from kit import access, faultpoints, outbox, timers
from kit.clock import Clock
from kit.errors import Code, Fault
from kit.ids import uuid7
from kit.postgres import Tx
from kit.timers import Due
from services.member.points import reading
from services.member.privacy import domain_requests as domain
from services.member.privacy import store_erasures as store
from services.member.privacy import wire
from services.member.privacy.domain_requests import Erasure, ErasureState, Held, Receipt
from services.member.privacy.forfeits import Forfeits
from services.member.privacy.parts import Blocking, Holding
from services.member.profile import store_timeline

ASK = "privacy.erasure"
faultpoints.register("privacy.before_answer", "privacy.before_pivot", "privacy.before_receipt")
_AGAIN = timedelta(days=1)
_MEMBER = "member"


class Erasures:
    """One erasure at a time per person. Until the key is destroyed it can be taken back; afterwards nothing can."""

    def __init__(self, forfeits: Forfeits, clock: Clock) -> None:
        self._forfeits = forfeits
        self._clock = clock
        self._holdings: Sequence[Holding] = ()

    def bring(self, holdings: Sequence[Holding]) -> None:
        """What member itself forgets, and what of it stands in the way."""
        self._holdings = holdings
        self._forfeits.bring(holdings)

    async def request(self, tx: Tx, member_id: str, *, forfeit: bool) -> Erasure:
        """Asks; asked again while it is under way it may add that value is given up."""
        await reading.require_member(tx, member_id)
        ids = await store_timeline.ids(tx, member_id)
        now, actor = self._clock(), access.current().actor
        new = await store.add(tx, uuid7(), ids[0], forfeit, now, now + _AGAIN, (actor.kind, actor.id))
        if new is not None:
            await self._ask(tx, new, ids, now)
            return new
        there = await store.open_one(tx, ids[0])
        if there is None:
            raise Fault("another request just ended: ask again", code=Code.ABORTED, reason="REQUEST_RUNNING")
        if there.state is ErasureState.STARTED or not forfeit or there.forfeit_value:
            return there
        return await self._again(tx, replace(there, forfeit_value=True), now)

    async def cancel(self, tx: Tx, one: Erasure) -> Erasure:
        """The member stays."""
        if one.state in (ErasureState.STARTED, ErasureState.DONE):
            raise domain.ErasureStarted("the key is destroyed", erasure_id=one.erasure_id)
        ended = replace(one, state=ErasureState.CANCELLED, next_time=None, end_time=self._clock())
        await store.move(tx, ended)
        await timers.cancel(tx, ASK, one.erasure_id)
        return ended

    async def ask_again(self, tx: Tx, due: Due) -> None:
        """A day later: what stood in the way may be gone, who has not answered is asked once more."""
        one = await store.lock(tx, due.key)
        if one is not None and one.state in (ErasureState.ASKING, ErasureState.DELAYED):
            await self._again(tx, one, self._clock())

    async def answered(self, tx: Tx, erasure_id: str, service: str, asked: int, blockers: Sequence[Held]) -> None:
        """A service spoke; when all have, it is decided."""
        one = await store.lock(tx, erasure_id)
        if one is None or one.state is not ErasureState.ASKING or one.round != asked:
            return
        await store.answer(tx, erasure_id, service, asked, blockers)
        faultpoints.hit("privacy.before_answer")
        said = await store.answers(tx, erasure_id, asked)
        if not domain.complete(said):
            return
        ids = await store_timeline.ids(tx, one.member_id)
        found = [held for answers in said.values() for held in answers] + await self._own(tx, ids)
        standing = domain.standing(found, forfeit_value=one.forfeit_value)
        if standing:
            await store.move(tx, replace(one, state=ErasureState.DELAYED, blockers=tuple(standing)))
        else:
            await self._start(tx, one, ids)

    async def receipt(self, tx: Tx, erasure_id: str, service: str, rows: int, moment: datetime) -> None:
        """A service has forgotten; with the last one the person is forgotten everywhere."""
        one = await store.lock(tx, erasure_id)
        if one is None or one.state is not ErasureState.STARTED:
            return
        await store.receipt(tx, erasure_id, service, rows, moment)
        if domain.complete([found.service for found in await store.receipts(tx, erasure_id)]):
            now = self._clock()
            await store.move(tx, replace(one, state=ErasureState.DONE, end_time=now))
            await outbox.append(tx, wire.erased(one, now))
        faultpoints.hit("privacy.before_receipt")

    async def one(self, tx: Tx, erasure_id: str) -> tuple[Erasure, list[Receipt]]:
        """How far it is; raises NoSuchRequest, also for somebody else's."""
        found = await store.lock(tx, erasure_id)
        if found is None:
            raise domain.NoSuchRequest("no such erasure", field="erasure_id")
        return found, await store.receipts(tx, erasure_id)

    async def _again(self, tx: Tx, one: Erasure, now: datetime) -> Erasure:
        asked = replace(one, state=ErasureState.ASKING, round=one.round + 1, next_time=now + _AGAIN)
        await store.move(tx, asked)
        await self._ask(tx, asked, await store_timeline.ids(tx, one.member_id), now)
        return asked

    async def _ask(self, tx: Tx, one: Erasure, ids: Sequence[str], now: datetime) -> None:
        await outbox.append(tx, wire.erasure_asked(one, ids, now))
        await timers.schedule(tx, ASK, one.erasure_id, now + _AGAIN)

    async def _own(self, tx: Tx, ids: Sequence[str]) -> list[Held]:
        return [
            Held(found.reason, found.count, found.amount, found.subject_id)
            for holding in self._holdings
            if isinstance(holding, Blocking)
            for found in await holding.blockers(tx, ids)
        ]

    async def _start(self, tx: Tx, one: Erasure, ids: Sequence[str]) -> None:
        """The pivot: after this transaction nobody can read what was sealed, and nothing brings it back."""
        now = self._clock()
        rows = 0
        for holding in self._holdings:
            rows += await holding.erase(tx, ids, now)
        await store.bury(tx, one.erasure_id, ids, now)
        await store.move(tx, replace(one, state=ErasureState.STARTED, blockers=(), next_time=None, start_time=now))
        await store.receipt(tx, one.erasure_id, _MEMBER, rows, now)
        await timers.cancel(tx, ASK, one.erasure_id)
        await self._forfeits.begin(tx, one.erasure_id, ids, now)
        await outbox.append(tx, wire.erasure_started(one, ids, now))
        faultpoints.hit("privacy.before_pivot")
