"""What a till embeds: a durable journal, a session with the store door, and prices without a line."""

from omo_storelink.baskets import Basket, Line, Offer, Pricer
from omo_storelink.blocking import BlockingTill
from omo_storelink.codes import MemberCode, MemberCodes
from omo_storelink.deliveries import Sending, to_hold
from omo_storelink.door import Credential, Door, enrol
from omo_storelink.errors import (
    CannotPrice,
    CodeRefused,
    JournalDamaged,
    JournalInUse,
    NotAllowedOffline,
    NotRefused,
    Offline,
    RecordedOtherwise,
    Refused,
    StorelinkError,
    VoucherRefused,
)
from omo_storelink.hears import Hears
from omo_storelink.lanes import Facts, Head
from omo_storelink.limits import Limits, Waiting
from omo_storelink.link import Link, Pace
from omo_storelink.questions import Questions
from omo_storelink.returns import Back, Bought, Paid, Visit, exchanged, goods_back
from omo_storelink.store_journal import Journal
from omo_storelink.store_reference import Reference
from omo_storelink.till import Till
from omo_storelink.vouchers import Voucher, Vouchers

__all__ = [
    "Back",
    "Basket",
    "BlockingTill",
    "Bought",
    "CannotPrice",
    "CodeRefused",
    "Credential",
    "Door",
    "Facts",
    "Head",
    "Hears",
    "Journal",
    "JournalDamaged",
    "JournalInUse",
    "Limits",
    "Line",
    "Link",
    "MemberCode",
    "MemberCodes",
    "NotAllowedOffline",
    "NotRefused",
    "Offer",
    "Offline",
    "Pace",
    "Paid",
    "Pricer",
    "Questions",
    "RecordedOtherwise",
    "Reference",
    "Refused",
    "Sending",
    "StorelinkError",
    "Till",
    "Visit",
    "Voucher",
    "VoucherRefused",
    "Vouchers",
    "Waiting",
    "enrol",
    "exchanged",
    "goods_back",
    "to_hold",
]
