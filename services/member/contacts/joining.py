"""Sealed contacts of two members who turn out to be one."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.contacts import store
from services.member.merging.parts import Gain, Merge, Parting


class ContactsPart:
    """A contact is an order's, and stays sealed for the id under which it was given.

    The alias opens it for the one who stays, and closes it to him when the
    merge is undone: there is nothing to move, and nothing to give back.
    """

    async def preview(self, tx: Tx, _survivor_id: str, absorbed_id: str) -> Sequence[Gain]:
        """How many contacts the survivor could open."""
        count = await store.count(tx, absorbed_id)
        return [Gain("CONTACT", count)] if count else []

    async def join(self, _tx: Tx, _merge: Merge) -> None:
        """Nothing moves."""

    async def part(self, _tx: Tx, _merge: Merge, _parting: Parting) -> None:
        """Nothing has moved."""
