"""Hears that a member's id turned out to mean another member."""

from kit.postgres import Tx
from omo.member.v1.member_events_pb2 import MemberMerged
from services.order.reference import store_aliases


async def on_members_merged(tx: Tx, events: list[MemberMerged]) -> None:
    """Orders stay as they were made; who reads them is told whom they mean."""
    await store_aliases.lock(tx)
    for event in sorted(events, key=lambda each: each.absorbed_member_id):
        await store_aliases.put(tx, event.absorbed_member_id, event.member_id)
