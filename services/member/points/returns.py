"""What a return means for the member: points go back both ways, the tier is looked at, and each is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from kit import outbox
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import domain_returns, posting, store, store_lots, store_sales, store_units, units, wire
from services.member.points.domain import Kind, Refund, ReturnedRun
from services.member.points.domain_returns import Settled
from services.member.points.ledger import Balance, Transfer
from services.member.program.domain import Program
from services.member.tiers import deciding, domain_replay
from services.member.tiers import domain_returns as tier_returns
from services.member.tiers import store as tiers_store
from services.member.wallet.usecases import Wallet

UNITS_RETURNED = "UNITS_RETURNED"


@dataclass(frozen=True, slots=True)
class _Taken:
    """What was taken back for one return."""

    settled: Settled
    points: int


class Returns:
    """Units that came back. Members are locked before anything is looked at."""

    def __init__(self, clock: Clock, zone: ZoneInfo, wallet: Wallet) -> None:
        self._clock = clock
        self._zone = zone
        self._wallet = wallet

    async def come_back(self, tx: Tx, runs: Sequence[ReturnedRun], members: Mapping[str, str]) -> None:
        """Keeps what came back, given with each order's member, and settles what it can."""
        await store_units.come_back(tx, runs, members)
        await self.settle(tx, sorted({run.order_id for run in runs}), members)

    async def settle(self, tx: Tx, order_ids: Sequence[str], members: Mapping[str, str]) -> None:
        """Settles the returns of orders that are known; the others wait until their order is heard of."""
        meant, _ = await store.lock_meant(tx, [members[order_id] for order_id in order_ids])
        owners = {order_id: meant[members[order_id]] for order_id in order_ids}
        # whoever has the lots by now: an order may have been given to somebody whom a merge had absorbed
        owners |= {lot["order_id"]: lot["member_id"] for lot in await store_lots.of_orders(tx, order_ids)}
        known = await store_units.returns(tx, order_ids, sorted(set(owners.values())))
        open_ = [refund for refund in known if not refund.settled]
        if not open_:
            return
        program = await store.program(tx)
        came = await store_units.returned(tx, sorted({refund.order_id for refund in open_}))
        done = {refund.refund_id for refund in known if refund.settled}
        for refund in open_:
            mine = replace(refund, member_id=owners[refund.order_id])
            runs = [run for run in came if run.refund_id == refund.refund_id]
            taken = await self._take_back(tx, mine, [run for run in came if run.refund_id in done], runs, program)
            given = await self._give_back(tx, mine, runs)
            tier = await self._judge(tx, mine, runs, taken.points, program)
            await store_units.settle(tx, refund.refund_id, self._clock())
            done.add(refund.refund_id)
            await self._answer(tx, mine, taken.settled, given, tier)

    async def _take_back(
        self, tx: Tx, refund: Refund, before: Sequence[ReturnedRun], runs: Sequence[ReturnedRun], program: Program
    ) -> _Taken:
        """Takes what these units earned: out of their own lots, then by the program's policy."""
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
            key = f"reverse:{refund.order_id}:{refund.refund_id}"
            moved = Transfer(
                refund.member_id,
                uuid7(),
                Kind.REVERSE_EARN,
                key,
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
        return _Taken(plan.settled, total)

    async def _give_back(self, tx: Tx, refund: Refund, runs: Sequence[ReturnedRun]) -> int:
        """Gives back what was spent on these units."""
        if any(run.points_returned for run in runs):
            return await self._wallet.give_back(tx, refund.order_id, refund.moment)
        return 0

    async def _judge(
        self, tx: Tx, refund: Refund, runs: Sequence[ReturnedRun], points: int, program: Program
    ) -> Balance:
        """Counts less toward the tier at once; the tier itself follows by the program's rules."""
        left_out, point_value = await store_sales.left_out(tx, refund.member_id, refund.order_id)
        net = sum(run.net - run.points_returned * point_value for run in runs if run.line_no not in left_out)
        back = net, points
        await store_sales.give_back(tx, refund.member_id, refund.order_id, refund.refund_id, refund.moment, back)
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

    async def _answer(self, tx: Tx, refund: Refund, settled: Settled, given: int, balance: Balance) -> None:
        events = wire.settled(refund, settled, given, balance.tier, self._clock())
        for event in events:
            balance.version += 1
            event.meta.sequence = balance.version
        await posting.post(tx, {}, (), [balance])
        await outbox.append(tx, *events)


def _own(lot: Any, points: int) -> domain_returns.Own:
    return domain_returns.Own(
        lot["lot_id"], points, lot["pending"], lot["active"], lot["expired_points"] - lot["spared"]
    )
