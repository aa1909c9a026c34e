"""What comes in from outside: words for threads, and people who want nothing more."""

from datetime import datetime

from kit import outbox
from kit.postgres import Tx
from services.member.channels.book import AddressBook
from services.member.channels.notices import TookBack, Wrote
from services.member.conversation import wire
from services.member.conversation.domain import Form
from services.member.conversation.threads import Threads, Written
from services.member.identity import store as people

_FORMS = {
    "text": Form.TEXT,
    "sticker": Form.STICKER,
    "image": Form.IMAGE,
    "video": Form.VIDEO,
    "audio": Form.AUDIO,
    "file": Form.FILE,
    "location": Form.PLACE,
}


class Inbound:
    """The correspondent of the channels: an address that nobody knows gets a thread all the same."""

    def __init__(self, threads: Threads, book: AddressBook) -> None:
        self._threads = threads
        self._book = book

    async def wrote(self, tx: Tx, channel: str, said: Wrote) -> None:
        """Enters it where it belongs."""
        door = self._book.lookup(channel, said.address)
        if door is None:
            return
        written = Written(
            channel,
            door,
            await self._holder(tx, door),
            said.at,
            said.text,
            _FORMS.get(said.form, Form.OTHER),
            said.address,
            f"{channel}:{said.message_ref}" if said.message_ref else "",
        )
        await self._threads.write(tx, written)

    async def took_back(self, tx: Tx, channel: str, said: TookBack) -> None:
        """Forgets the words."""
        door = self._book.lookup(channel, said.address)
        if door is not None:
            await self._threads.take_back(tx, door, f"{channel}:{said.message_ref}")

    async def left(self, tx: Tx, channel: str, address: str, notice_id: str, at: datetime) -> None:
        """A block is a touch of whoever it was, if anybody knows."""
        door = self._book.lookup(channel, address)
        member_id = await self._holder(tx, door) if door is not None else None
        if member_id is not None:
            await outbox.append(tx, wire.blocked(member_id, channel, notice_id, at))

    async def _holder(self, tx: Tx, door: bytes) -> str | None:
        holder = (await people.holders(tx, [door])).get(door)
        return await people.resolve(tx, holder) if holder else None
