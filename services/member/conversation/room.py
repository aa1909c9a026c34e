"""How the brand reaches people and what they answer, composed: channels, address book, threads, tasks."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kit.postgres import Tx
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.member.v1 import conversation_service_pb2_grpc as rpc
from services.member.channels.book import AddressBook
from services.member.channels.contract import Channel
from services.member.channels.reports import Reports
from services.member.channels.servicer import ChannelServicer
from services.member.conversation.delivery import DELIVER, Courier
from services.member.conversation.desk import Desk
from services.member.conversation.entering import Scribe
from services.member.conversation.hours import ServiceHours
from services.member.conversation.inbound import Inbound
from services.member.conversation.joining import PART
from services.member.conversation.personal import HOLDING
from services.member.conversation.replies import Replies
from services.member.conversation.servicer import ConversationServicer
from services.member.conversation.threads import Threads
from services.member.conversation.waiting import ANSWER, Waiting
from services.member.ground import Ground, Room
from services.member.identity.domain import Identifier


class ConversationRoom(Room):
    """Whoever signs people in tells `on_arrival`; whoever keeps messages listens at `reports.on_report`."""

    parts = (PART,)
    holdings = (HOLDING,)

    def __init__(self, g: Ground, channels: Mapping[str, Channel]) -> None:
        self._g = g
        self._channels = channels
        self.book = AddressBook(g.vault, g.register)
        scribe = Scribe(g.vault, g.register)
        self._hours = ServiceHours(g.clock, g.zone, g.settings.answer_minutes)
        self._waiting = Waiting(scribe, g.clock, self._hours)
        self.threads = Threads(g.vault, g.register, scribe, self._waiting, g.clock)
        replies = Replies(scribe, self._waiting, g.clock)
        self._courier = Courier(g.db, g.register, self.book, channels, replies, g.clock)
        self._desk = Desk(self.threads, scribe, self._waiting, self._courier, replies, g.clock)
        self.reports = Reports(self.book, Inbound(self.threads, self.book))

    async def on_arrival(
        self, tx: Tx, member_id: str, _known_as: Sequence[Identifier], _history: bool, _now: datetime
    ) -> None:
        """Somebody has signed in."""
        await self.threads.arrived(tx, member_id)

    def alarms(self) -> dict[str, InTx | Leased]:
        """Who waits too long, and what has to be brought."""
        return {ANSWER: InTx(self._waiting.due), DELIVER: Leased(self._courier.due)}

    def serve_on(self, server: Server) -> None:
        """Adds conversations and channels."""
        g = self._g
        talk = ConversationServicer(g.db, g.vault, self.threads, self._desk, self._hours, g.clock, g.page_key)
        server.add(rpc.add_ConversationServiceServicer_to_server, talk)
        told = ChannelServicer(g.db, g.vault, g.settings, self.book, self.reports, g.clock, g.wall)
        server.add(rpc.add_ChannelServiceServicer_to_server, told)

    async def stop(self) -> None:
        """Lets go of the channels' connections."""
        for channel in self._channels.values():
            await channel.close()
