"""What a buyer may say about his invoice: each rule of the tax office as a refusal by field."""

import re
from dataclasses import dataclass

from kit.errors import invalid
from services.order.invoices.domain import Buyer, Carrier

_NUMBERED = {
    Carrier.MOBILE_BARCODE: (re.compile(r"/[0-9A-Z+\-.]{7}"), "must be / and seven of 0-9, A-Z, + - ."),
    Carrier.CITIZEN_CERTIFICATE: (re.compile(r"[A-Z]{2}[0-9]{14}"), "must be two capital letters and fourteen digits"),
}
_DONATION = re.compile(r"[0-9]{3,7}")
_TAX_ID = re.compile(r"[0-9]{8}")
_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)
_SEVENTH = 6
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Said:
    """A buyer's own words; `print` None: as the rest says."""

    carrier_kind: Carrier = Carrier.NONE
    carrier: str = ""
    donation_code: str = ""
    tax_id: str = ""
    print: bool | None = None

    @property
    def nothing(self) -> bool:
        """Whether he left it to the brand."""
        return self == Said()


def checked(said: Said, *, member: bool, path: str = "invoice") -> Buyer:
    """What holds of his words; refuses the first that breaks a rule, naming it.

    Who says nothing has it kept by the brand, where the brand knows him.
    """
    if said.nothing and member:
        return Buyer(Carrier.MEMBER, print=False)
    _check_carrier(said, member, path)
    if said.donation_code and not _DONATION.fullmatch(said.donation_code):
        raise invalid(f"{path}.donation_code", "must be three to seven digits")
    if said.tax_id and not is_tax_id(said.tax_id):
        raise invalid(f"{path}.tax_id", "must be eight digits whose check digit is right")
    if said.tax_id and said.donation_code:
        raise invalid(f"{path}.tax_id", "must be empty where the invoice is donated")
    return Buyer(said.carrier_kind, said.carrier, said.donation_code, said.tax_id, _printed(said, path))


def is_carrier(text: str) -> bool:
    """Whether it can be a carrier of the buyer's own."""
    return any(shape.fullmatch(text) for shape, _ in _NUMBERED.values())


def is_tax_id(text: str) -> bool:
    """Whether it can be a 統一編號: since 2023 the sum must be divisible by five, no longer by ten.

    A seventh digit of 7 makes a product whose digits sum to ten, which counts as one or as nothing.
    """
    if not _TAX_ID.fullmatch(text):
        return False
    products = [int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=True)]
    total = sum(product // 10 + product % 10 for product in products)
    if text[_SEVENTH] == "7":
        return total % 5 == 0 or (total - 9) % 5 == 0
    return total % 5 == 0


def masked_carrier(buyer: Buyer) -> str:
    """Enough of it that its owner knows it again."""
    return f"{buyer.carrier[:_SHOWN]}{'*' * (len(buyer.carrier) - _SHOWN)}" if buyer.carrier else ""


def masked_tax_id(buyer: Buyer) -> str:
    """The same of a business's."""
    return f"{'*' * 5}{buyer.tax_id[-_SHOWN:]}" if buyer.tax_id else ""


def _check_carrier(said: Said, member: bool, path: str) -> None:
    if said.carrier_kind in _NUMBERED:
        shape, rule = _NUMBERED[said.carrier_kind]
        if not shape.fullmatch(said.carrier):
            raise invalid(f"{path}.carrier", rule)
        return
    if said.carrier and not said.carrier_kind:
        raise invalid(f"{path}.carrier_kind", "must be said where there is a carrier")
    if said.carrier:
        raise invalid(f"{path}.carrier", "must be empty: the brand keeps it for its member")
    if said.carrier_kind and not member:
        raise invalid(f"{path}.carrier_kind", "must not be MEMBER without a member")


def _printed(said: Said, path: str) -> bool:
    """On paper where nothing else holds it; of a mobile barcode a business may have paper as well."""
    either = bool(said.tax_id) and said.carrier_kind is Carrier.MOBILE_BARCODE
    paper = not said.carrier_kind and not said.donation_code
    if said.print is None:
        return paper
    if said.print and not paper and not either:
        raise invalid(f"{path}.print", "must not be set where the invoice is donated or on a carrier")
    if not said.print and paper:
        raise invalid(f"{path}.print", "must be set where there is neither a carrier nor a donation code")
    return said.print
