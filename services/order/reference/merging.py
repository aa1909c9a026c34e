"""Hears that a member's id turned out to mean another member, or himself after all."""

from collections.abc import Sequence
from datetime import UTC

from kit.postgres import Tx
from omo.member.v1.member_events_pb2 import MemberMerged
from omo.member.v1.merging_events_pb2 import MemberUnmerged
from services.order.reference import domain_merges, store_aliases


async def on_members_merged(tx: Tx, events: list[MemberMerged]) -> None:
    """Orders stay as they were made; who reads them is told whom they mean."""
    kin = await _kin(tx, events)
    for event in events:
        moment = event.meta.business_time.ToDatetime(UTC) if event.merge_id else None
        merge_id = event.merge_id or event.absorbed_member_id
        await store_aliases.hear(tx, merge_id, event.absorbed_member_id, event.member_id, moment)
    await _fold(tx, kin)


async def on_members_unmerged(tx: Tx, events: list[MemberUnmerged]) -> None:
    """Orders mean again whom they named; later ones only where a person said so."""
    kin = await _kin(tx, events)
    for event in events:
        await store_aliases.undo(tx, event.merge_id, event.absorbed_member_id, event.member_id)
        await store_aliases.assign(tx, event.order_ids, event.absorbed_member_id, kin)
    await _fold(tx, kin)


async def _kin(tx: Tx, events: Sequence[MemberMerged | MemberUnmerged]) -> list[str]:
    """Whom these events may concern: also those with whom a merger connects them that ends now."""
    await store_aliases.lock(tx)
    return await store_aliases.kin(tx, sorted({one for e in events for one in (e.absorbed_member_id, e.member_id)}))


async def _fold(tx: Tx, kin: Sequence[str]) -> None:
    everybody = await store_aliases.kin(tx, kin)
    mergers = await store_aliases.mergers(tx, everybody)
    await store_aliases.put(tx, everybody, domain_merges.meant(mergers))
