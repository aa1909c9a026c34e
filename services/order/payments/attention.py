"""What people do about work that gave up: have it tried again, say that it is done, turn it back; all on record."""

from kit import access, fields, pages, pan, requests, schedules, timers
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.leases import Due
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.schedules import Stuck
from omo.order.v1 import attention_service_pb2 as pb
from services.order.checkout import store_reads, store_saga
from services.order.checkout.domain_saga import KIND as CHECKOUT
from services.order.checkout.domain_saga import Checkout, SagaFailed, Step
from services.order.checkout.usecases import Orders
from services.order.checkout.usecases_saga import Run, Saga
from services.order.payments import domain, domain_interventions, store, store_attention, wire_attention
from services.order.payments.domain_interventions import (
    AttentionUnknown,
    Intervention,
    InterventionRefused,
    Verb,
)

_LONGEST = 500
_TURNED_BACK = "TURNED_BACK"


class AttentionDesk:
    """The verbs RETRY, SKIP and COMPENSATE, refused where they would lose money or goods."""

    def __init__(self, db: Database, clock: Clock, orders: Orders, saga: Saga, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._orders = orders
        self._saga = saga
        self._page_key = page_key

    async def page(self, asked: pb.ListAttentionRequest) -> pb.ListAttentionResponse:
        """What waits for a person, by kind and key."""
        size = pages.page_size(asked.page_size)
        cursor = pages.decode(asked.page_token, self._page_key)
        after = (str(cursor["k"]), str(cursor["i"])) if cursor else ("", "")
        async with self._db.read() as tx:
            found = await schedules.stuck_after(tx, after, asked.kind, size + 1)
            orders = await store_attention.orders_of(tx, [one.key for one in found])
            shown = [wire_attention.attention(one, orders, await self._allowed(tx, one)) for one in found[:size]]
        more = {"k": found[size - 1].kind, "i": found[size - 1].key} if len(found) > size else None
        token = pages.encode(more, self._page_key) if more else ""
        return pb.ListAttentionResponse(items=shown, next_page_token=token)

    async def interventions(self, asked: pb.ListInterventionsRequest) -> pb.ListInterventionsResponse:
        """Who did what, newest first."""
        size = pages.page_size(asked.page_size)
        cursor = pages.decode(asked.page_token, self._page_key)
        before = str(cursor["i"]) if cursor else store_attention.LAST
        async with self._db.read() as tx:
            found = await store_attention.page(tx, before, asked.kind, asked.key, size + 1)
        more = {"i": found[size - 1].intervention_id} if len(found) > size else None
        return pb.ListInterventionsResponse(
            interventions=[wire_attention.intervention(one) for one in found[:size]],
            next_page_token=pages.encode(more, self._page_key) if more else "",
        )

    async def retry(self, asked: Request, kind: str, key: str, reason: str) -> pb.RetryAttentionResponse:
        """From where it stands, with all its tries anew."""

        async def work(tx: Tx) -> pb.RetryAttentionResponse:
            done = await self._done(tx, kind, key, Verb.RETRY, reason)
            await schedules.retry(tx, kind, key, self._clock())
            return pb.RetryAttentionResponse(intervention=wire_attention.intervention(done))

        return await requests.once(self._db, asked, work, pb.RetryAttentionResponse, aggregate_id=lambda _: key)

    async def skip(self, asked: Request, kind: str, key: str, reason: str) -> pb.SkipAttentionResponse:
        """A person has given the money back: the journal says so, and nobody tries any more."""

        async def work(tx: Tx) -> pb.SkipAttentionResponse:
            await _lock(tx, kind, key)
            done = await self._done(tx, kind, key, Verb.SKIP, reason)
            entries = await store.entries(tx, key)
            charges = domain.charges(key, entries)
            for note in domain_interventions.by_hand(kind, charges, entries, self._clock()):
                await store.add(tx, key, note, access.current().actor, reason)
            await timers.cancel(tx, kind, key)
            return pb.SkipAttentionResponse(intervention=wire_attention.intervention(done))

        return await requests.once(self._db, asked, work, pb.SkipAttentionResponse, aggregate_id=lambda _: key)

    async def compensate(self, asked: Request, kind: str, key: str, reason: str) -> pb.CompensateAttentionResponse:
        """A checkout that cannot go forward goes back: money, value and stock."""
        turned: list[Run] = []

        async def work(tx: Tx) -> pb.CompensateAttentionResponse:
            checkout = await _lock(tx, kind, key)
            done = await self._done(tx, kind, key, Verb.COMPENSATE, reason)
            assert checkout is not None, "only checkouts are turned back"
            (order,) = await store_reads.orders(tx, [key])
            fence = await timers.schedule(tx, CHECKOUT, key, self._clock(), lease=self._saga.lease)
            run = Run(order, checkout, Due(CHECKOUT, key, fence=fence))
            await self._saga.turn_back(tx, run, SagaFailed("a person turned it back", cause=_TURNED_BACK))
            turned.append(run)
            return pb.CompensateAttentionResponse(intervention=wire_attention.intervention(done))

        answer = await requests.once(self._db, asked, work, pb.CompensateAttentionResponse, aggregate_id=lambda _: key)
        for run in turned:
            await self._orders.unhurried(self._saga.undo_or_leave(run))
        return answer

    async def _done(self, tx: Tx, kind: str, key: str, verb: Verb, reason: str) -> Intervention:
        """Writes who does it and why, if it may be done."""
        reason = fields.text("reason", reason, _LONGEST)
        pan.refuse("reason", reason)
        stuck = await schedules.lock_stuck(tx, kind, key)
        if stuck is None:
            raise AttentionUnknown("nothing of this kind and key waits for a person", kind=kind, key=key)
        allowed = await self._allowed(tx, stuck)
        if verb not in allowed:
            raise InterventionRefused(f"{verb} is not safe here", kind=kind, key=key, allowed=",".join(allowed))
        who = access.current().actor
        done = Intervention(uuid7(), kind, key, verb, reason, stuck.last_error, self._clock(), who.kind, who.id)
        await store_attention.add(tx, done)
        return done

    async def _allowed(self, tx: Tx, stuck: Stuck) -> list[Verb]:
        step: Step | None = None
        if stuck.kind == CHECKOUT:
            checkout = await store_saga.find(tx, stuck.key)
            step = checkout.step if checkout else None
        return domain_interventions.allowed(stuck.kind, step)


async def _lock(tx: Tx, kind: str, key: str) -> Checkout | None:
    """The saga of the order that the work is about: before the timer, as everybody does."""
    if kind != CHECKOUT and Verb.SKIP not in domain_interventions.allowed(kind, None):
        return None
    return await store_saga.lock(tx, fields.identifier("key", key))


def checked(kind: str, key: str) -> tuple[str, str]:
    """The names of a piece of work, as somebody typed them."""
    if not 1 <= len(kind) <= _LONGEST or not 1 <= len(key) <= _LONGEST:
        raise invalid("key", f"kind and key must have 1 to {_LONGEST} characters")
    return kind, key
