"""What services answer when somebody wants to be forgotten."""

from collections.abc import Sequence
from datetime import UTC

from kit.postgres import Tx
from omo.attribution.v1.privacy_events_pb2 import ErasureAnswered as AttributionAnswered
from omo.inventory.v1.privacy_events_pb2 import ErasureAnswered as InventoryAnswered
from omo.order.v1.privacy_events_pb2 import ErasureAnswered as OrderAnswered
from services.member.privacy import wire
from services.member.privacy.erasures import Erasures

Answered = AttributionAnswered | InventoryAnswered | OrderAnswered
ANSWERS = (AttributionAnswered, InventoryAnswered, OrderAnswered)


class PrivacyReactions:
    """One method for the one event that each service has for it; which service speaks is its event's to say."""

    def __init__(self, erasures: Erasures) -> None:
        self._erasures = erasures

    async def on_erasures_answered(self, tx: Tx, heard: Sequence[Answered]) -> None:
        """A word on what stands in the way, or a receipt."""
        for event in sorted(heard, key=lambda event: event.answer.erasure_id):
            answer, service = event.answer, event.DESCRIPTOR.full_name.split(".")[1]
            if answer.scrubbed:
                moment = event.meta.business_time.ToDatetime(UTC)
                await self._erasures.receipt(tx, answer.erasure_id, service, answer.rows, moment)
            else:
                said = wire.held(answer)
                await self._erasures.answered(tx, answer.erasure_id, service, answer.round, said)
