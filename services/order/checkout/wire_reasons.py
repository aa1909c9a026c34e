"""Reasons that events may tell: words of our lists, never what a person wrote."""

import re

from omo.inventory.v1 import reason_pb2 as inventory_reasons
from omo.member.v1 import reason_pb2 as member_reasons
from omo.order.v1 import reason_pb2 as order_reasons
from omo.type.v1 import reason_pb2 as shared_reasons

OTHER = "OTHER"
_CODE = re.compile(r"[A-Z_]{1,64}")
_CONTRACTS = (order_reasons, inventory_reasons, member_reasons, shared_reasons)
_WORDS = """
CHANGED_MIND ORDERED_TWICE WRONG_ITEM WRONG_ADDRESS TOO_LATE TOO_EXPENSIVE FOUND_ELSEWHERE CUSTOMER_REQUEST
FRAUD_SUSPECTED NOT_IN_STOCK DAMAGED DEFECTIVE STORE_CLOSED TOO_BUSY
ACCEPT_LATE NOT_COLLECTED PARTLY AT_THE_STORE CAPTURE_FAILED CAPTURED PIN_RENEWED OTHER_PART_REJECTED
SOURCED_ELSEWHERE UNFILLABLE PREORDER EDITED
READY_LATE SHIP_LATE BY_CARRIER PARCEL_LOST PARCEL_RETURNED SPLIT MERGED RELEASED ADDRESS_UNCLEAR FRAUD_CHECK
SENT_FOR FOUND
POINT_VALUE_CHANGED AMOUNT_MISMATCH PAYMENT_TIMEOUT
"""
_KNOWN = frozenset(_WORDS.split()) | {
    name.removeprefix("REASON_") for contract in _CONTRACTS for name, _ in contract.Reason.items()
}


def told(reason: str) -> str:
    """The reason, if it is a word of a list. Anything else stays with the order, for those who may see that."""
    return reason if not reason or reason in _KNOWN else OTHER


def code(reason: str) -> str:
    """A reason out of a brand's own list, as it must reach whoever keeps that list; nothing that could be a number."""
    return reason if not reason or _CODE.fullmatch(reason) else OTHER
