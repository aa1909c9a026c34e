"""The loyalty program as headquarters writes and reads it; what is not said means what it always meant."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, LocationId, NextPage, Shown, Time, When, Whole, eg, said

Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Codes = Annotated[list[Code], Field(max_length=1_000)]
Days = Annotated[Whole, Field(ge=0, le=36_500)]
Amount = Annotated[Whole, Field(ge=0, le=1_000_000_000_000)]
Span = Annotated[str, StringConstraints(max_length=32)]
_COATS = {"skus": [], "product_ids": [], "categories": ["Coats"], "tags": []}
Rounding = Literal["START_OF_DAY", "END_OF_DAY", "END_OF_WEEK", "END_OF_MONTH"]
Multiplier = Annotated[Whole, Field(ge=0, le=1_000_000), eg(15000, "Basis points: 10000 is 1x.")]


class GoodsScope(Asked):
    """Goods that any of these lists names."""

    skus: Annotated[Codes, eg(["GIFT-CARD"])] = []
    product_ids: Annotated[Codes, eg([])] = []
    categories: Annotated[Codes, eg(["Vouchers"])] = []
    tags: Annotated[Codes, eg(["deposit"])] = []


class EarningRule(Asked):
    """What orders earn; all rules that apply are added up, each floored once per order."""

    rule_id: Annotated[Code, eg("coats-double")]
    version: Annotated[Whole, eg(2, "Given by the system: +1 whenever the rule is published changed.")] = 0
    mode: Annotated[Literal["PER_ORDER", "PER_MONEY", "PER_UNIT"], eg("PER_MONEY")]
    points: Annotated[Whole, Field(ge=1, le=1_000_000), eg(2, "Given per order, per `amount`, or per unit.")]
    amount: Annotated[Amount, eg(10, "PER_MONEY: minor units that earn `points`; else 0.")] = 0
    min_quantity: Annotated[Whole, Field(ge=0, le=1_000_000), eg(0, "Units the order must hold; 0: any.")] = 0
    min_amount: Annotated[Amount, eg(1000, "Minor units the goods must cost; 0: any.")] = 0
    min_amount_without_tax: Annotated[bool, eg(False, "Whether min_amount is compared before tax.")] = False
    scope: Annotated[GoodsScope | None, eg(_COATS, "Which goods it is about; null: all.")] = None
    tiers: Annotated[Codes, eg(["gold"], "Only for members of these; none: for all.")] = []
    location_ids: Annotated[Codes, eg([], "Only for sales of these stores; none: of all.")] = []
    channel_ids: Annotated[Codes, eg(["web"], "Only for sales of these channels; none: of all.")] = []
    start_time: Annotated[When | None, eg("2026-11-01T00:00:00+08:00", "Only for sales from then on.")] = None
    end_time: Annotated[When | None, eg("2027-03-01T00:00:00+08:00", "Only for sales before then.")] = None
    unmultiplied: Annotated[bool, eg(False, "Whether tier and store leave it alone.")] = False


class LocationMultiplier(Asked):
    """A store where more, or less, is earned."""

    location_id: LocationId
    earn_multiplier_bp: Multiplier


class Activation(Asked):
    """When earned points can be spent."""

    start: Annotated[
        Literal["SALE", "HANDOVER", "RETURN_WINDOW"] | None,
        eg("HANDOVER", "From when it counts; null: as `pending_days` says."),
    ] = None
    after: Annotated[Span, eg("P14D", "How much later, ISO 8601; empty: at once.")] = ""
    rounding: Annotated[
        Rounding | None, eg("END_OF_DAY", "To what that moment is brought, in the brand's time zone.")
    ] = None


class Expiry(Asked):
    """How long earned points last."""

    kind: Annotated[
        Literal["NEVER", "DAYS", "END_OF_MONTH", "END_OF_YEAR", "FIXED_DATE"] | None,
        eg("END_OF_YEAR", "How points end; null: as `expire_days` says."),
    ]
    number: Annotated[Days, eg(2, "Days, months or years, by kind.")] = 0
    month: Annotated[Whole, Field(ge=0, le=12), eg(0, "FIXED_DATE: 1 to 12.")] = 0
    day: Annotated[Whole, Field(ge=0, le=31), eg(0, "FIXED_DATE: of that month.")] = 0


class TierPolicy(Asked):
    """How tiers are reached, kept and lost."""

    metric: Annotated[
        Literal["SPEND", "COUNT", "POINTS"] | None, eg("SPEND", "What a tier is reached by; null: SPEND.")
    ] = None
    period: Annotated[
        Literal["ROLLING", "MONTH", "QUARTER", "HALF", "YEAR", "BALANCE"] | None,
        eg("YEAR", "Over which time it is added up; null: ROLLING."),
    ] = None
    start: Annotated[
        Literal["IMMEDIATE", "NEXT_PERIOD"] | None,
        eg("IMMEDIATE", "When a tier that is reached begins; null: IMMEDIATE."),
    ] = None
    validity: Annotated[
        Literal["TIER_START", "JOIN_DATE", "MEMBER_DATE", "CYCLE_DATE", "END_OF_PERIOD", "END_OF_NEXT_PERIOD"] | None,
        eg("END_OF_NEXT_PERIOD", "By which clock a tier ends; null: TIER_START."),
    ] = None
    cycle_month: Annotated[Whole, Field(ge=0, le=12), eg(0, "CYCLE_DATE: 1 to 12.")] = 0
    cycle_day: Annotated[Whole, Field(ge=0, le=31), eg(0, "CYCLE_DATE: of that month.")] = 0
    downgrade: Annotated[
        Literal["ONE_DOWN", "BALANCE_BASED"] | None,
        eg("ONE_DOWN", "Where a tier leads that is not reached again; null: BALANCE_BASED."),
    ] = None
    grace: Annotated[Span, eg("P1M", "How long a tier is kept that was not reached again; empty: not at all.")] = ""
    grace_rounding: Annotated[Rounding | None, eg("END_OF_MONTH", "To what the end of grace is brought.")] = None
    balance_drop: Annotated[bool, eg(False, "Whether a tier is lost before its end.")] = False
    balance_drop_after: Annotated[Span, eg("", "How long after what counts fell below it; empty: at once.")] = ""
    return_days: Annotated[
        Days, eg(14, "A tier goes with the return of the sale that raised it so lately; 0: never.")
    ] = 0
    excluded: Annotated[GoodsScope | None, said("Goods that count toward no tier; null: none.")] = None
    count_delivery: Annotated[bool, eg(False, "Whether what an order costs besides its goods counts.")] = False
    expiring_days: Annotated[list[Whole], Field(max_length=10), eg([30, 7], "Days before its end.")] = []


class Tier(Asked):
    """One tier."""

    tier: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("gold")]
    min_spend: Annotated[Whole, Field(ge=0), eg(30000, "Reached at this much or more of what counts.")]
    valid_days: Annotated[Whole, Field(ge=0, le=36_500), eg(365)]
    earn_multiplier_bp: Multiplier = 10_000
    below_spend: Annotated[Amount, eg(0, "Where it is said: the next tier's min_spend; 0: unsaid.")] = 0


class ProgramIn(Asked):
    """The loyalty program."""

    amount_per_point: Annotated[Whole, Field(ge=1), eg(10, "Minor units that earn one point.")]
    point_value: Annotated[Whole, Field(ge=0), eg(1, "Minor units that one point pays.")]
    pending_days: Annotated[Whole, Field(ge=0, le=3_650), eg(7, "From handover until points can be spent.")] = 0
    expire_days: Annotated[Days, eg(365, "0: never.")] = 0
    tiers: Annotated[list[Tier], Field(max_length=20)] = []
    qualifying_days: Annotated[Whole, Field(ge=1, le=36_500), eg(365)] = 365
    earning_rules: Annotated[
        list[EarningRule], Field(max_length=50), said("What orders earn; none: one point for each `amount_per_point`.")
    ] = []
    not_earning: Annotated[
        GoodsScope | None, said("Goods that earn nothing, such as gift cards and deposits; null: none.")
    ] = None
    location_multipliers: Annotated[
        list[LocationMultiplier], Field(max_length=1_000), said("Stores where more, or less, is earned.")
    ] = []
    activation: Annotated[Activation | None, said("When points can be spent; null: as `pending_days` says.")] = None
    expiry: Annotated[Expiry | None, said("How long points last; null: as `expire_days` says.")] = None
    return_policy: Annotated[
        Literal["ONLY_PENDING", "WITHIN_BALANCE", "UNLIMITED", "DEDUCT_FROM_REFUND"] | None,
        eg("UNLIMITED", "What happens to spent points whose goods come back; null: UNLIMITED."),
    ] = None
    reinstate_days: Annotated[Days, eg(10, "How long what goes back into an ended lot lives again; 0: not.")] = 0
    return_window_days: Annotated[Days, eg(14, "Days after handover in which goods can be returned.")] = 0
    tier_policy: Annotated[
        TierPolicy | None, said("How tiers are reached, kept and lost; null: by spend, rolling, at once.")
    ] = None


class PutProgram(Asked):
    """The next version of the program."""

    program: ProgramIn


class Program(Shown):
    """The program in force."""

    version: Annotated[int, eg(3)]
    amount_per_point: Annotated[int, eg(10)]
    point_value: Annotated[int, eg(1)]
    pending_days: Annotated[int, eg(7)]
    expire_days: Annotated[int, eg(365)]
    tiers: list[Tier]
    qualifying_days: Annotated[int, eg(365)]
    earning_rules: Annotated[list[EarningRule], said("What orders earn; none: one point for each `amount_per_point`.")]
    not_earning: Annotated[GoodsScope | None, said("Goods that earn nothing; null: none.")]
    location_multipliers: Annotated[list[LocationMultiplier], said("Stores where more, or less, is earned.")]
    activation: Annotated[Activation | None, said("When points can be spent; null: as `pending_days` says.")]
    expiry: Annotated[Expiry | None, said("How long points last; null: as `expire_days` says.")]
    return_policy: Annotated[str | None, eg("UNLIMITED", "What happens to spent points whose goods come back.")]
    reinstate_days: Annotated[
        int, eg(10, "How many days what goes back into an ended lot lives again; 0: it does not.")
    ]
    return_window_days: Annotated[int, eg(14, "Days after handover in which goods can be returned.")]
    tier_policy: Annotated[TierPolicy | None, said("How tiers are reached, kept and lost.")]


class ProgramAnswer(Shown):
    """The program in force."""

    program: Program


class ProgramVersion(Shown):
    """One publication of the program."""

    version: Annotated[int, eg(3)]
    actor: Annotated[str, eg("hq:0199a5c0-5a1e-7d2a-9f35-2f4f8f1c0a77", "Who did it.")]
    publish_time: Annotated[Time | None, said("When it came into force.")]


class ProgramVersions(Shown):
    """Versions, newest first."""

    versions: Annotated[list[ProgramVersion], said("Versions, newest first.")]
    next_page_token: NextPage
