"""Rule sets: written as drafts, tried on past orders, made to decide, retired."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kit import access, pages, requests
from kit.clock import Clock
from kit.errors import Code, Fault, invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import sourcing_pb2 as pb
from omo.inventory.v1 import sourcing_service_pb2 as rpc
from services.inventory.sourcing import domain_author, domain_simulation, store, store_rules, wire
from services.inventory.sourcing.domain import Decision, Fallback, Limits, Order, Place, StockView
from services.inventory.sourcing.domain_author import RuleSetUnknown
from services.inventory.sourcing.domain_records import RuleSet
from services.inventory.sourcing.domain_rules import Strategy
from services.inventory.sourcing.domain_simulation import Comparison, Prices
from services.inventory.sourcing.domain_sourcing import source
from services.inventory.sourcing.port import Stock
from services.inventory.sourcing.strategies import Strategies, read
from services.inventory.sourcing.usecases import Sourcing

_LAST = 2**62


class RuleSetClash(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "RULE_SET_CLASH"


class RuleSets:
    """What headquarters write."""

    def __init__(self, db: Database, clock: Clock, sourcing: Sourcing, stock: Stock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._sourcing = sourcing
        self._stock = stock
        self._page_key = page_key + b" rule sets"

    async def put(
        self, asked: Request, rule_set_id: str, channel_ids: Sequence[str], document: dict[str, Any]
    ) -> rpc.PutRuleSetResponse:
        """Stores a draft that can stand; what looks wrong all the same comes as a warning."""
        strategy = domain_author.read(document, rule_set_id, 0)

        async def work(tx: Tx) -> rpc.PutRuleSetResponse:
            actor = access.current().actor
            stored = await store_rules.put(tx, rule_set_id, channel_ids, json.dumps(document), actor)
            ground = await self._sourcing.ground(tx, [])
            return rpc.PutRuleSetResponse(
                rule_set=wire.rule_set(stored), warnings=[*_warnings(strategy, ground.places)]
            )

        return await requests.once(self._db, asked, work, rpc.PutRuleSetResponse)

    async def activate(self, asked: Request, rule_set_id: str, version: int) -> rpc.ActivateRuleSetResponse:
        """From its commit on this version decides."""

        async def work(tx: Tx) -> rpc.ActivateRuleSetResponse:
            active = await store_rules.active(tx, lock=True)
            found = await _found(tx, rule_set_id, version)
            for other in active:
                _keep_apart(found, other)
            if read(found) is Fallback.BROKEN:
                raise invalid("version", "cannot be read any more; put it anew")
            stored = await store_rules.activate(tx, rule_set_id, found.version, access.current().actor)
            return rpc.ActivateRuleSetResponse(rule_set=wire.rule_set(stored))

        return await requests.once(self._db, asked, work, rpc.ActivateRuleSetResponse)

    async def retire(self, asked: Request, rule_set_id: str) -> rpc.RetireRuleSetResponse:
        """Nobody asks it any more."""

        async def work(tx: Tx) -> rpc.RetireRuleSetResponse:
            if not await store_rules.retire(tx, rule_set_id, access.current().actor):
                await _found(tx, rule_set_id, 0)
            return rpc.RetireRuleSetResponse()

        return await requests.once(self._db, asked, work, rpc.RetireRuleSetResponse)

    async def get(self, rule_set_id: str, version: int) -> rpc.GetRuleSetResponse:
        """One version; 0 is the newest."""
        async with self._db.read() as tx:
            return rpc.GetRuleSetResponse(rule_set=wire.rule_set(await _found(tx, rule_set_id, version)))

    async def page(self, size: int, token: str) -> rpc.ListRuleSetsResponse:
        """Versions by code, the newest first."""
        size = pages.page_size(size)
        cursor = pages.decode(token, self._page_key) or {"id": "", "version": _LAST}
        async with self._db.read() as tx:
            found = await store_rules.page(tx, cursor["id"], cursor["version"], size)
        more = ""
        if len(found) == size:
            more = pages.encode({"id": found[-1].rule_set_id, "version": found[-1].version}, self._page_key)
        return rpc.ListRuleSetsResponse(rule_sets=map(wire.rule_set, found), next_page_token=more)

    async def simulate(
        self, rule_set_id: str, version: int, start: datetime | None, most: int, prices: Prices
    ) -> Comparison:
        """What the version would do with past orders, each over today's stock and what it took itself."""
        now = self._clock()
        async with self._db.read() as tx:
            found = await _found(tx, rule_set_id, version)
            draft = read(found)
            if not isinstance(draft, Strategy):
                raise invalid("version", "cannot be read any more; put it anew")
            past = await store.recent(tx, start or now - timedelta(days=30), most)
            ground = await self._sourcing.ground(tx, past)
            orders = [
                replace(ground.whole(held), attempts=0, latitude=order.latitude, longitude=order.longitude)
                for held, order, _ in ground.orders.values()
            ]
            skus = sorted({line.sku for order in orders for line in order.lines})
            view = await self._stock.view(tx, skus, [place.location_id for place in ground.places])
            limits = await self._sourcing.limits(tx, ground, skus, draft)
        given = {key: assigned for key, (_, _, assigned) in ground.orders.items()}
        views = {order.order_id: _with(view, given[order.order_id]) for order in orders}
        before = _decisions(orders, views, ground.places, ground.strategies, limits, now)
        instead = ground.strategies.instead(draft, found.channel_ids)
        after = _decisions(orders, views, ground.places, instead, limits, now)
        return domain_simulation.compare(orders, ground.places, before, after, prices)


async def _found(tx: Tx, rule_set_id: str, version: int) -> RuleSet:
    found = await store_rules.find(tx, rule_set_id, version)
    if found is None:
        raise RuleSetUnknown("there is no such rule set", rule_set_id=rule_set_id, version=version)
    return found


def _keep_apart(given: RuleSet, other: RuleSet) -> None:
    """Two rule sets never decide for one channel, nor two for the brand."""
    if other.rule_set_id == given.rule_set_id:
        return
    both = sorted(set(given.channel_ids) & set(other.channel_ids))
    if both or not (given.channel_ids or other.channel_ids):
        channel = both[0] if both else ""
        raise RuleSetClash(
            f"{other.rule_set_id} decides for {channel or 'the brand'}", other=other.rule_set_id, channel_id=channel
        )


def _warnings(strategy: Strategy, places: Sequence[Place]) -> list[pb.RuleSetWarning]:
    """Groups and places that nobody has, and rules that leave nobody."""
    codes = {code for place in places for code in (place.location_id, *place.groups)}
    groups = {group for place in places for group in place.groups}
    found: list[pb.RuleSetWarning] = []
    for number, route in enumerate(strategy.routes):
        for index, rule in enumerate(route.rules):
            at = f"routes[{number}].rules[{index}]"
            unknown = sorted((rule.groups | rule.groups_excluded) - groups)
            found += [pb.RuleSetWarning(field=f"{at}.groups", text=f"no location is in {code}") for code in unknown]
            strange = [code for code in rule.sequence if code not in codes]
            found += [pb.RuleSetWarning(field=f"{at}.sequence", text=f"nothing is called {code}") for code in strange]
            taken = [p for p in places if (not rule.groups or rule.groups & p.groups)]
            if not [p for p in taken if not rule.groups_excluded & p.groups]:
                found.append(pb.RuleSetWarning(field=at, text="excludes every location; the default would decide"))
    return found


def _with(view: StockView, given: Sequence[Any]) -> StockView:
    """The stock as if this order had taken nothing."""
    back = {sku: dict(rows) for sku, rows in view.items() if any(one.sku == sku for one in given)}
    for one in given:
        rows = back.setdefault(one.sku, {})
        rows[one.location_id] = rows.get(one.location_id, 0) + one.quantity
    return {**view, **back}


def _decisions(
    orders: Sequence[Order],
    views: dict[str, StockView],
    places: Sequence[Place],
    strategies: Strategies,
    limits: Limits,
    now: datetime,
) -> dict[str, Decision]:
    return {
        one.order_id: source(one, views[one.order_id], places, strategies.choose(one.channel_id), lambda: now, limits)
        for one in orders
    }
