"""Telephone numbers: one way to write each, and whether it can receive a code."""

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from services.member.identity.domain import By, Phone, PhoneInvalid, masked

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_SHAPE = re.compile(r"[\d\s+()./\-–—−‐‑．－＋（）]{6,40}")


class Phones:
    """The numbers of the countries that a brand serves."""

    def __init__(self, country: str, regions: frozenset[str]) -> None:
        self._country = country
        self._regions = regions

    def mobile(self, field: str, text: str) -> Phone:
        """A mobile number in any notation; without a country code it is the brand's country."""
        phone = self.read(text)
        if phone is None:
            raise PhoneInvalid(f"{field}: must be a mobile number of a country that the brand serves", field=field)
        return phone

    def read(self, text: str) -> Phone | None:
        """The same for what may be something else: None if it is no such number."""
        if not _SHAPE.fullmatch(text.strip()):
            return None
        # 00 is dialled in half of the world; in Taiwan it begins the carrier's code, so the national reading goes first
        for candidate in (text, re.sub(r"^\s*00", "+", text)):
            parsed = self._parsed(candidate)
            if parsed is not None:
                return parsed
        return None

    def masked(self, e164: str) -> str:
        """+886 9** *** 678."""
        return masked(By.PHONE, e164, country_code(e164))

    def _parsed(self, text: str) -> Phone | None:
        try:
            number = phonenumbers.parse(text, self._country)
        except phonenumbers.NumberParseException:
            return None
        region = phonenumbers.region_code_for_number(number)
        if number.extension or region not in self._regions or not phonenumbers.is_valid_number(number):
            return None
        if phonenumbers.number_type(number) not in _MOBILE:
            return None
        e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        return Phone(e164, str(number.country_code), region)


def country_code(e164: str) -> str:
    """The country code of a normalised number."""
    return str(phonenumbers.parse(e164).country_code)
