"""Tasks of the stock room, listed, taken and ended."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from google.protobuf.message import Message

from kit import access, outbox, pages, requests
from kit.access import Kind, Principal
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import tasks_service_pb2 as rpc
from services.inventory.catalogue.domain import NotFound
from services.inventory.tasks import domain, store, wire
from services.inventory.tasks.domain import Task

_FIRST = "00000000-0000-0000-0000-000000000000"
R = TypeVar("R", bound=Message)


class Tasks:
    """Staff touch those of their stores only."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" tasks"

    async def page(self, location_id: str, kind: str, size: int, token: str) -> rpc.ListStockTasksResponse:
        """What is open, oldest first."""
        size = pages.page_size(size)
        after = (pages.decode(token, self._page_key) or {"after": _FIRST})["after"]
        async with self._db.read() as tx:
            found = await store.page(tx, after, kind, size, location_id)
        more = pages.encode({"after": found[-1].task_id}, self._page_key) if len(found) == size else ""
        return rpc.ListStockTasksResponse(tasks=map(wire.task, found), next_page_token=more)

    async def claim(self, asked: Request, task_id: str, *, give_back: bool) -> rpc.ClaimStockTaskResponse:
        """Takes a task or gives it back."""
        who = access.current()

        def step(task: Task) -> Task:
            return domain.claim(task, user(who), give_back=give_back, overrule=_overrules(who))

        async def work(tx: Tx) -> rpc.ClaimStockTaskResponse:
            return rpc.ClaimStockTaskResponse(task=wire.task(await self._step(tx, task_id, step)))

        return await requests.once(self._db, asked, work, rpc.ClaimStockTaskResponse)

    async def resolve(self, asked: Request, task_id: str, resolution: str) -> rpc.ResolveStockTaskResponse:
        """Ends a task."""
        who = access.current()

        def step(task: Task) -> Task:
            return domain.resolve(task, user(who), resolution, overrule=_overrules(who))

        async def work(tx: Tx) -> rpc.ResolveStockTaskResponse:
            return rpc.ResolveStockTaskResponse(task=wire.task(await self._step(tx, task_id, step)))

        return await requests.once(self._db, asked, work, rpc.ResolveStockTaskResponse)

    async def _step(self, tx: Tx, task_id: str, step: Callable[[Task], Task]) -> Task:
        held = await store.lock(tx, task_id)
        if held is None:
            raise NotFound("there is no such task", task_id=task_id)
        access.require_location(held.location_id)
        after = step(held)
        if after == held:
            return held
        after = replace(after, version=held.version + 1, update_time=self._clock())
        await store.put(tx, after, access.current().actor)
        await outbox.append(tx, wire.changed(after))
        return after


def user(who: Principal) -> str:
    """Who works, as stores call him."""
    return who.staff_code or who.id


def _overrules(who: Principal) -> bool:
    return who.kind is not Kind.STAFF or "manager" in who.roles
