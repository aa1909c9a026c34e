"""Counts what tills gave away towards the limits of rules: facts, so none is refused, and what is too much is told."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from kit.postgres import Tx
from omo_pricing import Rule
from services.order.promotions import store, store_uses
from services.order.promotions.domain import RuleBook, RulesInvalid


@dataclass(frozen=True, slots=True)
class Used:
    """A sale used these rules, as a version of them has it."""

    order_id: str
    member_id: str | None
    rules_version: int
    rule_ids: frozenset[str]


class TillUses:
    """Published rule sets never change, so what of each is limited is looked up once."""

    def __init__(self) -> None:
        self._limited: dict[int, dict[str, Rule]] = {}

    async def count(self, tx: Tx, given: Sequence[Used]) -> list[tuple[str, str]]:
        """Counts each rule once for each sale; gives the sales, with the rule, by which a limit is passed."""
        wanted: list[tuple[Used, Rule]] = []
        for sale in given:
            limited = await self._of(tx, sale.rules_version)
            wanted += [(sale, limited[rule_id]) for rule_id in sorted(sale.rule_ids & limited.keys())]
        if not wanted:
            return []
        wanted.sort(key=lambda one: (one[1].id, one[0].order_id))  # in one order, so that nobody waits in a circle
        rows = [(sale.order_id, rule.id, sale.member_id, _goes_back(rule)) for sale, rule in wanted]
        counted = await store_uses.count_facts(tx, rows)
        return [
            (sale.order_id, rule.id)
            for sale, rule in wanted
            if _passed(rule, sale, *counted.get((sale.order_id, rule.id), (0, 0)))
        ]

    async def _of(self, tx: Tx, version: int) -> dict[str, Rule]:
        if version not in self._limited:
            found = await store.find(tx, version)
            if found is None:
                return {}  # a till of tomorrow, or a mistake: flagged as unknown
            limited: tuple[Rule, ...] = ()
            with suppress(RulesInvalid):  # of a schema that is gone: no reason to refuse what happened
                limited = RuleBook.read(found.rules_json, str(version)).limited
            self._limited[version] = {rule.id: rule for rule in limited}
        return self._limited[version]


def _goes_back(rule: Rule) -> bool:
    return rule.limit is not None and rule.limit.give_back


def _passed(rule: Rule, sale: Used, total: int, own: int) -> bool:
    """Whether more used it than may, with this sale among them."""
    limit = rule.limit
    if limit is None:
        return False
    mine = sale.member_id is not None and limit.per_member is not None and own > limit.per_member
    return mine or (limit.total is not None and total > limit.total)
