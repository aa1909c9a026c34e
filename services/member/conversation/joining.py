"""Threads of two members who turn out to be one: nothing moves."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.member.channels import store as channels
from services.member.conversation import store_personal as store
from services.member.merging.parts import Gain, Merge, Parting


class _Threads:
    """Threads and subscriptions stay under the id under which they began, and a member has those of every id that
    means him; so a merge brings them along by itself, and its undoing takes them back."""

    async def preview(self, tx: Tx, _survivor_id: str, absorbed_id: str, /) -> Sequence[Gain]:
        """How many threads and devices would come."""
        counted = {
            "CONVERSATION": await store.count(tx, absorbed_id),
            "DEVICE": len(await channels.subscriptions(tx, absorbed_id)),
        }
        return [Gain(kind, number) for kind, number in counted.items() if number]

    async def join(self, tx: Tx, merge: Merge) -> None:
        """The alias does it."""

    async def part(self, tx: Tx, merge: Merge, parting: Parting) -> None:
        """So does its end."""


PART = _Threads()
