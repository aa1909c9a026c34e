"""What stores and headquarters ask and say of lots."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from kit import access, outbox, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import lots_pb2 as pb
from omo.inventory.v1 import lots_service_pb2 as rpc
from services.inventory.catalogue import store_places
from services.inventory.lots import (
    blocking,
    checking,
    domain,
    domain_rules,
    naming,
    store,
    store_journal,
    wire,
)
from services.inventory.lots.domain import Balance, Lot, LotUnknown, Units
from services.inventory.sourcing.domain_lifecycle import NotAssigned
from services.inventory.stock import store_levels, wire_out
from services.inventory.stock import wire as stock_wire
from services.inventory.stock.domain import Movement, Place, UnknownLocation, UnknownSku

_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class Lots:
    """Lots of goods that ask for them."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes, time_zone: str) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" lots"
        self._zone = time_zone

    async def page(self, sku: str, location_id: str, size: int, token: str) -> rpc.ListLotsResponse:
        """What stands where."""
        size = pages.page_size(size)
        cursor = pages.decode(token, self._page_key) or {"at": "", "lot": "", "serial": ""}
        async with self._db.read() as tx:
            after = (cursor["at"], cursor["lot"], cursor["serial"])
            found = await store.page(tx, sku, location_id, after, size)
            places = {(one.sku, one.location_id) for one in found} | ({(sku, location_id)} if location_id else set())
            nameless = await store.unnamed(tx, places)
            shown = await _shown(tx, found)
        more = ""
        if len(found) == size:
            last = found[-1]
            more = pages.encode({"at": last.location_id, "lot": last.lot, "serial": last.serial}, self._page_key)
        bare = [pb.Unnamed(sku=sku, location_id=place, quantity=units) for (sku, place), units in nameless.items()]
        return rpc.ListLotsResponse(balances=shown, unnamed=bare, next_page_token=more)

    async def suggest(self, sku: str, location_id: str, quantity: int) -> rpc.SuggestLotsResponse:
        """What to take first; asks nothing of goods that have no lots."""
        place = (sku, location_id)
        async with self._db.read() as tx:
            await _asks(tx, sku)
            standing = (await store.here(tx, [place]))[place]
            nameless = (await store.unnamed(tx, [place])).get(place, 0)
            picked = await store_journal.picked_here(tx, sku, location_id)
        units, bare = domain.suggest(standing, nameless, picked, quantity)
        return rpc.SuggestLotsResponse(units=map(wire.shown, units), unnamed=bare)

    async def pick(self, asked: Request, line: store_journal.Line, units: Sequence[Units]) -> rpc.PickLotsResponse:
        """What was taken for a line of an order."""
        order_id, line_no, sku, location_id = line
        access.require_location(location_id)

        async def work(tx: Tx) -> rpc.PickLotsResponse:
            place, now = (sku, location_id), self._clock()
            await store_levels.lock(tx, [place])
            if not (waits := await store_journal.waits(tx, line)):
                raise NotAssigned("nothing of this line waits here", order_id=order_id, location_id=location_id)
            taken = Movement(*place, "HANDOVER", -waits, now, order_id, stock_wire.who(), line_no, lots=tuple(units))
            [taken] = await naming.at_home(tx, [taken]) if sum(one.quantity for one in units) <= waits else [taken]
            asks = await _asks(tx, sku)
            checking.refuse("units", domain_rules.said(asks, taken.lots, "HANDOVER", -waits))
            others = await store_journal.picked_here(tx, sku, location_id, order_id, line_no)
            left = [
                replace(one, on_hand=one.on_hand - others.get(one.key, 0))
                for one in (await store.here(tx, [place]))[place]
            ]
            checking.refuse("units", domain_rules.leaves(left, taken.lots, sold=True))
            await store_journal.pick(tx, line, taken.lots, now, access.current().actor)
            return rpc.PickLotsResponse(units=map(wire.shown, taken.lots))

        return await requests.once(self._db, asked, work, rpc.PickLotsResponse)

    async def count(self, asked: Request, sku: str, location_id: str, units: Sequence[Units]) -> rpc.CountLotsResponse:
        """Which lots stand at a location."""
        access.require_location(location_id)
        place: Place = (sku, location_id)

        async def work(tx: Tx) -> rpc.CountLotsResponse:
            asks = await _asks(tx, sku)
            if await store_places.unknown(tx, [location_id]):
                raise UnknownLocation(f"{location_id} is no location", location_id=location_id)
            now, who = self._clock(), stock_wire.who()
            on_hand = max(0, (await store_levels.lock(tx, [place], make=True))[place].on_hand)
            if sum(one.quantity for one in units) > on_hand:
                raise invalid("units", f"must be no more than the {on_hand} on hand: count the goods first")
            checking.refuse("units", domain_rules.said(asks, units, "COUNT", on_hand))
            await checking.elsewhere(tx, place, units)
            await naming.restate(tx, place, units, who, now, self._zone)
            await outbox.append(tx, *await blocking.settle(tx, [place], None, now))
            nameless = (await store.unnamed(tx, [place]))[place]
            standing = (await store.here(tx, [place]))[place]
            return rpc.CountLotsResponse(balances=await _shown(tx, standing), unnamed=nameless)

        return await requests.once(self._db, asked, work, rpc.CountLotsResponse)

    async def recall(self, asked: Request, sku: str, lot: str, serial: str, note: str) -> rpc.RecallLotResponse:
        """Takes a lot out of sale everywhere."""

        async def work(tx: Tx) -> rpc.RecallLotResponse:
            after = replace(await _known(tx, sku, lot, serial), state=domain.RECALLED, note=note)
            await blocking.turn(tx, [after], self._clock())
            shown, balances = await _whole(tx, after)
            return rpc.RecallLotResponse(lot=shown, balances=balances)

        return await requests.once(self._db, asked, work, rpc.RecallLotResponse)

    async def release(
        self, asked: Request, sku: str, lot: str, serial: str, note: str, last_day: date | None
    ) -> rpc.ReleaseLotResponse:
        """Lets a lot be sold again, until its last day."""

        async def work(tx: Tx) -> rpc.ReleaseLotResponse:
            held, now = await _known(tx, sku, lot, serial), self._clock()
            day = last_day or held.expire_date
            if day and day < domain.today(now, self._zone):
                raise invalid("expire_date", f"must be today or later: the last day was {day.isoformat()}")
            after = replace(held, state=domain.GOOD, note=note, expire_date=day)
            await blocking.turn(tx, [after], now)
            await naming.watch(tx, [after], self._zone)
            shown, balances = await _whole(tx, after)
            return rpc.ReleaseLotResponse(lot=shown, balances=balances)

        return await requests.once(self._db, asked, work, rpc.ReleaseLotResponse)

    async def trace(
        self, sku: str, lot: str, serial: str, takers_only: bool, size: int, token: str
    ) -> rpc.TraceLotResponse:
        """Where a lot is, and all that happened to it."""
        size, key = pages.page_size(size), self._page_key + b" trace"
        before = (pages.decode(token, key) or {"before": _LAST})["before"]
        async with self._db.read() as tx:
            held = await _known(tx, sku, lot, serial)
            found = await store_journal.entries(tx, sku, held.lot, serial, takers_only, before, size)
            shown, balances = await _whole(tx, held)
        more = pages.encode({"before": found[-1][0]}, key) if len(found) == size else ""
        entries = [wire.entry(one, recorded) for _, recorded, one in found]
        return rpc.TraceLotResponse(lot=shown, balances=balances, entries=entries, next_page_token=more)

    async def possible(self, sku: str, lot: str, serial: str, size: int, token: str) -> rpc.ListPossibleTakersResponse:
        """Who may have taken it without anybody saying so."""
        size, key = pages.page_size(size), self._page_key + b" possible"
        before = (pages.decode(token, key) or {"before": _LAST})["before"]
        async with self._db.read() as tx:
            held = await _known(tx, sku, lot, serial)
            found = await store_journal.possible(tx, sku, held.lot, serial, before, size)
        more = pages.encode({"before": found[-1].movement_id}, key) if len(found) == size else ""
        return rpc.ListPossibleTakersResponse(movements=map(wire_out.movement, found), next_page_token=more)


async def _asks(tx: Tx, sku: str) -> frozenset[str]:
    """What a good asks for."""
    asks = await store_journal.tracking(tx, [sku])
    if sku not in asks:
        raise UnknownSku(f"{sku} is not in the catalogue", sku=sku)
    return asks[sku]


async def _known(tx: Tx, sku: str, lot: str, serial: str) -> Lot:
    held = await store.find(tx, sku, lot, serial)
    if held is None or (lot and held.lot != lot):
        raise LotUnknown(f"nobody ever named {serial or lot} of {sku}", sku=sku, lot=lot, serial=serial)
    return held


async def _whole(tx: Tx, held: Lot) -> tuple[pb.Lot, list[pb.LotBalance]]:
    """A lot as it is now, and where it is."""
    again = await _known(tx, held.sku, held.lot, held.serial)
    where = await store.where(tx, held.sku, held.lot, held.serial)
    return wire.lot(again), await _shown(tx, where)


async def _shown(tx: Tx, given: Sequence[Balance]) -> list[pb.LotBalance]:
    """Balances, each with what is believed to be left of it."""
    places = {(one.sku, one.location_id) for one in given}
    if not places:
        return []
    nameless, standing = await store.unnamed(tx, places), await store.here(tx, places)
    left = {place: domain.expected(found, nameless.get(place, 0)) for place, found in standing.items()}
    return [wire.balance(one, left[one.sku, one.location_id].get(one.key, 0)) for one in given]
