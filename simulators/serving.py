"""What every simulator does to be called: it listens on one port until it is stopped."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web


class Serving(ABC):
    """Takes calls on one port."""

    largest_body = 64 * 1024

    def __init__(self, listen: str, public_url: str = "") -> None:
        self._listen = listen
        # where others find it; without one, where it turned out to listen
        self.public_url = public_url.rstrip("/")
        self._runner: web.AppRunner | None = None

    @abstractmethod
    def routes(self) -> Sequence[web.RouteDef]:
        """What it may be asked."""

    async def start(self) -> str:
        """Listens; gives the address."""
        app = web.Application(client_max_size=self.largest_body)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        host, _, port = self._listen.rpartition(":")
        await web.TCPSite(self._runner, host, int(port)).start()
        bound = self._runner.addresses[0]
        address = f"{bound[0]}:{bound[1]}"
        self.public_url = self.public_url or f"http://{address}"
        return address

    async def ready(self, able: bool) -> None:  # noqa: B027  # most have nothing to do
        """Nothing depends on it."""

    async def stop(self) -> None:
        """Takes no more calls."""
        if self._runner is not None:
            await self._runner.cleanup()


async def asked(request: web.Request) -> Mapping[str, Any]:
    """The JSON object that was sent."""
    try:
        sent = await request.json()
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise web.HTTPBadRequest(text="the body must be a JSON object")
    return sent
