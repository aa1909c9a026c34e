"""The one promotion engine of OMO: a pure function from cart, member, catalogue, rules and moment to a price."""

from omo_pricing import price_lists, rules, units
from omo_pricing.allocation import Mode, allocate
from omo_pricing.assortment import Gate, NotSold, Window, why_not
from omo_pricing.cart import Cart, CartLine, Member, Price, Spend
from omo_pricing.catalogue import Catalogue, Item, Policy
from omo_pricing.conditions import MinAmount, MinQuantity
from omo_pricing.effects import AmountOff, PercentOff
from omo_pricing.engine import evaluate
from omo_pricing.errors import AllocationError, CartError, PricingError, RecordError, RuleError, UnknownSku
from omo_pricing.priced import Applied, CodeAnswer, Priced, PricedLine, Spent, TaxSum, Totals
from omo_pricing.reasons import Reason, Skipped
from omo_pricing.rounding import Rounding
from omo_pricing.ruleset import Goods, Rule, RuleSet, Scope, Stage
from omo_pricing.tax import Basis, TaxLevel
from omo_pricing.units import Refund, UnitRun, refund_of

__all__ = [
    "AllocationError",
    "AmountOff",
    "Applied",
    "Basis",
    "Cart",
    "CartError",
    "CartLine",
    "Catalogue",
    "CodeAnswer",
    "Gate",
    "Goods",
    "Item",
    "Member",
    "MinAmount",
    "MinQuantity",
    "Mode",
    "NotSold",
    "PercentOff",
    "Policy",
    "Price",
    "Priced",
    "PricedLine",
    "PricingError",
    "Reason",
    "RecordError",
    "Refund",
    "Rounding",
    "Rule",
    "RuleError",
    "RuleSet",
    "Scope",
    "Skipped",
    "Spend",
    "Spent",
    "Stage",
    "TaxLevel",
    "TaxSum",
    "Totals",
    "UnitRun",
    "UnknownSku",
    "Window",
    "allocate",
    "evaluate",
    "price_lists",
    "refund_of",
    "rules",
    "units",
    "why_not",
]
