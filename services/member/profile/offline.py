"""Trials and notes that tills kept while they were offline: on the timeline when they happened, each once."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.identity.facts import Noted
from services.member.identity.facts import Wish as NotedWish
from services.member.profile import timeline
from services.member.profile.domain_timeline import Kind
from services.member.profile.timeline import Record
from services.member.profile.usecases import Profile
from services.member.vault import Vault

# of what a till wrote else nothing is known
_OUTCOMES = ("LIKED", "HESITATED", "DECLINED")


class Offline:
    """As `Moments` keeps them at once, but as of when they happened, and of whom the till named."""

    def __init__(self, vault: Vault, profile: Profile) -> None:
        self._vault = vault
        self._profile = profile

    async def note(self, tx: Tx, noted: Sequence[Noted]) -> None:
        """In the transaction of the lane: told again it is not heard again, and its record has one name."""
        await timeline.append(tx, self._vault, [_record(one) for one in noted])
        wishes = [one for one in noted if one.fact.kind == "trial" and one.fact.wish]
        await self._profile.note(tx, [wish for one in wishes for wish in _wishes(one)])


def _record(one: Noted) -> Record:
    fact, trial = one.fact, one.fact.kind == "trial"
    outcome = fact.outcome if fact.outcome in _OUTCOMES else ""
    return Record(
        timeline.named("till", fact.terminal_id, str(fact.sequence)),
        one.member_id,
        Kind.TRIAL if trial else Kind.NOTE,
        "staff",
        fact.business_time,
        fact.location_id,
        fact.staff_code,
        fact.sku[:64] if trial else "",
        {"skus": " ".join(fact.skus), "outcome": outcome} if trial else {},
        one.note or None,
    )


def _wishes(one: Noted) -> list[NotedWish]:
    fact = one.fact
    return [
        NotedWish(one.member_id, sku, "", fact.staff_code, fact.location_id, fact.business_time) for sku in fact.skus
    ]
