"""What providers tell of our messages, once their word was checked, as outcomes."""

from kit.postgres import Tx
from services.member.channels.reports import Report
from services.member.messages import outcomes, store_outcomes
from services.member.messages.outcomes import Outcomes

_KINDS = {
    "delivered": outcomes.DELIVERED,
    "opened": outcomes.OPENED,
    "blocked": outcomes.BLOCKED,
    "unknown_address": outcomes.BLOCKED,
}


class Reporting:
    """Listens where reports come in."""

    def __init__(self, kept: Outcomes) -> None:
        self._outcomes = kept

    async def hear(self, tx: Tx, report: Report) -> None:
        """One report; of a message that is none of ours it says nothing."""
        kind, row = _KINDS.get(report.outcome), None
        if report.message_id:
            row = await store_outcomes.one(tx, report.message_id) if _is_ours(report.message_id) else None
        elif report.provider_ref:
            row = await store_outcomes.by_ref(tx, report.channel, report.provider_ref)
        if kind is not None and row is not None:
            await self._outcomes.reported(tx, row, kind, report.at)


def _is_ours(text: str) -> bool:
    return len(text) == len("00000000-0000-0000-0000-000000000000") and text.count("-") == 4 and text.isascii()
