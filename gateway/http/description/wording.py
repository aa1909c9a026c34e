"""What the value of a field must be, in our words, for each way in which it may fail to be that."""

import re
from collections.abc import Mapping
from typing import Any

_NUMBER, _TEXT, _TIME = "must be a whole number", "must be text", "must be a time as RFC 3339 writes it"
_DATE, _OBJECT, _LIST = "must be a day as YYYY-MM-DD", "must be a JSON object", "must be a list"
_TRUTH = "must be true or false"
_PLAIN: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is no field of this call",
    "json_invalid": "must be JSON",
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_parsing_size": _NUMBER,
    "int_from_float": _NUMBER,
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_not_ascii": "must be ASCII",
    "list_type": _LIST,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "datetime_object_invalid": _TIME,
    "timezone_aware": "must say its offset from UTC",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "none_required": "must be null",
    "recursion_loop": "must not hold itself",
}
# the kind of failure, with what pydantic tells of it
_MEASURED: Mapping[str, str] = {
    "greater_than_equal": "must be at least {ge:,}",
    "greater_than": "must be more than {gt:,}",
    "less_than_equal": "must be at most {le:,}",
    "less_than": "must be less than {lt:,}",
    "multiple_of": "must be a multiple of {multiple_of:,}",
    "string_too_long": "must have at most {max_length:,} characters",
    "string_too_short": "must have at least {min_length:,} characters",
    "too_long": "must have at most {max_length:,} entries",
    "too_short": "must have at least {min_length:,} entries",
}
_SHAPES: Mapping[str, str] = {
    r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$": "must be a UUID in lower case",
    r"^[\x21-\x7e]+$": "must be printable ASCII without spaces",
    r"^(|[A-Z]{1,16})$": "must be one of its words in capital letters, or empty",
    r"^[A-Z_]{1,32}$": "must be one of its words in capital letters",
    r"^[A-Z]{3}$": "must be three capital letters, as ISO 4217 has them",
    r"^(|[A-Z]{2})$": "must be two capital letters, as ISO 3166-1 has them, or empty",
    r"^(|[A-Z0-9][A-Z0-9 -]*)$": "must be capital letters, digits, spaces or -, or empty",
    r"^[a-z0-9][a-z0-9_-]*$": "must be small letters, digits, _ or -, a letter or digit first",
    r"^(\d{4}-\d{2}-\d{2})?$": "must be a day as YYYY-MM-DD, or empty",
    r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "must be a day as YYYY-MM-DD, or empty",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": _DATE,
    r"^[a-z_.]*$": "must be small letters, _ or ., or empty",
    r"^[A-Za-z0-9][A-Za-z0-9._/-]*$": "must be letters, digits, ., _, / or -, a letter or digit first",
    r"^[A-Z_]{0,64}$": "must be one of its words in capital letters, or empty",
    r"^[A-Z_]{1,64}$": "must be one of its words in capital letters",
    r"^[A-Z]{2}$": "must be two capital letters",
    r"^[A-Z]{2}[0-9]{8}$": "must be two capital letters and eight digits",
    r"^[\x21-\x7e]*$": "must be printable ASCII without spaces, or empty",
    r"^[0-9]{6}$": "must be six digits",
    r"^(|[0-9]{6})$": "must be six digits, or empty",
    r"^[0-9]{4,8}$": "must be 4 to 8 digits",
    r"^(|[0-9]{4,8})$": "must be 4 to 8 digits, or empty",
    r"^\d{4}-\d{2}-\d{2}$": _DATE,
    r"^([01]\d|2[0-4]):[0-5]\d$": "must be a time of day as HH:MM",
    r"^(|([01]\d|2[0-4]):[0-5]\d)$": "must be a time of day as HH:MM, or empty",
    r"^[a-z0-9_-]{1,64}$": "must be 1 to 64 small letters, digits, _ or -",
    r"^\d{0,18}$": "must be up to 18 digits, or empty",
    r"^[A-Z0-9]{2,6}$": "must be 2 to 6 capital letters or digits",
    r"^https://": "must begin with https://",
    r"^(|https?://[^\s]+)$": "must be an http or https address, or empty",
}
_CHOICE = re.compile(r"^\^\((?P<empty>\|?)(?P<choices>\w+(?:\|\w+)*)\)\$$")


def rule(item: Mapping[str, Any]) -> str:
    """The rule that a value broke, by one of pydantic's errors."""
    kind, told = item["type"], item.get("ctx", {})
    if item["loc"] == ("body",) and _PLAIN.get(kind) == _OBJECT:
        return "must be a JSON object, with Content-Type application/json"
    if kind in ("too_short", "string_too_short") and told["min_length"] == 1:
        return "must not be empty"
    if kind in _MEASURED:
        return _MEASURED[kind].format(**told)
    if kind == "string_pattern_mismatch":
        return _shape(told["pattern"])
    if kind in ("literal_error", "enum"):
        return f"must be {'one of ' if ' or ' in told['expected'] else ''}{_listed(told['expected'])}"
    # a rule that a model of ours wrote in words of its own; what else there is says no more than that it does not fit
    return str(told["error"]) if kind == "value_error" else _PLAIN.get(kind, "does not fit: see /docs")


def _shape(pattern: str) -> str:
    if choice := _CHOICE.match(pattern):
        listed = choice["choices"].replace("|", ", ")
        return f"must be one of {listed}{', or empty' if choice['empty'] else ''}"
    return _SHAPES.get(pattern) or f"must match {pattern}"


def _listed(expected: str) -> str:
    """`'A', 'B' or 'C'` as A, B, C."""
    return ", ".join(part or "empty" for part in re.findall(r"'([^']*)'", expected)) or expected
