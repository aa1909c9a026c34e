"""Runs rules over an open cart: stage by stage, by turn, never below zero, and says why each did or did not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from omo_pricing.cart import Member
from omo_pricing.effects import Effect, Gift, ShippingOff, Target
from omo_pricing.ground import Ground
from omo_pricing.groups import Branch, GroupMode, GroupScope, Node, leaves
from omo_pricing.lines import OpenLine, Share, Take
from omo_pricing.reasons import Reason, Skipped
from omo_pricing.ruleset import Rule, RuleSet
from omo_pricing.stacking import OnGoods


@dataclass(frozen=True, slots=True)
class Done:
    """A rule, by its place, that gave something: how much on which lines, and what it reckoned with."""

    place: int
    shares: tuple[Share, ...]
    base: int

    @property
    def amount(self) -> int:
        return sum(share.amount for share in self.shares)


class Run:
    """One way through the rules of a cart; looks only at those that its goods, codes and coupons lead to."""

    def __init__(self, ground: Ground, member: Member, rules: RuleSet, at: datetime, barred: Mapping[int, Reason]):
        self.ground = ground
        self.booked: list[Done] = []
        self.skipped: list[Skipped | None] = list(rules.index.idle)
        """By place; None: it gave something."""
        self._member, self._rules, self._at, self._barred = member, rules, at, barred
        self._matches = rules.index.matches(ground.open)
        self.given = given(ground, rules)
        self._places = (self._matches.keys() - rules.index.asked) | self.given
        self._asked = 0
        """Rules that were asked for and have given something, and below by category how many of it have."""
        self._alike: dict[str, int] = {}
        self._once = rules.stacking is not None and rules.stacking.on_goods is OnGoods.ONCE

    def go(self) -> Run:
        """Lets every rule have its turn."""
        index = self._rules.index
        for turn in sorted({index.turn_of[place] for place in self._places}):
            self._settle(index.turns[turn])
        for done in self.booked:
            self.skipped[done.place] = None
        return self

    def _settle(self, node: Node) -> list[Done]:
        if isinstance(node, Branch):
            return self._choose(node)
        if node not in self._places:
            return []
        result = self._offer(node)
        if isinstance(result, Done):
            self._book(result)
            return [result]
        rule = self._rules.index.ordered[node]
        reason, short = result if isinstance(result, tuple) else (result, 0)
        self.skipped[node] = Skipped(rule.id, rule.version, reason, short)
        return []

    def _choose(self, branch: Branch) -> list[Done]:
        """Tries what stands in the group and books what may give something."""
        children = [child for child in branch.children if not self._places.isdisjoint(leaves(child))]
        if branch.mode is GroupMode.STACKABLE or len(children) == 1:
            return [done for child in children for done in self._settle(child)]
        trials = [trial for child in children if (trial := self._trial(child))]
        chosen = _by_line(branch.mode, trials) if branch.scope is GroupScope.ITEM else _best(branch.mode, trials)
        for trial in trials:
            for done in trial:
                rule = self._rules.index.ordered[done.place]
                self.skipped[done.place] = Skipped(rule.id, rule.version, Reason.OUTBID)
        for done in chosen:
            self._book(done)
        return chosen

    def _trial(self, node: Node) -> list[Done]:
        before = len(self.booked)
        tried = self._settle(node)
        while len(self.booked) > before:
            done = self.booked.pop()
            self._count(done.place, -1)
            for share in done.shares:
                share.line.untake()
        return tried

    def _count(self, place: int, more: int) -> None:
        rule = self._rules.index.ordered[place]
        self._asked += more * rule.asked
        if rule.category is not None:
            self._alike[rule.category] = self._alike.get(rule.category, 0) + more

    def _offer(self, place: int) -> Done | Reason | tuple[Reason, int]:
        """Conditions look at all goods in scope, the effect falls on those that no rule has closed."""
        rule, found = self._rules.index.ordered[place], self._matches.get(place)
        refused = self._barred.get(place) or (self._refusal(rule, found) if found else Reason.NO_MATCHING_LINE)
        if refused or not found:
            return refused or Reason.NO_MATCHING_LINE
        lines = self._falls_on(rule, found)
        if isinstance(lines, Reason):
            return lines
        shares = rule.effect.offer(lines, rule.stage.mode)
        if not shares:
            return Reason.TOO_FEW_FOR_SET if rule.effect.kind in {"multibuy", "bundle"} else Reason.NOTHING_LEFT
        return Done(place, tuple(shares), sum(line.left for line in lines))

    def _refusal(self, rule: Rule, found: Sequence[OpenLine]) -> Reason | tuple[Reason, int] | None:
        """Why it gives nothing, and where that is how much is missing to a minimum."""
        outside = rule.scope.refusal(self.ground.cart, self._member, self._at, self._rules.utc_offset)
        if refused := outside or self._used(rule) or self._full(rule):
            return refused
        for condition in rule.conditions:
            if (short := condition.short(found)) > 0:
                return condition.reason, short
        return None

    def _used(self, rule: Rule) -> Reason | None:
        cart = self.ground.cart
        if rule.limit and rule.limit.per_member is not None and not self._member.known:
            return Reason.MEMBERS_ONLY
        if rule.limit and cart.remaining.get(rule.id, 1) <= 0:
            return Reason.USED_UP
        if rule.asked and self.ground.settled(rule.id):
            return Reason.ALREADY_GIVEN
        return None

    def _full(self, rule: Rule) -> Reason | None:
        stacking = self._rules.stacking
        if stacking is None:
            return None
        if rule.asked and self._asked >= stacking.applied_limit:
            return Reason.TOO_MANY_APPLIED
        if rule.category is None or stacking.category_limit is None:
            return None
        return Reason.CATEGORY_FULL if self._alike.get(rule.category, 0) >= stacking.category_limit else None

    def _falls_on(self, rule: Rule, found: Sequence[OpenLine]) -> list[OpenLine] | Reason:
        """The lines that the rule may take from, each with something left."""
        candidates = self._target(rule, rule.effect, found)
        if isinstance(candidates, Reason):
            return candidates
        categorised = self._once and rule.category is not None
        lines = [line for line in candidates if not line.closed(rule.stage, categorised)]
        return [line for line in lines if line.left] or (Reason.NOTHING_LEFT if lines else Reason.STOPPED)

    def _target(self, rule: Rule, effect: Effect, found: Sequence[OpenLine]) -> Sequence[OpenLine] | Reason:
        if effect.target is Target.GOODS:
            return found
        if isinstance(effect, ShippingOff):
            fees = [fee for fee in self.ground.fees if not effect.methods or fee.method in effect.methods]
            return fees or Reason.NO_FEE
        assert isinstance(effect, Gift), "the one other target"
        if rule.id in self.ground.cart.refused:
            return Reason.GIFT_REFUSED
        gift = self.ground.gift(rule.id, effect.sku, effect.quantity)
        return [gift] if gift else Reason.GIFT_NOT_SOLD

    def _book(self, done: Done) -> None:
        rule = self._rules.index.ordered[done.place]
        closes = rule.stage.value if rule.stop_after else ""
        for share in done.shares:
            share.line.take(Take(rule.id, share.amount, share.picks, share.points, closes, rule.category is not None))
        self.booked.append(done)
        self._count(done.place, 1)


def given(ground: Ground, rules: RuleSet) -> set[int]:
    """The places of the rules that a code or coupon asks for."""
    index = rules.index
    places = {place for code in ground.cart.codes for place in index.codes.get(code, ())}
    return places | {index.issued[rule_id] for rule_id in ground.cart.opened if rule_id in index.issued}


def _better(mode: GroupMode) -> Callable[[int, int], bool]:
    """Whether a later one's amount displaces an earlier one's; equals keep their order."""
    if mode is GroupMode.LIST_ORDER:
        return lambda _later, _earlier: False
    if mode is GroupMode.HIGHEST:
        return lambda later, earlier: later > earlier
    return lambda later, earlier: later < earlier


def _best(mode: GroupMode, trials: Sequence[list[Done]]) -> list[Done]:
    best: list[Done] = []
    better = _better(mode)
    for trial in trials:
        if not best or better(_worth(trial), _worth(best)):
            best = trial
    return best


def _worth(trial: Sequence[Done]) -> int:
    return sum(done.amount for done in trial)


def _by_line(mode: GroupMode, trials: Sequence[list[Done]]) -> list[Done]:
    """For each line what the best of them gives on it, and nothing of the others."""
    better = _better(mode)
    won: dict[int, tuple[int, int]] = {}
    for number, trial in enumerate(trials):
        for line, amount in _worth_by_line(trial).items():
            if line not in won or better(amount, won[line][1]):
                won[line] = number, amount
    kept = [
        replace(done, shares=tuple(share for share in done.shares if won[id(share.line)][0] == number))
        for number, trial in enumerate(trials)
        for done in trial
    ]
    return [done for done in kept if done.shares]


def _worth_by_line(trial: Sequence[Done]) -> dict[int, int]:
    worth: dict[int, int] = {}
    for share in (share for done in trial for share in done.shares):
        worth[id(share.line)] = worth.get(id(share.line), 0) + share.amount
    return worth
