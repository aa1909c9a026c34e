"""Keeps rules to the number of orders that may use them."""

from collections.abc import Sequence
from datetime import timedelta

from kit.errors import Code, Fault
from kit.postgres import Database, Tx
from omo_pricing import Rule, Use
from services.order.promotions import store_uses

# far longer than between the reservation and the order's own row
NEVER_CAME = timedelta(minutes=5)


class PromotionUsedUp(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "PROMOTION_USED_UP"


class Uses:
    """Reserved when an order is about to be made; its cancellation, or the sweep if it never comes, gives them back."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def remaining(self, limited: Sequence[Rule], member_id: str | None) -> dict[str, int]:
        """How often each of these rules may still be used by the member; for whoever prices."""
        if not limited:
            return {}
        rule_ids = [rule.id for rule in limited]
        async with self._db.read() as tx:
            counts = await store_uses.counts(tx, rule_ids)
            own = await store_uses.of_member(tx, member_id, rule_ids) if member_id else {}
        return {rule.id: _left(rule, counts.get(rule.id, 0), own.get(rule.id, 0)) for rule in limited}

    async def reserve(self, order_id: str, member_id: str | None, uses: Sequence[Use]) -> None:
        """All of an order's uses or none, in one transaction; who comes too late is told by which rule."""
        if not uses:
            return
        async with self._db.transaction() as tx:
            for use in sorted(uses, key=lambda use: use.rule_id):  # in one order, so that nobody waits in a circle
                if not await self._reserved(tx, order_id, member_id, use):
                    raise PromotionUsedUp("somebody else used it up meanwhile: quote again", rule_id=use.rule_id)

    async def _reserved(self, tx: Tx, order_id: str, member_id: str | None, use: Use) -> bool:
        if not await store_uses.count_one(tx, use.rule_id, use.total):
            return False
        if use.per_member is not None and member_id is not None:
            own = await store_uses.of_member(tx, member_id, [use.rule_id])
            if own.get(use.rule_id, 0) >= use.per_member:
                return False
        await store_uses.use(tx, order_id, use.rule_id, member_id, use.give_back)
        return True


def _left(rule: Rule, used: int, own: int) -> int:
    assert rule.limit is not None, "only rules with a limit are asked about"
    taken = ((rule.limit.total, used), (rule.limit.per_member, own))
    return max(0, min(most - count for most, count in taken if most is not None))
