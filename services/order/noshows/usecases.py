"""The terms of what is not collected, where members stand by them, and their word against it."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kit import access, outbox, pages, requests, timers
from kit.access import Kind, NotYours
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request, RequestRunning
from kit.timers import Due
from omo.member.v1 import credit_service_pb2 as credit_pb
from omo.order.v1 import noshow_service_pb2 as pb
from omo.type.v1 import money_pb2
from services.order.fulfilment import store_reads
from services.order.fulfilment import wire as tasks
from services.order.fulfilment.usecases_tasks import mine
from services.order.noshows import domain, store, wire
from services.order.noshows.domain import Appeal, AppealClosed, NoShow, Policy
from services.order.noshows.unclaimed import Unclaimed, weigh

if TYPE_CHECKING:
    from omo.member.v1.credit_service_pb2_grpc import CreditServiceAsyncStub

FEE_BACK = "noshow.fee_back"
_SECONDS = 5.0
_SOON = timedelta(minutes=1)
_BEGIN = (datetime(1970, 1, 1, tzinfo=UTC), "00000000-0000-0000-0000-000000000000")


class NoShows:
    """Headquarters write the terms and settle appeals; members see where they stand, and say their word."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        unclaimed: Unclaimed,
        credit: "CreditServiceAsyncStub",
        currency: str,
        page_key: bytes,
    ) -> None:
        self._db = db
        self._clock = clock
        self._unclaimed = unclaimed
        self._credit = credit
        self._currency = currency
        self._page_key = page_key + b" noshows"

    async def policy(self) -> pb.NoShowPolicy:
        """The terms in force."""
        async with self._db.read() as tx:
            return wire.shown_policy(await store.newest(tx))

    async def put(self, asked: Request, given: Policy) -> pb.PutNoShowPolicyResponse:
        """The next version of them."""
        given = domain.checked(given)

        async def work(tx: Tx) -> pb.PutNoShowPolicyResponse:
            version = (await store.newest(tx)).version + 1
            fresh = Policy(version, given.window_days, given.grace_days, given.steps)
            if not await store.put(tx, fresh, self._clock(), access.current().actor):
                raise RequestRunning("somebody else changes the terms", request_id=asked.request_id)
            return pb.PutNoShowPolicyResponse(policy=wire.shown_policy(fresh))

        return await requests.once(self._db, asked, work, pb.PutNoShowPolicyResponse)

    async def standing(self, member_id: str) -> pb.GetPickupStandingResponse:
        """What a member did not collect, and what follows from it now."""
        access.require_member(member_id)
        async with self._db.read() as tx:
            policy, found = await store.newest(tx), await store.of_member(tx, member_id)
        now = self._clock()
        times = [one.business_time for one in found if one.counts]
        counted = domain.number(policy, times, now) - 1
        fee = policy.fee(counted + 1) if policy.counts else 0
        return pb.GetPickupStandingResponse(
            no_shows=map(_shown, found),
            measures=wire.in_force(domain.in_force(policy, times, now)),
            counted=counted,
            next_fee=money_pb2.Money(currency_code=self._currency, minor_units=fee),
        )

    async def back_to_shelf(self, asked: Request, fulfilment_id: str) -> pb.ReturnToShelfResponse:
        """The store put it back."""

        async def work(tx: Tx) -> pb.ReturnToShelfResponse:
            mine(await store_reads.find(tx, fulfilment_id), fulfilment_id)
            ended, noshow = await self._unclaimed.back_to_shelf(tx, fulfilment_id, asked.request_id)
            return pb.ReturnToShelfResponse(
                fulfilment=tasks.fulfilment(ended), no_show=_shown(noshow) if noshow else None
            )

        return await requests.once(self._db, asked, work, pb.ReturnToShelfResponse)

    async def appeal(self, asked: Request, fulfilment_id: str, reason: str) -> pb.AppealNoShowResponse:
        """The member's word, once."""

        async def work(tx: Tx) -> pb.AppealNoShowResponse:
            found = _own(await store.find(tx, fulfilment_id), fulfilment_id)
            if not await store.appeal(tx, fulfilment_id, reason, self._clock()):
                raise AppealClosed("there is one appeal for each", fulfilment_id=fulfilment_id, state=found.appeal)
            after = await store.find(tx, fulfilment_id)
            return pb.AppealNoShowResponse(no_show=_shown(after or found))

        return await requests.once(self._db, asked, work, pb.AppealNoShowResponse)

    async def appeals(self, state: Appeal, size: int, token: str) -> pb.ListAppealsResponse:
        """Those that wait, or were decided so."""
        size, cursor = pages.page_size(size), pages.decode(token, self._page_key)
        after = (datetime.fromisoformat(cursor["t"]), cursor["f"]) if cursor else _BEGIN
        async with self._db.read() as tx:
            found = await store.appeals(tx, state, after, size)
        more = ""
        if len(found) == size and (last := found[-1]).appeal_time:
            more = pages.encode({"t": last.appeal_time.isoformat(), "f": last.fulfilment_id}, self._page_key)
        return pb.ListAppealsResponse(no_shows=map(_shown, found), next_page_token=more)

    async def settle(self, asked: Request, fulfilment_id: str, granted: bool, reason: str) -> pb.SettleAppealResponse:
        """What is granted counts no more from now on, and its fee comes back as shopping credit."""

        async def work(tx: Tx) -> pb.SettleAppealResponse:
            found, now = await store.find(tx, fulfilment_id), self._clock()
            if found is None or found.appeal is None:
                raise NotYours("nobody appealed", field="fulfilment_id", fulfilment_id=fulfilment_id)
            await store.lock_member(tx, found.member_id)
            state = Appeal.GRANTED if granted else Appeal.REFUSED
            if not await store.settle(tx, fulfilment_id, state, reason, now, access.current().actor.id):
                raise AppealClosed("it was decided", fulfilment_id=fulfilment_id, state=found.appeal)
            if granted:
                await self._waive(tx, found, now)
            after = await store.find(tx, fulfilment_id)
            return pb.SettleAppealResponse(no_show=_shown(after or found))

        return await requests.once(self._db, asked, work, pb.SettleAppealResponse)

    async def fee_back_due(self, due: Due) -> None:
        """Gives back what was kept, once anybody knows whether it was."""
        async with self._db.read() as tx:
            found = await store.find(tx, due.key)
            assert found is not None, "a no-show is never deleted"
            taken, pending = await store.taken(tx, found.order_id, f"{found.fulfilment_id}:fee")
        if taken:
            ask = credit_pb.AdjustCreditRequest(
                request_id=f"{found.fulfilment_id}:fee",
                member_id=found.member_id,
                amount=taken,
                reason="NO_SHOW_WAIVED",
            )
            with access.acting_as(access.service("order")):
                await self._credit.AdjustCredit(ask, timeout=_SECONDS)
        async with self._db.transaction() as tx:
            if pending and not taken:
                await timers.again(tx, due, self._clock() + _SOON, "its order's money is still being let go")
            else:
                await timers.finish(tx, due)

    async def _waive(self, tx: Tx, found: NoShow, now: datetime) -> None:
        policy = await store.newest(tx)
        times = [one.business_time for one in await store.of_member(tx, found.member_id) if one.counts]
        await weigh(tx, policy, found.member_id, times, self._clock)
        if found.fee:
            await timers.schedule(tx, FEE_BACK, found.fulfilment_id, now)
        event = wire.unclaimed(found, now, waived=True)
        event.meta.event_id = uuid7()
        await outbox.append(tx, event)


def _shown(given: NoShow) -> pb.NoShow:
    return wire.noshow(given, access.current())


def _own(found: NoShow | None, fulfilment_id: str) -> NoShow:
    who = access.current()
    if found is None or (who.kind is Kind.MEMBER and found.member_id != who.id):
        raise NotYours("no such no-show", field="fulfilment_id", fulfilment_id=fulfilment_id)
    return found
