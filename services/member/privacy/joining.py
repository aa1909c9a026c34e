"""Consents of two members who turn out to be one: the stricter choice of each, until he says something new."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from kit import access
from kit.postgres import Tx
from services.member.merging.parts import Gain, Merge, Parting
from services.member.privacy import domain, store_consents
from services.member.privacy.domain import Choice, Consent, Purpose, Said


class _Joining:
    """The stricter choice holds for the survivor until he says something new."""

    async def preview(self, tx: Tx, survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """Choices that would hold for both, and where they differ."""
        own, other = await store_consents.heads(tx, survivor_id), await store_consents.heads(tx, absorbed_id)
        changed = [key for key in other if domain.stricter(own.get(key), other[key]) is not own.get(key)]
        against = any(own.get(key) not in (None, Choice.UNSAID) for key in changed)
        return [Gain("CONSENT", len(changed), conflict="CONSENT_DIFFERS" if against else "")] if changed else []

    async def join(self, tx: Tx, merge: Merge) -> None:
        """Records what holds from now on; what each had said stays under his own id."""
        own = await store_consents.heads(tx, merge.survivor_id)
        other = await store_consents.heads(tx, merge.absorbed_id)
        told = []
        for key in sorted(other):
            strict = domain.stricter(own.get(key), other[key])
            if strict is not None and strict is not own.get(key):
                told.append(_of_merge(merge, merge.survivor_id, Said(*key, strict), "merge", merge.business_time))
        await store_consents.append(tx, told)

    async def part(self, tx: Tx, merge: Merge, parting: Parting) -> None:
        """Gives the survivor back what he had said himself, unless he has spoken since."""
        spoken = await store_consents.history(tx, [merge.survivor_id])
        told = []
        for brought in [one for one in spoken if one.record_id == _named(merge, one.said, "merge")]:
            same = [one for one in spoken if _key(one) == _key(brought)]
            if same[0].record_id != brought.record_id:
                continue
            before = next((one.said.choice for one in same[1:]), Choice.UNSAID)
            said = Said(brought.said.purpose, brought.said.channel, before)
            told.append(_of_merge(merge, merge.survivor_id, said, "unmerge", parting.business_time))
        await store_consents.append(tx, told)


def _key(one: Consent) -> tuple[Purpose, str]:
    return one.said.purpose, one.said.channel


def _named(merge: Merge, said: Said, source: str) -> str:
    return str(uuid.uuid5(uuid.UUID(merge.merge_id), f"{source}:{said.purpose}:{said.channel}"))


def _of_merge(merge: Merge, member_id: str, said: Said, source: str, moment: datetime) -> Consent:
    actor = access.current().actor
    record_id = _named(merge, said, source)
    return Consent(member_id, record_id, said, source, "", str(actor.kind), actor.id, moment)


PART = _Joining()
