"""Members who are made one, and two again: everything goes to whom the id means under which it came."""

from collections.abc import Sequence

from kit.postgres import Tx
from services.attribution.binding import domain_merges, store, store_merges
from services.attribution.binding.domain_merges import Heard
from services.attribution.credit.usecases import Credits


class Mergers:
    """Folded from all that was heard: the end is the same in whatever order it came."""

    def __init__(self, ledger: Credits) -> None:
        self._credits = ledger

    async def hear(self, tx: Tx, heard: Sequence[Heard]) -> None:
        """Keeps them, re-keys what they concern, and decides its credits again; what was earned before stays."""
        await store_merges.lock(tx)
        ids = {one for each in heard for one in (each.absorbed_id, each.survivor_id)}
        # also those with whom a merger connects them that ends now
        kin = set(await store_merges.kin(tx, sorted(ids)))
        for each in sorted(heard, key=lambda each: (each.undone, each.merge_id)):
            if each.undone:
                await store_merges.undo(tx, each.merge_id, each.absorbed_id, each.survivor_id)
            else:
                names = (each.merge_id, each.absorbed_id, each.survivor_id)
                await store_merges.hear(tx, *names, each.merge_time)
        everybody = sorted(kin | set(await store_merges.kin(tx, sorted(kin))))
        await store.lock_members(tx, everybody)
        meant = domain_merges.meant(await store_merges.mergers(tx, everybody))
        await store_merges.put_aliases(tx, everybody, meant)
        for each in heard:
            await store_merges.assign(tx, each.order_ids, each.absorbed_id)
        await store_merges.rekey(tx, {one: meant.get(one, one) for one in everybody})
        await self._credits.redecide(tx, everybody)
