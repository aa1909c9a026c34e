"""The simulator's HTTP side: what shops book, what couriers scan, and the page on which people follow a parcel."""

from collections.abc import Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from aiohttp import web

from kit.ids import uuid7
from simulators.carrier.notices import Teller
from simulators.carrier.store import Book, Notice, Shipment
from simulators.serving import Serving, asked

_HEAVIEST = 30_000
# what a shipment says that nobody can deliver; and of what nobody answers
NOBODY, SILENCE = "查無此址", "sim-silence"
KINDS = ("PICKED_UP", "IN_TRANSIT", "OUT_FOR_DELIVERY", "FAILED_ATTEMPT", "RETURNING", "LOST", "RETURNED", "DELIVERED")


class Door(Serving):
    """Takes calls on one port."""

    def __init__(self, listen: str, public_url: str, book: Book, teller: Teller) -> None:
        super().__init__(listen, public_url)
        self._book = book
        self._teller = teller

    def routes(self) -> Sequence[web.RouteDef]:
        """What it may be asked."""
        return [
            web.post("/shipments/{key}/book", self.book),
            web.post("/shipments/{key}/cancel", self.cancel),
            web.post("/scans/{tracking_no}", self.scan),
            web.get("/track/{tracking_no}", self.track),
        ]

    async def book(self, request: web.Request) -> web.Response:
        """Comes for a parcel, unless nobody could deliver it."""
        body = await asked(request)
        key, to = request.match_info["key"], body.get("to")
        address = str(to.get("address", "")) if isinstance(to, dict) else ""
        if SILENCE in address:
            raise web.HTTPServiceUnavailable(text="try again")
        refused = _refusal(address, body.get("weight_grams"))
        state = "refused" if refused else "booked"
        found = self._book.open(Shipment(key, f"SIM{token_hex(6).upper()}", state, refused))
        if found.state == "cancelled":
            return web.json_response({"refused": "CANCELLED"}, status=409)
        if found.refused:
            return web.json_response({"refused": found.refused}, status=409)
        where = f"{self.public_url}/track/{found.tracking_no}"
        return web.json_response({"tracking_no": found.tracking_no, "tracking_url": where})

    async def cancel(self, request: web.Request) -> web.Response:
        """Does not come; before any booking it is a tombstone that a late one finds."""
        key = request.match_info["key"]
        found = self._book.open(Shipment(key, uuid7(), "cancelled"))
        if found.state == "booked":
            self._book.move(key, "cancelled")
        return web.json_response({"state": "cancelled"})

    async def scan(self, request: web.Request) -> web.Response:
        """A courier says something of a parcel: the shop is told. `again` has all of it told once more."""
        body = await asked(request)
        found = self._book.by_tracking_no(request.match_info["tracking_no"])
        if found is None:
            raise web.HTTPNotFound(text="no such parcel")
        if body.get("again"):
            self._book.tell_again(found.key)
        elif (kind := body.get("kind")) not in KINDS:
            raise web.HTTPBadRequest(text=f"kind must be one of {', '.join(KINDS)}")
        else:
            at = str(body.get("time") or datetime.now(UTC).isoformat())
            self._book.note(Notice(uuid7(), found.key, str(kind), at, str(body.get("place", ""))))
            self._book.move(found.key, str(kind).lower())
        self._teller.wake()
        return web.json_response({"state": "told"})

    async def track(self, request: web.Request) -> web.Response:
        """What a shopper reads who follows his parcel."""
        found = self._book.by_tracking_no(request.match_info["tracking_no"])
        if found is None:
            raise web.HTTPNotFound(text="no such parcel")
        told = [{"kind": one.kind, "time": one.time, "place": one.place} for one in self._book.of(found.key)]
        return web.json_response({"tracking_no": found.tracking_no, "state": found.state, "told": told})


def _refusal(address: str, weight: Any) -> str:
    if not address or NOBODY in address:
        return "ADDRESS_UNKNOWN"
    return "TOO_HEAVY" if isinstance(weight, int) and weight > _HEAVIEST else ""
