"""The one promotion engine of OMO: a pure function from cart, member, catalogue, rules and moment to a price."""

from omo_pricing import price_lists, rules, units
from omo_pricing.allocation import Mode, allocate
from omo_pricing.assortment import Gate, NotSold, Window, why_not
from omo_pricing.bundle import Bundle, Part
from omo_pricing.cart import Cart, CartLine, Fee, Member, Price, Spend
from omo_pricing.catalogue import Catalogue, Item, Policy
from omo_pricing.conditions import MinAmount, MinQuantity
from omo_pricing.doubts import Doubt, doubts
from omo_pricing.effects import AmountOff, FixedPrice, Gift, PercentOff, PointsMore, ShippingOff
from omo_pricing.engine import evaluate
from omo_pricing.errors import AllocationError, CartError, PricingError, RecordError, RuleError, UnknownSku
from omo_pricing.gives import Give, Off
from omo_pricing.goods import Goods
from omo_pricing.groups import Group, GroupMode, GroupScope
from omo_pricing.limits import Over, Problem, PurchaseLimit, UsageLimit
from omo_pricing.multibuy import Multibuy, Select
from omo_pricing.priced import Applied, CodeAnswer, Priced, PricedFee, PricedLine, Spent, TaxSum, Totals, Use
from omo_pricing.reasons import Reason, Skipped
from omo_pricing.rehearsal import PastBasket, Rehearsal, joined, rehearse
from omo_pricing.requalification import Paid, Requalified, less, requalify
from omo_pricing.rounding import Rounding
from omo_pricing.ruleset import Rule, RuleSet, Stage
from omo_pricing.scope import Hours, Scope
from omo_pricing.stacking import Admission, Combine, OnGoods, Stacking
from omo_pricing.tax import Basis, TaxLevel
from omo_pricing.units import Refund, UnitRun, refund_of

__all__ = [
    "Admission",
    "AllocationError",
    "AmountOff",
    "Applied",
    "Basis",
    "Bundle",
    "Cart",
    "CartError",
    "CartLine",
    "Catalogue",
    "CodeAnswer",
    "Combine",
    "Doubt",
    "Fee",
    "FixedPrice",
    "Gate",
    "Gift",
    "Give",
    "Goods",
    "Group",
    "GroupMode",
    "GroupScope",
    "Hours",
    "Item",
    "Member",
    "MinAmount",
    "MinQuantity",
    "Mode",
    "Multibuy",
    "NotSold",
    "Off",
    "OnGoods",
    "Over",
    "Paid",
    "Part",
    "PastBasket",
    "PercentOff",
    "PointsMore",
    "Policy",
    "Price",
    "Priced",
    "PricedFee",
    "PricedLine",
    "PricingError",
    "Problem",
    "PurchaseLimit",
    "Reason",
    "RecordError",
    "Refund",
    "Rehearsal",
    "Requalified",
    "Rounding",
    "Rule",
    "RuleError",
    "RuleSet",
    "Scope",
    "Select",
    "ShippingOff",
    "Skipped",
    "Spend",
    "Spent",
    "Stacking",
    "Stage",
    "TaxLevel",
    "TaxSum",
    "Totals",
    "UnitRun",
    "UnknownSku",
    "UsageLimit",
    "Use",
    "Window",
    "allocate",
    "doubts",
    "evaluate",
    "joined",
    "less",
    "price_lists",
    "refund_of",
    "rehearse",
    "requalify",
    "rules",
    "units",
    "why_not",
]
