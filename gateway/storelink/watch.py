"""Looks after open sessions: revoked terminals, and terminals that went to another replica."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.storelink.door import Door
from gateway.storelink.presence import Presence
from gateway.storelink.refusals import Superseded
from kit import access
from kit.errors import Fault
from kit.telemetry import logs
from omo.member.v1 import access_service_pb2 as access_pb

_PRESENCE_SECONDS = 5.0
_PAGE = 100
_DEADLINE = 2.0

_log = logs.get(__name__)


class Watch:
    """Two looks, each in its own rhythm; a look that fails is taken again."""

    def __init__(self, door: Door, presence: Presence, terminals: Any, recheck_seconds: float) -> None:
        self._door = door
        self._presence = presence
        self._terminals = terminals
        self._recheck = recheck_seconds
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Looks until `stop`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(self._recheck, self.recheck))
            group.create_task(self._every(min(_PRESENCE_SECONDS, self._recheck), self.look_elsewhere))

    def stop(self) -> None:
        """Looks no more."""
        self._stopping.set()

    async def recheck(self) -> None:
        """Ends the sessions of terminals that are trusted no longer."""
        if not self._door.sessions():
            return
        try:
            with access.acting_as(access.service("storelink")):
                revoked = await self._revoked()
        except Fault as fault:  # facts must not wait for the office: trust lasts until we hear otherwise
            _log.warning("terminals not checked", reason=fault.reason)
            return
        self._door.revoke(revoked, all_known=True)

    async def look_elsewhere(self) -> None:
        """Ends sessions here whose terminals have opened one at another replica."""
        here = {session.terminal.terminal_id: session for session in self._door.sessions() if session.present}
        known = {terminal_id: session.session_id for terminal_id, session in here.items()}
        for terminal_id in await self._presence.elsewhere(known):
            fault = Superseded("this terminal opened another session elsewhere", terminal_id=terminal_id)
            here[terminal_id].end(fault)

    async def _revoked(self) -> set[str]:
        found: set[str] = set()
        token = ""
        while True:
            request = access_pb.ListTerminalsRequest(page_size=_PAGE, page_token=token)
            page = await self._terminals.ListTerminals(request, timeout=_DEADLINE)
            found |= {terminal.terminal_id for terminal in page.terminals if not terminal.active}
            token = page.next_page_token
            if not token:
                return found

    async def _every(self, seconds: float, look: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()
            except TimeoutError:
                await look()
