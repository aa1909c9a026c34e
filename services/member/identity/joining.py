"""Identifiers and the register of two members who turn out to be one, and of one who turns out to be two."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from kit.postgres import Tx
from services.member.identity import store_joining, store_shares
from services.member.identity.register import Register
from services.member.identity.store_joining import Head
from services.member.merging import store_moves
from services.member.merging.parts import Gain, Merge, Parting

# what one person has once
_ONE_EACH = {"phone", "line"}


class IdentityPart:
    """Everything sealed is sealed anew under the key of whoever has it: the other's key may be forgotten one day."""

    def __init__(self, register: Register) -> None:
        self._register = register

    async def preview(self, tx: Tx, survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """How many identifiers of each kind would come, and which kinds both have of what one person has once."""
        mine = {it.kind for it in await store_joining.identifiers(tx, survivor_id)}
        theirs = Counter(it.kind for it in await store_joining.identifiers(tx, absorbed_id))
        return [
            Gain("IDENTIFIER", count, conflict="BOTH_HAVE_ONE" if kind in _ONE_EACH & mine else "", label=kind)
            for kind, count in sorted(theirs.items())
        ]

    async def join(self, tx: Tx, merge: Merge) -> None:
        """Gives the survivor every way to recognise the absorbed one, and fills in what he has not said."""
        giver, taker = merge.absorbed_id, merge.survivor_id
        await self._give_identifiers(tx, giver, taker, merge.merge_id)
        shared = await store_shares.give(tx, giver, taker)
        noted = {lookup.hex(): {"had": had} for lookup, had in shared.items()}
        await store_moves.note(tx, merge.merge_id, "shared_number", noted)
        heads = await store_joining.heads(tx, giver, taker)
        if len(heads) < 2:  # a till's id, of which nobody enrolled
            return
        before = heads[taker]
        after = await self._joined(tx, before, heads[giver], merge)
        await store_joining.put(tx, after)
        await store_moves.note(tx, merge.merge_id, "member", {taker: {"was": _words(before), "became": _words(after)}})

    async def part(self, tx: Tx, merge: Merge, _parting: Parting) -> None:
        """Gives identifiers back that are still held; what was said anew since stays."""
        giver, taker = merge.survivor_id, merge.absorbed_id
        await self._give_identifiers(tx, giver, taker, merge.merge_id, back=True)
        shared = await store_moves.of(tx, merge.merge_id, "shared_number")
        came = {bytes.fromhex(lookup): bool(told["had"]) for lookup, told in shared.items()}
        await store_shares.give_back(tx, giver, taker, came)
        for member_id, told in (await store_moves.of(tx, merge.merge_id, "member")).items():
            present = (await store_joining.heads(tx, member_id))[member_id]
            now = _words(present)
            was = {name: old for name, old in told["was"].items() if now[name] == told["became"][name]}
            await store_joining.put(tx, _head(member_id, {**now, **was}))

    async def _give_identifiers(self, tx: Tx, giver: str, taker: str, merge_id: str, *, back: bool = False) -> None:
        found = await store_joining.identifiers(tx, giver)
        if back:
            noted = await store_moves.of(tx, merge_id, "identifier")
            found = [it for it in found if f"{it.kind}:{it.lookup.hex()}" in noted]
        else:
            await store_moves.note_all(tx, merge_id, "identifier", [f"{it.kind}:{it.lookup.hex()}" for it in found])
        sealed = []
        for it in found:
            value = await self._register.open(tx, giver, it.kind, it.value_sealed)
            sealed.append((it.kind, it.lookup, await self._register.seal(tx, taker, it.kind, value)))
        await store_joining.give(tx, giver, taker, sealed)

    async def _joined(self, tx: Tx, survivor: Head, absorbed: Head, merge: Merge) -> Head:
        """The earlier beginning, the earlier claim, and the name that somebody chose or that there is."""
        first = min(survivor, absorbed, key=lambda head: (head.join_time, head.member_id))
        claims = [head.claim_time for head in (survivor, absorbed) if head.claim_time]
        chosen = merge.winners.get("display_name", survivor.member_id if survivor.name_sealed else absorbed.member_id)
        name = survivor.name_sealed
        if chosen == absorbed.member_id and absorbed.name_sealed:
            text = await self._register.open(tx, absorbed.member_id, "name", absorbed.name_sealed)
            name = await self._register.seal(tx, survivor.member_id, "name", text)
        return replace(
            survivor,
            kind="member" if "member" in (survivor.kind, absorbed.kind) else survivor.kind,
            name_sealed=name,
            claim_time=min(claims) if claims else None,
            enrolled_location_id=first.enrolled_location_id,
            enrolled_staff_code=first.enrolled_staff_code,
            join_time=first.join_time,
        )


def _words(head: Head) -> dict[str, Any]:
    return {
        "kind": head.kind,
        "name": head.name_sealed.hex() if head.name_sealed else "",
        "claim": head.claim_time.isoformat() if head.claim_time else "",
        "location_id": head.enrolled_location_id,
        "staff_code": head.enrolled_staff_code,
        "join": head.join_time.isoformat(),
    }


def _head(member_id: str, words: dict[str, Any]) -> Head:
    return Head(
        member_id,
        words["kind"],
        bytes.fromhex(words["name"]) if words["name"] else None,
        datetime.fromisoformat(words["claim"]) if words["claim"] else None,
        words["location_id"],
        words["staff_code"],
        datetime.fromisoformat(words["join"]),
    )
