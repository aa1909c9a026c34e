"""Whose credit an order line is: the resolution, its explanation, and the arithmetic of a pot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from kit.errors import Code, Fault
from services.attribution.binding.domain import Binding, Enrolment, StaffToken
from services.attribution.credit.domain_sales import Line, Sale

WHOLE = 10_000
BRAND = "brand"
RULE_VERSION = "seller-1"


class Role(IntEnum):
    """What a beneficiary did; the numbers are those of the contract."""

    SELLER = 1


class Basis(IntEnum):
    """Which step of the resolution gave the credit, in the order in which they are asked."""

    EXPLICIT_STAFF = 1
    STAFF_LINK = 2
    ACTIVE_BINDING = 3
    ENROLLING_STAFF = 4
    FULFILLING_STORE = 5
    SELLING_STORE = 6
    BRAND = 7


class LineUnknown(Fault):
    """No such order line was ever announced."""

    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about a sale's member at the sale's own time."""

    link: StaffToken | None
    binding: Binding | None
    enrolment: Enrolment | None


@dataclass(frozen=True, slots=True)
class Step:
    """One question of the resolution and its answer."""

    basis: Basis
    beneficiary: str
    driven_location_id: str
    because: str
    evidence: str = ""

    @property
    def taken(self) -> bool:
        """True if the question found somebody."""
        return bool(self.beneficiary)

    @property
    def by_staff(self) -> bool:
        """True if a person is credited, not a store or the brand."""
        return self.taken and self.basis <= Basis.ENROLLING_STAFF


@dataclass(frozen=True, slots=True)
class Credit:
    """One entry of the credit ledger."""

    order_id: str
    line_no: int
    role: Role
    entry_no: int
    credit_id: str
    last_unit: int
    measure: int
    sku: str
    beneficiary: str
    basis: Basis
    share_bp: int
    base_amount: int
    amount: int
    currency_code: str
    driven_location_id: str
    business_time: datetime
    rule_version: str
    evidence: str
    mirror_of: str | None = None
    reason: str = ""
    first_unit: int = 0
    # takes back some units of `mirror_of`, whose rest stands
    partial: bool = False


def questions(sale: Sale, line: Line, known: Known) -> list[Step]:
    """Every step of the resolution in its order (features 2.8.3); the first that is taken wins.

    A staff code on the till's line is taken as the till says it, also before
    we have heard of that staff member: facts are never refused.
    """
    return list(_asked(sale, line, known))


def resolve(sale: Sale, line: Line, known: Known) -> Step:
    """The step that takes the line's credit; what would come after it is not asked."""
    return next(step for step in _asked(sale, line, known) if step.taken)


def _asked(sale: Sale, line: Line, known: Known) -> Iterator[Step]:
    yield Step(Basis.EXPLICIT_STAFF, line.seller, "", _till_says(line), f"line:{line.line_no}" if line.seller else "")
    yield _by_link(known.link)
    yield _by_binding(known.binding)
    yield _by_enrolment(known.enrolment, sale.business_time)
    yield _by_store(Basis.FULFILLING_STORE, line.fulfilling_location_id, "fulfils the line")
    yield _by_store(Basis.SELLING_STORE, sale.location_id, "sold it")
    yield Step(Basis.BRAND, BRAND, "", "nobody and no store had a part in it")


def shares(base: int, basis_points: Sequence[int]) -> list[int]:
    """`base` split by shares that sum to 10,000; the parts sum to `base` exactly.

    Each part is rounded toward zero and what is left over goes to the
    largest fractions, then to the earliest share.
    """
    if sum(basis_points) != WHOLE:
        raise ValueError(f"the shares of a pot sum to {sum(basis_points)}, not {WHOLE}")
    sign = -1 if base < 0 else 1
    exact = [divmod(abs(base) * share, WHOLE) for share in basis_points]
    parts = [whole for whole, _ in exact]
    order = sorted(range(len(parts)), key=lambda index: (-exact[index][1], index))
    for index in order[: abs(base) - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


def _till_says(line: Line) -> str:
    return f"the till names {line.seller}" if line.seller else "the till names nobody"


def _by_link(link: StaffToken | None) -> Step:
    if link is None:
        return Step(Basis.STAFF_LINK, "", "", "no staff link led here")
    because = f"came by the {link.purpose} of {link.staff_code}, valid until {link.expire_time:%Y-%m-%d}"
    return Step(Basis.STAFF_LINK, link.staff_code, link.location_id, because, f"link:{link.token_id}")


def _by_binding(binding: Binding | None) -> Step:
    if binding is None:
        return Step(Basis.ACTIVE_BINDING, "", "", "the member was bound to nobody then")
    noted = binding.noted
    because = (
        f"bound to {noted.staff_code} by {noted.source.name} on {noted.bind_time:%Y-%m-%d}, "
        f"valid until {binding.valid_until:%Y-%m-%d}"
    )
    return Step(Basis.ACTIVE_BINDING, noted.staff_code, noted.location_id, because, f"binding:{noted.binding_id}")


def _by_enrolment(enrolment: Enrolment | None, moment: datetime) -> Step:
    if enrolment is None or not enrolment.staff_code:
        return Step(Basis.ENROLLING_STAFF, "", "", "no staff member enrolled the member")
    because = f"{enrolment.staff_code} enrolled the member on {enrolment.enrol_time:%Y-%m-%d}"
    if enrolment.enrol_time > moment:
        return Step(Basis.ENROLLING_STAFF, "", "", f"{because}, after the sale")
    evidence = f"enrolment:{enrolment.staff_code}"
    return Step(Basis.ENROLLING_STAFF, enrolment.staff_code, enrolment.location_id, because, evidence)


def _by_store(basis: Basis, location_id: str, did: str) -> Step:
    if not location_id:
        return Step(basis, "", "", f"no store {did}")
    return Step(basis, location_id, "", f"store {location_id} {did}", f"location:{location_id}")
