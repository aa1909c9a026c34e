"""The store door: lets terminals in, one session each."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any

from gateway.storelink.owners import Owners, Terminal
from gateway.storelink.presence import Presence
from gateway.storelink.refusals import Superseded, TerminalRevoked
from gateway.storelink.session import Pace, TillSession
from kit import access
from kit.access import NotYours
from kit.errors import Code, Fault
from kit.telemetry import logs, metrics

# the old session's frames are fenced before the new one hears how far its lanes are
_FENCED_WITHIN = 5.0

_log = logs.get(__name__)

# something else that is said on a session's stream: reference data, announcements
Downlink = Callable[[TillSession], Coroutine[Any, Any, None]]


class Door:
    """Knows the session of each terminal that is here."""

    def __init__(self, owners: Owners, presence: Presence, pace: Pace, downlinks: Iterable[Downlink] = ()) -> None:
        self._owners = owners
        self._presence = presence
        self._pace = pace
        self._downlinks = tuple(downlinks)
        self._sessions: dict[str, TillSession] = {}
        self._revoked: frozenset[str] = frozenset()
        self._closing = False

    async def Session(self, _requests: Any, context: Any) -> None:
        """One terminal's stream; a second one ends the first."""
        session = TillSession(_terminal(), context, self._owners, self._pace)
        await session.greet()
        self._admit(session.terminal)
        try:
            await self._enter(session)
            await session.run(*(partial(downlink, session) for downlink in self._downlinks))
        finally:
            self._leave(session)

    def sessions(self) -> list[TillSession]:
        """Every session here."""
        return list(self._sessions.values())

    def of(self, terminal_id: str) -> TillSession | None:
        """The session of a terminal."""
        return self._sessions.get(terminal_id)

    def revoke(self, terminal_ids: Iterable[str], *, all_known: bool = False) -> None:
        """Ends the sessions of these terminals, and lets none of them in again."""
        named = frozenset(terminal_ids)
        self._revoked = named if all_known else self._revoked | named
        for session in self.sessions():
            if session.terminal.terminal_id in named:
                session.end(_refused(session.terminal))

    def restore(self, terminal_id: str) -> None:
        """Trusts a terminal again."""
        self._revoked -= {terminal_id}

    async def drain(self) -> None:
        """Asks every terminal to go to another replica, and waits until they went."""
        self._closing = True
        leaving = self.sessions()
        if not leaving:
            return
        _log.info("draining", count=len(leaving))
        await asyncio.gather(*(session.drain() for session in leaving), return_exceptions=True)
        try:
            async with asyncio.timeout(self._pace.leave + 1):
                for session in leaving:
                    await session.gone.wait()
        except TimeoutError:
            _log.warning("not all sessions left", count=len(self._sessions))

    def _admit(self, terminal: Terminal) -> None:
        if terminal.terminal_id in self._revoked:
            raise _refused(terminal)
        if self._closing:
            raise Fault("this door closes: try another", code=Code.UNAVAILABLE, reason="UNAVAILABLE")

    async def _enter(self, session: TillSession) -> None:
        terminal_id = session.terminal.terminal_id
        earlier = self._sessions.get(terminal_id)
        self._sessions[terminal_id] = session
        metrics.POS_STREAMS.set(len(self._sessions))
        if earlier is not None:
            earlier.end(Superseded("this terminal opened another session", terminal_id=terminal_id))
            async with asyncio.timeout(_FENCED_WITHIN):
                await earlier.gone.wait()
        await self._presence.enter(terminal_id, session.session_id)
        session.present = True

    def _leave(self, session: TillSession) -> None:
        session.gone.set()
        if self._sessions.get(session.terminal.terminal_id) is session:
            del self._sessions[session.terminal.terminal_id]
        metrics.POS_STREAMS.set(len(self._sessions))


def _terminal() -> Terminal:
    """The caller, by its verified token."""
    principal = access.current()
    if not principal.location_ids:
        raise NotYours("the terminal's token names no store", field="location_id")
    return Terminal(principal.terminal_id or principal.id, principal.location_ids[0])


def _refused(terminal: Terminal) -> TerminalRevoked:
    return TerminalRevoked("headquarters revoked this terminal", terminal_id=terminal.terminal_id)
