"""What goes down a session by itself: reference data from where the till stands, and calls to look at the tasks."""

import asyncio
from collections.abc import Sequence

from gateway.storelink import wire
from gateway.storelink.announcements import Announcements
from gateway.storelink.feeds import Feed, TooOld
from gateway.storelink.publishers import Rules
from gateway.storelink.session import TillSession
from kit.errors import Fault
from kit.nats_client import NatsError
from kit.telemetry import logs
from omo.storelink.v1 import storelink_service_pb2 as pb

# a snapshot reads an owner's whole catalogue: few at a time
_SNAPSHOTS_AT_ONCE = 4
_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
# how far a stream may run on without an event for tills before they are told where it is
_FAR = 1000

_log = logs.get(__name__)


class Downlink:
    """Serves every session of this process."""

    def __init__(self, feeds: Sequence[Feed], announcements: Announcements, rules: Rules) -> None:
        self._feeds = feeds
        self._announcements = announcements
        self._rules = rules
        self._snapshots = asyncio.Semaphore(_SNAPSHOTS_AT_ONCE)

    async def speak(self, session: TillSession) -> None:
        """Everything that this session wants to hear, until it ends."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._announce(session))
            for feed in self._feeds if not session.hello.facts_only else ():
                group.create_task(self._follow(feed, session))

    async def _announce(self, session: TillSession) -> None:
        location_id = session.terminal.location_id
        with self._announcements.at(location_id) as changes:
            while True:
                version = await changes.next()
                await session.say(wire.tasks_changed(location_id, version))

    async def _follow(self, feed: Feed, session: TillSession) -> None:
        """One publisher's data; what fails on the way is tried again from where the till stands."""
        cursor = _cursor(session.hello, feed)
        pause = _PAUSE
        while True:
            try:
                await feed.ready()
                cursor = await self._step(feed, session, cursor)
                pause = _PAUSE
            except TooOld:
                cursor = pb.ReferenceCursor()
            except (Fault, NatsError, TimeoutError) as error:
                _log.warning("reference data wait", stream=feed.publisher.stream, error=f"{error}"[:200])
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _step(self, feed: Feed, session: TillSession, cursor: pb.ReferenceCursor) -> pb.ReferenceCursor:
        """One snapshot, or all that is new; answers where the till stands then."""
        if not feed.holds(cursor.stream_epoch, cursor.sequence):
            return await self._snapshot(feed, session)
        items, upto = await feed.after(cursor.sequence)
        for item in items:
            await session.say(await self._said(item.reference, _at(feed, item.sequence)))
        last = items[-1].sequence if items else cursor.sequence
        if upto - last >= _FAR:
            await session.say(pb.SessionResponse(reference=pb.Reference(cursor=_at(feed, upto))))
        here = _at(feed, upto)
        await feed.moved(here.stream_epoch, upto)
        return here

    async def _snapshot(self, feed: Feed, session: TillSession) -> pb.ReferenceCursor:
        # the position first: what changes while we read comes again by event
        cursor = _at(feed, feed.position)
        mark = pb.SnapshotMark(publisher=feed.publisher.name)
        async with self._snapshots:
            await session.say(pb.SessionResponse(reference=pb.Reference(cursor=cursor, snapshot_begin=mark)))
            async for reference in feed.publisher.everything():
                await session.say(await self._said(reference, cursor))
            await session.say(pb.SessionResponse(reference=pb.Reference(cursor=cursor, snapshot_end=mark)))
        return cursor

    async def _said(self, reference: pb.Reference, cursor: pb.ReferenceCursor) -> pb.SessionResponse:
        if reference.HasField("rules") and not reference.rules.rules_json:
            reference = await self._rules.of(reference.rules.version)
        said = pb.SessionResponse()
        said.reference.CopyFrom(reference)  # shared by all sessions: never written to
        said.reference.cursor.CopyFrom(cursor)
        return said


def _cursor(hello: pb.Hello, feed: Feed) -> pb.ReferenceCursor:
    named = [cursor for cursor in hello.cursors if cursor.publisher == feed.publisher.name]
    return named[0] if named else pb.ReferenceCursor()


def _at(feed: Feed, sequence: int) -> pb.ReferenceCursor:
    return pb.ReferenceCursor(publisher=feed.publisher.name, stream_epoch=feed.epoch, sequence=sequence)
