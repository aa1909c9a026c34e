"""What a return means for the member: points go back both ways, the tier is looked at, and each is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from kit import outbox
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import (
    domain_returns,
    posting,
    store,
    store_lots,
    store_returns,
    store_sales,
    store_units,
    units,
    wire,
)
from services.member.points.domain import Kind, Refund, ReturnedRun
from services.member.points.domain_returns import Plan
from services.member.points.ledger import Balance, Transfer
from services.member.program.domain import Program
from services.member.tiers import deciding, domain_replay
from services.member.tiers import domain_returns as tier_returns
from services.member.tiers import store as tiers_store
from services.member.wallet import store as wallet_store
from services.member.wallet.usecases import Wallet

UNITS_RETURNED = "UNITS_RETURNED"


class Returns:
    """Units that came back. Members are locked before anything is looked at."""

    def __init__(self, clock: Clock, zone: ZoneInfo, wallet: Wallet) -> None:
        self._clock = clock
        self._zone = zone
        self._wallet = wallet

    async def come_back(self, tx: Tx, runs: Sequence[ReturnedRun], members: Mapping[str, str]) -> None:
        """Keeps what came back, given with each order's member, and settles what it can."""
        known = await store_returns.returned(tx, sorted({run.order_id for run in runs}))
        await store_returns.come_back(tx, domain_returns.fresh(known, runs))
        await store_returns.put(tx, runs, members)
        await self.settle(tx, sorted({run.order_id for run in runs}), members)

    async def settle(self, tx: Tx, order_ids: Sequence[str], members: Mapping[str, str]) -> None:
        """Settles the returns of orders that are known; the others wait until their order is heard of.

        A return that is told by several stores is settled by their lines: what
        came since is its next part, and its answers say what it is in all.
        """
        meant, _ = await store.lock_meant(tx, [members[order_id] for order_id in order_ids])
        owners = {order_id: meant[members[order_id]] for order_id in order_ids}
        # whoever has the lots by now: an order may have been given to somebody whom a merge had absorbed
        owners |= {lot["order_id"]: lot["member_id"] for lot in await store_lots.of_orders(tx, order_ids)}
        open_ = await store_returns.returns(tx, order_ids, sorted(set(owners.values())))
        if not open_:
            return
        program = await store.program(tx)
        came = await store_returns.returned(tx, sorted({refund.order_id for refund in open_}))
        before = [run for run in came if run.settled]
        for refund in open_:
            runs = [run for run in came if run.refund_id == refund.refund_id and not run.settled]
            mine = replace(refund, member_id=owners[refund.order_id], parts=refund.parts + 1)
            mine = replace(mine, moment=max((run.moment for run in runs), default=refund.moment))
            plan, points = await self._take_back(tx, mine, before, runs, program)
            given = await self._give_back(tx, mine, runs)
            tier = await self._judge(tx, mine, runs, points, program)
            mine = replace(mine, taken=mine.taken + plan.taken, short=mine.short + plan.short, given=mine.given + given)
            await store_returns.settle(tx, mine, self._clock())
            before += runs
            await self._answer(tx, mine, program, tier)

    async def _take_back(
        self, tx: Tx, refund: Refund, before: Sequence[ReturnedRun], runs: Sequence[ReturnedRun], program: Program
    ) -> tuple[Plan, int]:
        """Takes what these units earned: out of their own lots, then by the program's policy. Answers how many too."""
        balance = (await store.lock(tx, [refund.member_id]))[refund.member_id]
        cancelled = await store_units.cancelled(tx, [refund.order_id])
        # an order's lots are its member's, but for one that an older id had earned
        lots = [
            lot for lot in await store_lots.of_orders(tx, [refund.order_id]) if lot["member_id"] == refund.member_id
        ]
        gone = units.gone([*cancelled, *(run for run in (*before, *runs) if run.order_id == refund.order_id)])
        due = [(lot, points) for lot in lots if (points := units.target(lot, gone) - lot["taken"]) > 0]
        others = await store_lots.spendable(tx, refund.member_id, self._clock()) if due else []
        plan = domain_returns.plan(program, [_own(lot, points) for lot, points in due], others)
        total = sum(points for _, points in due)
        if plan.entries:
            moved = Transfer(
                refund.member_id,
                uuid7(),
                Kind.REVERSE_EARN,
                f"reverse:{refund.order_id}:{refund.refund_id}" + (f":{refund.parts}" if refund.parts > 1 else ""),
                -(total - plan.spared),
                refund.order_id,
                refund.moment,
                UNITS_RETURNED,
                program.rule_version,
                plan.entries,
            )
            await store_lots.move(tx, refund.member_id, plan.moves)
            await posting.post(tx, {refund.member_id: balance}, [moved])
        taken = [(refund.member_id, lot["lot_id"], points, plan.spared_of[lot["lot_id"]]) for lot, points in due]
        await store_units.take(tx, taken)
        return plan, total

    async def _give_back(self, tx: Tx, refund: Refund, runs: Sequence[ReturnedRun]) -> int:
        """Gives back what was spent on these units; some of it may be back since the order was heard of."""
        asked = sum(run.points_returned for run in runs)
        if not asked:
            return 0
        await self._wallet.give_back(tx, refund.order_id, refund.moment)
        return min(asked, await wallet_store.restored(tx, refund.order_id))

    async def _judge(
        self, tx: Tx, refund: Refund, runs: Sequence[ReturnedRun], points: int, program: Program
    ) -> Balance:
        """Counts less toward the tier at once; the tier itself follows by the program's rules."""
        left_out, point_value = await store_sales.left_out(tx, refund.member_id, refund.order_id)
        net = sum(run.net - run.points_returned * point_value for run in runs if run.line_no not in left_out)
        back = net, points
        await store_sales.give_back(tx, refund, back)
        balance = (await store.lock(tx, [refund.member_id]))[refund.member_id]
        counted = (await tiers_store.counted(tx, [refund.member_id]))[refund.member_id]
        ruled = (await deciding.rules(tx, program, self._zone, [refund.member_id]))[refund.member_id]
        steps = domain_replay.overdue(ruled, deciding.state(balance), counted, refund.moment)
        held = steps[-1].after if steps else deciding.state(balance)
        step = tier_returns.came_back(ruled, held, counted, refund.order_id, refund.moment)
        decision = deciding.decided(balance, [*steps, *([step] if step else [])], program)
        if decision.rows:
            await posting.post(tx, {}, (), [balance])
            await deciding.tell(tx, [decision], program, self._zone, self._clock())
        return balance

    async def _answer(self, tx: Tx, refund: Refund, program: Program, balance: Balance) -> None:
        settled = domain_returns.settled(program, refund.taken, refund.short)
        events = wire.settled(refund, settled, balance.tier, self._clock())
        for event in events:
            balance.version += 1
            event.meta.sequence = balance.version
        await posting.post(tx, {}, (), [balance])
        await outbox.append(tx, *events)


def _own(lot: Any, points: int) -> domain_returns.Own:
    return domain_returns.Own(
        lot["lot_id"], points, lot["pending"], lot["active"], lot["expired_points"] - lot["spared"]
    )
