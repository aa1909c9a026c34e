"""Decides what each row of the data set becomes in the trade's words (docs/decisions/0010-completejourney.md)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

CURRENCY = "USD"
TIME_ZONE = "America/New_York"
FUEL = "GASOLINE-REG UNLEADED"
# A step of a fuel line's quantity is a thousandth of a US gallon, which by law is 3.785411784 litres. One step is
# more than one millilitre, so no two quantities round to the same measure and `thousandths` takes it back exactly.
MILLILITRES_PER_STEP = Fraction(3_785_411_784, 1_000_000_000)


class TenderKind(StrEnum):
    """Who paid a part of a basket."""

    MANUFACTURER_COUPON = "MANUFACTURER_COUPON"
    # Cash or card: the data do not say.
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Tender:
    """One payment of a basket; negative is money handed back."""

    kind: TenderKind
    amount: int
    # The line whose coupon it was; 0 for the basket as a whole.
    line_no: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One receipt line; amounts in cents. `total` is what the retailer received and the authority."""

    line_no: int
    sku: str
    # Sold pieces: 1 for a good sold by measure, 0 where the source says 0.
    quantity: int
    # Millilitres of a good sold by measure, otherwise 0.
    measure: int
    total: int
    loyalty_discount: int = 0
    match_discount: int = 0
    coupon: int = 0

    @property
    def regular(self) -> int:
        """The line at shelf prices: what was received and what the retailer gave off."""
        return self.total + self.loyalty_discount + self.match_discount


@dataclass(frozen=True, slots=True)
class Basket:
    """One visit to a till."""

    basket_id: str
    sale_id: str
    store_id: str
    household_id: str
    member_id: str
    business_time: datetime
    lines: tuple[Line, ...]
    tenders: tuple[Tender, ...]

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def base_units(self) -> int:
        """Pieces and millilitres together: what the quantities as sold sum to."""
        return sum(line.measure or line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True)
class Household:
    """A card member, enrolled on the first visit of the year by the store visited."""

    household_id: str
    member_id: str
    since: datetime
    store_id: str

    @property
    def card_no(self) -> str:
        return f"CJ{int(self.household_id):06}"


@dataclass(frozen=True, slots=True)
class Store:
    """A shop, open since its first visit of the year."""

    store_id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Product:
    """A described good; `list_price` in cents for `scale` base units, None when it was never sold at one."""

    product_id: str
    name: str
    brand: str
    categories: tuple[str, ...]
    by_measure: bool
    list_price: int | None

    @property
    def scale(self) -> int:
        """A measured good is priced by the litre."""
        return 1000 if self.by_measure else 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `transactions` with its money as cents and its time as the chain's clock in UTC."""

    store_id: int
    basket_id: int
    household_id: int
    household_since: datetime
    time: datetime
    product_id: int
    quantity: int
    sales: int
    retail_disc: int
    coupon_disc: int
    coupon_match_disc: int


def identifier(kind: str, code: int, since: datetime) -> str:
    """The UUIDv7 of a thing: its own time, then a hash in place of chance, so that a second import says the same."""
    millis = int(aware(since).timestamp()) * 1000
    seed = int.from_bytes(hashlib.sha256(f"completejourney:{kind}:{code}".encode()).digest()[:10])
    version_and_variant = (7 << 76) | (2 << 62)
    noise = seed & ~((0xF << 76) | (0x3 << 62))
    return str(UUID(int=(millis << 80) | noise | version_and_variant))


def aware(moment: datetime) -> datetime:
    """The stored timestamps carry no zone and are UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def millilitres(steps: int) -> int:
    """Thousandths of a gallon as millilitres, half up."""
    return int(steps * MILLILITRES_PER_STEP + Fraction(1, 2))


def thousandths(measure: int) -> int:
    """The source quantity that a measure was made of."""
    return round(measure / MILLILITRES_PER_STEP)


def line(row: Row, line_no: int, measured: frozenset[int]) -> Line:
    """One row as a receipt line."""
    by_measure = row.product_id in measured
    return Line(
        line_no=line_no,
        sku=str(row.product_id),
        quantity=min(row.quantity, 1) if by_measure else row.quantity,
        measure=millilitres(row.quantity) if by_measure else 0,
        total=row.sales,
        loyalty_discount=row.retail_disc,
        match_discount=row.coupon_match_disc,
        coupon=row.coupon_disc,
    )


def tenders(lines: Iterable[Line]) -> tuple[Tender, ...]:
    """The coupons at face value, and what else was paid or handed back, so that tenders sum to the basket's total."""
    rest, paid = 0, []
    for each in lines:
        rest += each.total - each.coupon
        if each.coupon:
            paid.append(Tender(TenderKind.MANUFACTURER_COUPON, each.coupon, each.line_no))
    if rest:
        paid.append(Tender(TenderKind.OTHER, rest))
    return tuple(paid)


def basket(rows: Sequence[Row], measured: frozenset[int]) -> Basket:
    """All rows of one basket, in the source's order."""
    head = rows[0]
    lines = tuple(line(row, number, measured) for number, row in enumerate(rows, start=1))
    return Basket(
        basket_id=str(head.basket_id),
        sale_id=identifier("basket", head.basket_id, head.time),
        store_id=str(head.store_id),
        household_id=str(head.household_id),
        member_id=identifier("household", head.household_id, head.household_since),
        business_time=aware(head.time),
        lines=lines,
        tenders=tenders(lines),
    )


def household(household_id: int, since: datetime, store_id: int) -> Household:
    return Household(str(household_id), identifier("household", household_id, since), aware(since), str(store_id))


def store(store_id: int, since: datetime) -> Store:
    return Store(str(store_id), aware(since))


def product(
    product_id: int, brand: str, described: Sequence[str | None], by_measure: bool, price: int | None
) -> Product:
    """A product from its department, category, type and package size, each of which may be missing."""
    department, category, kind, size = described
    name = " ".join(part for part in (kind or category or department, size) if part) or f"Product {product_id}"
    categories = tuple(part for part in (department, category, kind) if part)
    return Product(str(product_id), name, brand, categories, by_measure, price)
