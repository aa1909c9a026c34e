"""What providers told of messages and addresses, handed to whoever keeps them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kit.postgres import Tx
from services.member.channels import notices, store
from services.member.channels.book import AddressBook
from services.member.channels.contract import BLOCKED
from services.member.channels.notices import Bounced, Followed, Left, Notice, Reported, TookBack, Wrote


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message of ours: one of the ids names it."""

    channel: str
    message_id: str
    provider_ref: str
    # delivered, opened, blocked, unknown_address or failed
    outcome: str
    at: datetime


class Correspondent(Protocol):
    """Whoever takes what people write back, and hears that they want nothing more."""

    async def wrote(self, tx: Tx, channel: str, said: Wrote) -> None:
        """Somebody wrote."""

    async def took_back(self, tx: Tx, channel: str, said: TookBack) -> None:
        """Somebody took back what he wrote."""

    async def left(self, tx: Tx, channel: str, address: str, notice_id: str, at: datetime) -> None:
        """Somebody has blocked the brand."""


Heard = Callable[[Tx, Report], Awaitable[None]]


class Reports:
    """Each notice once, in the transaction of its effect."""

    def __init__(self, book: AddressBook, correspondent: Correspondent) -> None:
        self._book = book
        self._correspondent = correspondent
        self._heard: list[Heard] = []

    def on_report(self, hear: Heard) -> None:
        """Has `hear` told what became of messages; a message that it does not know is no fault."""
        self._heard.append(hear)

    async def take(self, tx: Tx, provider: str, told: list[Notice]) -> int:
        """Takes what was not told before; answers how many that were."""
        fresh = 0
        for notice in told:
            if await store.claim_notice(tx, provider, notice.notice_id):
                await self._take(tx, provider, notice)
                fresh += 1
        return fresh

    async def _take(self, tx: Tx, channel: str, notice: Notice) -> None:
        match notice:
            case Wrote():
                # whoever writes has not blocked us
                await self._book.revive(tx, channel, notice.address, notice.at)
                await self._correspondent.wrote(tx, channel, notice)
            case TookBack():
                await self._correspondent.took_back(tx, channel, notice)
            case Followed():
                await self._book.revive(tx, channel, notice.address, notice.at)
            case Left():
                await self._book.end(tx, channel, notice.address, BLOCKED, notice.at)
                await self._correspondent.left(tx, channel, notice.address, notice.notice_id, notice.at)
            case Reported():
                await self._reported(tx, channel, notice)
            case Bounced():
                if await self._book.bounced(tx, notice.message_id, notice.address):
                    await self._came_back(tx, channel, notice)

    async def _came_back(self, tx: Tx, channel: str, told: Bounced) -> None:
        code = notices.code_of(told.outcome)
        if code is not None:
            await self._book.end(tx, channel, told.address, code, told.at, told.status)
        await self._tell(tx, Report(channel, told.message_id, "", told.outcome, told.at))

    async def _reported(self, tx: Tx, channel: str, told: Reported) -> None:
        code = notices.code_of(told.outcome)
        if code is not None and told.address:
            await self._book.end(tx, channel, told.address, code, told.at)
        await self._tell(tx, Report(channel, told.message_id, told.provider_ref, told.outcome, told.at))

    async def _tell(self, tx: Tx, report: Report) -> None:
        for hear in self._heard:
            await hear(tx, report)
