"""Which rules may give something together: tries the ways that the policies of a rule set allow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from omo_pricing.cart import Cart, Member
from omo_pricing.catalogue import Catalogue
from omo_pricing.effects import Gift, PointsMore
from omo_pricing.ground import Ground
from omo_pricing.reasons import Reason
from omo_pricing.ruleset import Rule, RuleSet, Stage
from omo_pricing.stacking import Admission, Combine, Stacking
from omo_pricing.stages import Run

Bars = Mapping[int, Reason]
Runner = Callable[[Bars], Run]


def decide(
    cart: Cart, member: Member, catalogue: Catalogue, rules: RuleSet, at: datetime, only: Collection[str] | None
) -> Run:
    """The way through the rules that counts."""

    def through(bars: Bars) -> Run:
        return Run(Ground(cart, catalogue), member, rules, at, bars).go()

    run: Runner = through
    bars = {} if only is None else _bars(rules, Reason.NOT_EVALUATED, lambda rule: rule.id not in only)
    stacking = rules.stacking
    if stacking is not None:
        bars = {**_unread(cart, rules, stacking.sent_limit), **bars}
        run = _stacked(run, cart, rules, stacking)
    return run(bars) if rules.combine is Combine.STACKING else _best_deal(run, rules, bars)


def _bars(rules: RuleSet, reason: Reason, which: Callable[[Rule], bool]) -> dict[int, Reason]:
    return {place: reason for place, rule in enumerate(rules.index.ordered) if which(rule)}


def _unread(cart: Cart, rules: RuleSet, limit: int) -> dict[int, Reason]:
    """What was sent beyond the limit, codes before coupons; a rule that something before it asks for stays."""
    index = rules.index
    sent = [index.codes.get(code, []) for code in dict.fromkeys(cart.codes)]
    sent += [[index.issued[rule_id]] for rule_id in dict.fromkeys(cart.opened) if rule_id in index.issued]
    read = {place for places in sent[:limit] for place in places}
    return {place: Reason.TOO_MANY_SENT for places in sent[limit:] for place in places if place not in read}


def _stacked(run: Runner, cart: Cart, rules: RuleSet, stacking: Stacking) -> Runner:
    def exclusive(bars: Bars) -> Run:
        return _exclusive(run, rules, stacking, bars)

    if stacking.admission is Admission.PARTIAL:
        return exclusive

    def all_or_none(bars: Bars) -> Run:
        tried = exclusive(bars)
        missed = {place for place in tried.given if tried.skipped[place]}
        helped = {code for code in cart.codes if _helps(tried, rules.index.codes.get(code, ()))}
        coupons = {rules.index.issued.get(rule_id, -1) for rule_id in cart.opened}
        if helped.issuperset(cart.codes) and not coupons & (missed | {-1}):
            return tried
        why = {place: found.reason for place in missed if (found := tried.skipped[place])}
        return exclusive({**bars, **dict.fromkeys(tried.given, Reason.NOT_ALL_APPLY), **why})

    return all_or_none


def _helps(tried: Run, places: Collection[int]) -> bool:
    return any(tried.skipped[place] is None for place in places)


def _exclusive(run: Runner, rules: RuleSet, stacking: Stacking, bars: Bars) -> Run:
    """The first exclusive category of which something is given bars the others; what gives nothing bars nobody."""
    failed: dict[int, Reason] = {}
    for category in stacking.exclusive_categories:
        tried = run({**_rivals(rules, category, stacking), **failed, **bars})
        own = [place for place, rule in enumerate(rules.index.ordered) if rule.category == category]
        if _helps(tried, own):
            return tried
        failed |= {place: found.reason for place in own if (found := tried.skipped[place])}
    return run({**failed, **bars})


def _rivals(rules: RuleSet, category: str, stacking: Stacking) -> dict[int, Reason]:
    beside = {category, None, *stacking.joint_categories}
    return _bars(rules, Reason.EXCLUDED, lambda rule: rule.category not in beside)


def _best_deal(run: Runner, rules: RuleSet, bars: Bars) -> Run:
    """Sale prices or the discounts after them; where both come to the same, sale prices."""
    reason = Reason.OTHER_DEAL_BETTER
    sale = run({**_bars(rules, reason, _discounts_later), **bars})
    later = run({**_bars(rules, reason, lambda rule: rule.stage is Stage.PRODUCT), **bars})
    return later if later.ground.left < sale.ground.left else sale


def _discounts_later(rule: Rule) -> bool:
    return rule.stage in {Stage.LINE, Stage.ORDER} and not isinstance(rule.effect, Gift | PointsMore)
