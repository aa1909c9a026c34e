"""What member announces of persons who want their data, or want it gone."""

from typing import Any

from kit.consumer import On
from kit.postgres import Tx
from omo.member.v1 import privacy_events_pb2 as events
from services.order.privacy.usecases import Persons


class PrivacyReactions:
    """One method per event heard."""

    def __init__(self, persons: Persons) -> None:
        self._persons = persons

    def handlers(self) -> list[On[Any]]:
        """What is heard."""
        return [
            On(events.MemberErasureAsked, self.on_erasure_asked),
            On(events.MemberErasureStarted, self.on_erasure_started),
            On(events.MemberExportStarted, self.on_export_started),
        ]

    async def on_erasure_asked(self, tx: Tx, event: events.MemberErasureAsked) -> None:
        """Says what stands in the way."""
        await self._persons.ask(tx, event.erasure_id, event.round, event.member_ids)

    async def on_erasure_started(self, tx: Tx, event: events.MemberErasureStarted) -> None:
        """Forgets, and gives a receipt."""
        await self._persons.scrub(tx, event.erasure_id, event.member_ids)

    async def on_export_started(self, tx: Tx, event: events.MemberExportStarted) -> None:
        """Delivers this service's part."""
        await self._persons.start(tx, event.export_id, event.member_ids)
