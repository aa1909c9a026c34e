"""Who hears what. A consumer that lost a filter would look complete if only the broker were asked."""

_TRADE = ("OrderConfirmed", "SalesRecorded", "OrderCancelled", "UnitsHandedOver", "UnitsCancelled")
_PRIVACY = ("MemberExportStarted", "MemberErasureAsked", "MemberErasureStarted")
_PEOPLE = ("MemberEnrolled", "MemberMerged", "MemberUnmerged", "StaffChanged")
_GOODS = ("ProductChanged", "PriceListChanged", "AssortmentChanged", "LocationChanged", "ChannelChanged")
_PICKUP = ("UnitsMoved", "UnitsMissing")
_SENDING = ("SourcingDecided", "SourcingGivenUp", "PickupRejected", "PromiseBroken", "PromiseMended")

# by consumer, then publisher
HEARS: dict[str, dict[str, tuple[str, ...]]] = {
    "order": {
        "inventory": (*_GOODS, "TaxClassChanged", *_SENDING, "BackorderChanged", "ReversalSettled"),
        "member": (
            *_PEOPLE,
            "ProgramChanged",
            "MemberStandingChanged",
            *_PRIVACY,
            "ReversalSettled",
            "PrepaidRefundDue",
        ),
        "attribution": ("ReversalSettled",),
    },
    "inventory": {
        "order": (
            *_TRADE,
            "FulfilmentRejected",
            "UnitsReturned",
            "UnitsDisposed",
            "GoodsReturned",
            "ReturnSentOn",
            *_PICKUP,
        ),
        "member": _PRIVACY,
    },
    "member": {
        "order": (
            *_TRADE,
            "UnitsReturned",
            "SaleClaimed",
            "FulfilmentChanged",
            "PickupChoiceAsked",
            "TransferRequested",
            "ErasureAnswered",
        ),
        "inventory": ("ProductChanged", "PriceListChanged", "LocationChanged", "BackInStock", "ErasureAnswered"),
        "attribution": ("MemberBound", "ErasureAnswered"),
        "member": ("MemberEnrolled", "MemberClaimed", "MemberMerged", "MemberStandingChanged", "TierChanged"),
    },
    "attribution": {
        "order": (
            "OrderConfirmed",
            "SalesRecorded",
            "OrderCancelled",
            "UnitsCancelled",
            "UnitsReturned",
            "SaleClaimed",
        ),
        "member": (*_PEOPLE, *_PRIVACY),
    },
}
