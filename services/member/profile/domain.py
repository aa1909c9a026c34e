"""A wish, and who put it on the list."""

from dataclasses import dataclass, field
from datetime import datetime

from kit.errors import Code, Fault


class SkuUnknown(Fault):
    """The catalogue has no such SKU."""

    code = Code.NOT_FOUND
    reason = "SKU_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Wish:
    """Something a member would like to have; `staff_code` is empty where the member wished himself."""

    member_id: str
    sku: str
    add_time: datetime
    staff_code: str
    location_id: str
    note: str = field(repr=False)
