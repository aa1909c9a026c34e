"""Tags of two members who turn out to be one; timelines and offers are read under every id, so nothing else moves."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.member.identity.register import Register
from services.member.merging import store_moves
from services.member.merging.parts import Gain, Merge, Parting
from services.member.profile import store_tags as store
from services.member.profile.tagging import place

_KIND = "tag"


class TagsPart:
    """The survivor gets the tags that he does not have; what stood on the absorbed one is kept to be given back."""

    def __init__(self, register: Register) -> None:
        self._register = register

    async def preview(self, tx: Tx, survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """How many tags the survivor would gain."""
        mine = {row.tag for row in await store.all_of(tx, [survivor_id])}
        fresh = [row for row in await store.all_of(tx, [absorbed_id]) if row.tag not in mine]
        return [Gain("TAG", len(fresh))] if fresh else []

    async def join(self, tx: Tx, merge: Merge) -> None:
        """Moves them, reasons sealed anew."""
        mine = {row.tag for row in await store.all_of(tx, [merge.survivor_id])}
        came = await store.all_of(tx, [merge.absorbed_id])
        await store_moves.note(tx, merge.merge_id, _KIND, {row.tag: _kept(row, row.tag not in mine) for row in came})
        sealed = {place(row.tag): row.why_sealed for row in came if row.why_sealed is not None}
        why = await self._register.open_all(tx, merge.absorbed_id, sealed)
        for row in came:
            if row.tag not in mine:
                await self._put(tx, row, merge.survivor_id, why.get(place(row.tag), ""))
        await store.leave(tx, merge.absorbed_id, [row.tag for row in came])

    async def part(self, tx: Tx, merge: Merge, parting: Parting) -> None:
        """Gives every tag back that has not run out; one given anew since stays with the survivor."""
        had = {row.tag: row for row in await store.all_of(tx, [merge.survivor_id])}
        for tag, kept in (await store_moves.of(tx, merge.merge_id, _KIND)).items():
            back = _row(merge.absorbed_id, tag, kept)
            now = had.get(tag)
            if kept["moved"] and now is not None and now.set_time == back.set_time:
                await store.leave(tx, merge.survivor_id, [tag])
            elif kept["moved"] and now is None:
                continue  # taken away since: it was his
            if back.expire_time is None or back.expire_time > parting.business_time:
                await store.put(tx, back)

    async def _put(self, tx: Tx, row: store.Row, member_id: str, why: str) -> None:
        sealed = await self._register.seal(tx, member_id, place(row.tag), why) if why else None
        told = (member_id, row.tag, row.origin, row.staff_code, row.location_id, sealed)
        await store.put(tx, store.Row(*told, row.set_time, row.expire_time))


def _kept(row: store.Row, moved: bool) -> dict[str, Any]:
    return {
        "moved": moved,
        "origin": row.origin,
        "staff_code": row.staff_code,
        "location_id": row.location_id,
        # still sealed under the absorbed one's own key
        "why": base64.b64encode(row.why_sealed).decode() if row.why_sealed else "",
        "set_time": row.set_time.isoformat(),
        "expire_time": row.expire_time.isoformat() if row.expire_time else "",
    }


def _row(member_id: str, tag: str, kept: dict[str, Any]) -> store.Row:
    until = datetime.fromisoformat(kept["expire_time"]) if kept["expire_time"] else None
    why = base64.b64decode(kept["why"]) if kept["why"] else None
    told = (member_id, tag, kept["origin"], kept["staff_code"], kept["location_id"], why)
    return store.Row(*told, datetime.fromisoformat(kept["set_time"]), until)
