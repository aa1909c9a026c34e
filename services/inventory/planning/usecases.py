"""What people read of plans, and what they make of suggestions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kit import access, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import planning_pb2 as pb
from omo.inventory.v1 import planning_service_pb2 as rpc
from services.inventory.catalogue import store_places, store_products
from services.inventory.catalogue.domain import NotFound, UnknownSku
from services.inventory.planning import domain, store, store_forecasts, wire
from services.inventory.planning.domain import SOLD, Lot, Policy, Suggestion
from services.inventory.stock.domain import UnknownLocation
from services.inventory.transfers.domain import Line, Transfer
from services.inventory.transfers.usecases import Transfers

_FIRST = "00000000-0000-0000-0000-000000000000"
_TOP = 2**62


class Planning:
    """The planner's results, and the decisions on them; the planner itself is another process."""

    def __init__(self, db: Database, clock: Clock, transfers: Transfers, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._transfers = transfers
        self._page_key = page_key + b" planning"

    async def put_policy(self, asked: Request, given: Policy) -> rpc.PutPlanningPolicyResponse:
        """Replaces the policy; what says the same is no change."""

        async def work(tx: Tx) -> rpc.PutPlanningPolicyResponse:
            await store_products.bump(tx)
            named = [one for each in given.exceptions for one in each.location_ids]
            named += [one for lane in given.lanes for one in (lane.from_location_id, lane.to_location_id)]
            if lost := await store_places.unknown(tx, named):
                raise UnknownLocation(f"there is no location {lost[0]}", location_id=lost[0])
            held = await store.policy(tx)
            written = replace(given, version=held.version)
            if written != held or not held.version:
                written = replace(given, version=held.version + 1)
                await store.put_policy(tx, written, access.current().actor)
            return rpc.PutPlanningPolicyResponse(policy=wire.shown_policy(written))

        return await requests.once(self._db, asked, work, rpc.PutPlanningPolicyResponse)

    async def policy(self) -> Policy:
        """The policy that decides."""
        async with self._db.read() as tx:
            return await store.policy(tx)

    async def runs(self, size: int, token: str) -> rpc.ListPlanningRunsResponse:
        """Runs, the newest first."""
        size = pages.page_size(size)
        after = (pages.decode(token, self._page_key) or {"run": ""})["run"]
        async with self._db.read() as tx:
            found = await store_forecasts.runs(tx, after, size)
        more = self._more(found, size, lambda one: {"run": one["run_id"]})
        return rpc.ListPlanningRunsResponse(runs=map(wire.run, found), next_page_token=more)

    async def forecasts(
        self, size: int, token: str, run_id: str, wanted: tuple[str, str, bool, float]
    ) -> rpc.ListDemandForecastsResponse:
        """Forecasts of one run; a page's token stays with the run that it began with."""
        size = pages.page_size(size)
        at = pages.decode(token, self._page_key) or {"run": run_id, "sku": "", "place": ""}
        async with self._db.read() as tx:
            known = await _known(tx, at["run"])
            found = await store_forecasts.forecasts(tx, known, (at["sku"], at["place"]), size, wanted)
        more = self._more(found, size, lambda one: {"run": known, "sku": one["sku"], "place": one["location_id"]})
        return rpc.ListDemandForecastsResponse(forecasts=map(wire.forecast, found), next_page_token=more)

    async def gaps(
        self, size: int, token: str, run_id: str, product_id: str, location_id: str
    ) -> rpc.ListSizeGapsResponse:
        """Broken size runs of one run."""
        size = pages.page_size(size)
        at = pages.decode(token, self._page_key) or {"run": run_id, "after": ["", "", ""]}
        async with self._db.read() as tx:
            known = await _known(tx, at["run"])
            after = (at["after"][0], at["after"][1], at["after"][2])
            found = await store_forecasts.gaps(tx, known, after, size, product_id, location_id)
        names = ("product_id", "location_id", "variety")
        more = self._more(found, size, lambda one: {"run": known, "after": [one[name] for name in names]})
        return rpc.ListSizeGapsResponse(gaps=map(wire.gap, found), next_page_token=more)

    async def suggestions(
        self, size: int, token: str, state: str, sku: str, location_id: str, kind: str
    ) -> rpc.ListTransferSuggestionsResponse:
        """Suggestions of one state, the one that gains most first."""
        size = pages.page_size(size)
        at = pages.decode(token, self._page_key) or {"gain": _TOP, "after": _FIRST}
        async with self._db.read() as tx:
            found = await store.page(tx, state, (at["gain"], at["after"]), sku, location_id, kind, size)
        more = self._more(found, size, lambda one: {"gain": one.gain, "after": one.suggestion_id})
        return rpc.ListTransferSuggestionsResponse(suggestions=map(wire.suggestion, found), next_page_token=more)

    async def one(self, suggestion_id: str) -> rpc.GetTransferSuggestionResponse:
        """A suggestion; an accepted one with what the place sold since, against what was expected."""
        async with self._db.read() as tx:
            found = await _suggestion(tx, suggestion_id)
            answer = rpc.GetTransferSuggestionResponse(suggestion=wire.suggestion(found))
            if found.state != "ACCEPTED" or found.decide_time is None:
                return answer
            expected = domain.expected_by(found, self._clock())
            sold = await store.sold(tx, found.sku, found.to_location_id, found.decide_time, SOLD)
        answer.result.CopyFrom(pb.SuggestionResult(sold=sold, expected_thousandths=wire.thousandths(expected)))
        answer.result.since_time.FromDatetime(found.decide_time)
        return answer

    async def accept(self, asked: Request, suggestion_id: str, quantity: int) -> rpc.AcceptTransferSuggestionResponse:
        """Makes a draft of a transfer of it, which then goes its own way."""

        async def work(tx: Tx) -> rpc.AcceptTransferSuggestionResponse:
            held = await _suggestion(tx, suggestion_id, lock=True)
            if quantity > held.quantity:
                raise invalid("quantity", f"must be at most {held.quantity}, as suggested")
            now, taken = self._clock(), quantity or held.quantity
            draft = Transfer(
                transfer_id=uuid7(),
                from_location_id=held.from_location_id,
                to_location_id=held.to_location_id,
                state="DRAFT",
                lines=(Line(1, held.sku, taken),),
                create_time=now,
                note=f"suggestion {held.suggestion_id}",
            )
            after = domain.decide(held, "ACCEPTED", now, decided_quantity=taken, transfer_id=draft.transfer_id)
            await self._transfers.draft(tx, draft)
            return rpc.AcceptTransferSuggestionResponse(suggestion=await _decided(tx, after))

        return await requests.once(self._db, asked, work, rpc.AcceptTransferSuggestionResponse)

    async def decline(self, asked: Request, suggestion_id: str, reason: str) -> rpc.DeclineTransferSuggestionResponse:
        """Lays a suggestion aside."""

        async def work(tx: Tx) -> rpc.DeclineTransferSuggestionResponse:
            held = await _suggestion(tx, suggestion_id, lock=True)
            after = domain.decide(held, "DECLINED", self._clock(), decline_reason=reason)
            return rpc.DeclineTransferSuggestionResponse(suggestion=await _decided(tx, after))

        return await requests.once(self._db, asked, work, rpc.DeclineTransferSuggestionResponse)

    async def request_lot(self, asked: Request, lot: Lot) -> rpc.RequestLotAllocationResponse:
        """Leaves an arriving lot for the planner's next run."""
        given = replace(lot, create_time=self._clock())

        async def work(tx: Tx) -> rpc.RequestLotAllocationResponse:
            if missing := await store_products.unknown(tx, [line.sku for line in given.lines]):
                raise UnknownSku(f"{missing[0]} is not in the catalogue", sku=missing[0])
            if await store_places.unknown(tx, [given.location_id]):
                raise UnknownLocation(f"there is no location {given.location_id}", location_id=given.location_id)
            await store.put_lot(tx, given, access.current().actor)
            return rpc.RequestLotAllocationResponse(allocation=wire.lot(given))

        return await requests.once(self._db, asked, work, rpc.RequestLotAllocationResponse)

    async def lot(self, allocation_id: str) -> rpc.GetLotAllocationResponse:
        """A lot and how it is shared out."""
        async with self._db.read() as tx:
            found = await store.lot(tx, allocation_id)
            if found is None:
                raise NotFound(f"there is no allocation {allocation_id}", allocation_id=allocation_id)
            moves = await store.of_lot(tx, allocation_id)
        return rpc.GetLotAllocationResponse(allocation=wire.lot(found), suggestions=map(wire.suggestion, moves))

    def _more(self, found: Sequence[Any], size: int, cursor: Any) -> str:
        return pages.encode(cursor(found[-1]), self._page_key) if len(found) == size else ""


async def _known(tx: Tx, run_id: str) -> str:
    found = await store_forecasts.done(tx, run_id)
    if found is None:
        raise NotFound(f"no run {run_id} is done" if run_id else "no run is done yet", run_id=run_id)
    return found


async def _suggestion(tx: Tx, suggestion_id: str, *, lock: bool = False) -> Suggestion:
    found = await store.one(tx, suggestion_id, lock=lock)
    if found is None:
        raise NotFound(f"there is no suggestion {suggestion_id}", suggestion_id=suggestion_id)
    return found


async def _decided(tx: Tx, after: Suggestion) -> pb.TransferSuggestion:
    actor = access.current().actor
    await store.decide(tx, after, actor)
    who = replace(after, actor_kind=actor.kind.value, actor_id=actor.id, actor_terminal_id=actor.terminal_id)
    return wire.suggestion(who)
