"""The simulator's HTTP side: what sellers send, what they ask, and the faults that a test or a demo wants."""

from collections.abc import Sequence

from aiohttp import web

from simulators.einvoice.behaviour import AWAY, FAULTS, LOST, VERBS, Desk, Fault
from simulators.einvoice.store import Book, Document
from simulators.serving import Serving, asked

_STATUS = {"accepted": 200, "waiting": 202, "refused": 422}


class Door(Serving):
    """Takes calls on one port."""

    largest_body = 256 * 1024

    def __init__(self, listen: str, book: Book) -> None:
        super().__init__(listen)
        self._book = book
        self.desk = Desk(book)

    def routes(self) -> Sequence[web.RouteDef]:
        """What it may be asked."""
        return [
            web.put("/documents/{key}", self.take),
            web.get("/documents/{key}", self.ask),
            web.post("/faults", self.fail),
            web.get("/documents", self.count),
        ]

    async def take(self, request: web.Request) -> web.Response:
        verb, body = request.query.get("verb", ""), await asked(request)
        if verb not in VERBS or "number" not in body or "period" not in body:
            raise web.HTTPBadRequest(text=f"verb must be one of {', '.join(VERBS)}; number and period must be given")
        fault = self.desk.fault.take()
        if fault == AWAY:
            raise web.HTTPServiceUnavailable(text="on demand")
        document = self.desk.take(request.match_info["key"], verb, body, fault)
        if fault == LOST:
            raise web.HTTPGatewayTimeout(text="taken, and not answered: on demand")
        return _answer(document)

    async def ask(self, request: web.Request) -> web.Response:
        found = self.desk.asked(request.match_info["key"])
        return _answer(found) if found else web.json_response({"state": "unknown"}, status=404)

    async def fail(self, request: web.Request) -> web.Response:
        body = await asked(request)
        mode, count = str(body.get("mode", "")), int(body.get("count", 1))
        if mode not in FAULTS:
            raise web.HTTPBadRequest(text=f"mode must be one of {', '.join(FAULTS)}")
        self.desk.fault = Fault(mode, count)
        return web.json_response({"mode": mode, "count": count})

    async def count(self, _: web.Request) -> web.Response:
        return web.json_response(self._book.many())


def _answer(document: Document) -> web.Response:
    return web.json_response({"state": document.state, "code": document.code}, status=_STATUS[document.state])
