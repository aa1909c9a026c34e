"""Passkeys of two members who turn out to be one, and of one who turns out to be two."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.identity.register import Register
from services.member.merging import store_moves
from services.member.merging.parts import Gain, Merge, Parting
from services.member.signin import store_passkeys
from services.member.signin.store_passkeys import Row

_KIND = "passkey"


class PasskeyPart:
    """Whoever has the device signs in as the survivor."""

    def __init__(self, register: Register) -> None:
        self._register = register

    async def preview(self, tx: Tx, survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """How many would come."""
        count = len(await store_passkeys.of(tx, [absorbed_id]))
        return [Gain("PASSKEY", count)] if count else []

    async def join(self, tx: Tx, merge: Merge) -> None:
        """Gives them to the survivor."""
        theirs = await store_passkeys.of(tx, [merge.absorbed_id])
        await store_moves.note_all(tx, merge.merge_id, _KIND, [row.passkey_id for row in theirs])
        await self._give(tx, theirs, merge.survivor_id)

    async def part(self, tx: Tx, merge: Merge, parting: Parting) -> None:
        """Gives those back that came with the absorbed one and are still there."""
        came = await store_moves.of(tx, merge.merge_id, _KIND)
        rows = [row for row in await store_passkeys.of(tx, [merge.survivor_id]) if row.passkey_id in came]
        await self._give(tx, rows, merge.absorbed_id)

    async def _give(self, tx: Tx, rows: Sequence[Row], taker: str) -> None:
        for row in rows:
            sealed = None
            if row.name_sealed:
                name = await self._register.open(tx, row.member_id, _KIND, row.name_sealed)
                sealed = await self._register.seal(tx, taker, _KIND, name)
            await store_passkeys.give(tx, row.member_id, taker, row.passkey_id, sealed)
