"""Rules on words: none of the business in kit, no secret and no machine's path anywhere."""

import re
from collections.abc import Iterable

from tests.house.tree import Source

# The kinds of principal (member, staff, hq, device, service) and the audience `shop` are kit.access's own words.
_BUSINESS = (
    "basket cart coupon voucher sku stock inventory barcode price pricing sale sold shopper customer loyalty tier "
    "receipt refund fulfilment checkout commission catalogue warehouse discount promotion wallet balance "
    "garment merchandise attribution"
).split()
_NOUN = re.compile(rf"(?<![a-z])({'|'.join(_BUSINESS)})s?(?![a-z])", re.IGNORECASE)
_ORDER = re.compile(r"\border_(?!by\b|target\b)\w+|(?<![a-z])orders\b|\bOrder[A-Z]\w*|\b[aA]n order\b(?! by)")
# Where each service is reached is a setting of every process.
_TARGET = re.compile(r"\b(member|order|inventory|attribution)_target\b", re.IGNORECASE)
_NAMES = re.compile(r"omo[._](member|order|inventory|attribution)\b", re.IGNORECASE)

_SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an access key": re.compile(r"\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abpr]-[0-9A-Za-z-]{10,})\b"),
    "a NATS seed": re.compile(r"\bS[UANOC][A-Z2-7]{56}\b"),
    "a signed token": re.compile(r"\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}"),
    "a machine's path": re.compile(r"(?<![\w.$}~])/(work|root|Users|home)/[\w.-]+/|file:///(opt|home|root|work)\b"),
}


def business_in_kit(sources: Iterable[Source]) -> list[str]:
    """Machinery that names the trade has begun to decide for it."""
    found = []
    for source in sources:
        if source.parts[0] != "kit":
            continue
        for number, line in enumerate(source.text.splitlines(), 1):
            plain = _NAMES.sub("", _TARGET.sub("", line))
            if word := _NOUN.search(plain) or _ORDER.search(plain):
                found.append(f"{source.path}:{number} says {word.group(0)!r}: kit knows no business word")
    return found


def secrets(named: Iterable[tuple[str, str]]) -> list[str]:
    """What must never be in a file that is given away."""
    return [
        f"{path}:{number} holds {what}"
        for path, text in named
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in _SECRETS.items()
        if pattern.search(line)
    ]
