"""Texts with named places: checked when they are kept, filled by nothing but what they name."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from kit.errors import Code, Fault, invalid
from services.member.messages.domain import Purpose

LOCALES = ("zh-TW", "en")
# What we fill ourselves; the name is the only personal one, opened when the message is sent.
WAY_OUT = "unsubscribe_link"
# What a store is called, in the language of the text; whoever sends it tells the store's code.
STORE = "store_name"
OWN = ("member_name", "tier", "points", "link", WAY_OUT)
_PLACE = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST = {"subject": 200, "text": 2000, "html": 50_000}
_VALUE = 500
_MOST = 20


class TemplateUnknown(Fault):
    """No template has that id."""

    code = Code.NOT_FOUND
    reason = "TEMPLATE_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words."""

    locale: str
    subject: str
    text: str
    html: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A text in one or more languages."""

    template_id: str
    version: int
    name: str
    purpose: Purpose
    params: tuple[str, ...]
    texts: tuple[Words, ...]
    link: str = ""
    update_time: datetime | None = None

    def words(self, *locales: str) -> Words:
        """In the first of these languages that there is, else in the first there is."""
        spoken = {one.locale: one for one in self.texts}
        return next((spoken[one] for one in locales if one in spoken), self.texts[0])

    def uses(self, name: str) -> bool:
        """Whether any text names it."""
        return any(name in _places(getattr(one, part)) for one in self.texts for part in _LONGEST)

    def shut_in(self) -> str:
        """Where marketing names no way out, which nobody may be sent: each body needs it, for one is all he sees."""
        if self.purpose is not Purpose.MARKETING:
            return ""
        bodies = ((index, part) for index in range(len(self.texts)) for part in ("text", "html"))
        shut = ((index, part) for index, part in bodies if _shut(getattr(self.texts[index], part)))
        return next((f"template.texts[{index}].{part}" for index, part in shut), "")


def check(template: Template) -> None:
    """Refuses what could not be filled, and says where."""
    _check_params(template.params)
    if not 1 <= len(template.texts) <= len(LOCALES):
        raise invalid("template.texts", f"must hold 1 to {len(LOCALES)} languages")
    seen: set[str] = set()
    for index, words in enumerate(template.texts):
        where = f"template.texts[{index}]"
        if words.locale not in LOCALES or words.locale in seen:
            raise invalid(f"{where}.locale", f"must be one of {', '.join(LOCALES)}, each once")
        seen.add(words.locale)
        for part in ("subject", "text"):
            _check_text(getattr(words, part), f"{where}.{part}", part, template.params)
        if words.html:
            _check_text(words.html, f"{where}.html", "html", template.params)
        if "\n" in words.subject or "\r" in words.subject:
            raise invalid(f"{where}.subject", "must be one line")
    _check_link(template)
    if shut := template.shut_in():
        raise invalid(shut, f"must hold {{{WAY_OUT}}}: who gets marketing must see how to get no more of it")


def _check_params(params: Sequence[str]) -> None:
    if len(params) > _MOST or len(set(params)) != len(params):
        raise invalid("template.params", f"must hold at most {_MOST} names, each once")
    for index, name in enumerate(params):
        if not _NAME.fullmatch(name):
            raise invalid(f"template.params[{index}]", "must be 1 to 40 of a-z, 0-9 and _, a letter first")
        if name in OWN:
            raise invalid(f"template.params[{index}]", f"must not be one of ours: {', '.join(OWN)}")


def _check_text(text: str, where: str, part: str, params: Sequence[str]) -> None:
    if not 1 <= len(text) <= _LONGEST[part] or "\x00" in text:
        raise invalid(where, f"must be 1 to {_LONGEST[part]} characters")
    _check_places(text, where, {*params, *OWN})


def _check_places(text: str, where: str, known: set[str]) -> None:
    for name in _places(text):
        if name not in known:
            raise invalid(where, f"{{{name[:40]}}} must be one of {', '.join(sorted(known))}")
    if "{" in (rest := _PLACE.sub("", _plain(text))) or "}" in rest:
        raise invalid(where, "must write a brace that is no place as {{ or }}")


def _check_link(template: Template) -> None:
    if not template.link:
        if template.uses("link"):
            raise invalid("template.link", "must be given: a text names {link}")
        return
    if len(template.link) > _LONGEST["text"] or not re.match(r"https://[^\s{}/]+(/|$|\?)", template.link):
        raise invalid("template.link", "must be an https address whose host holds no place")
    # an address is the same in every language
    _check_places(template.link, "template.link", {*template.params} - {STORE})


def _shut(body: str) -> bool:
    return bool(body) and WAY_OUT not in _places(body)


def _places(text: str) -> list[str]:
    return _PLACE.findall(_plain(text))


def _plain(text: str) -> str:
    return text.replace("{{", "").replace("}}", "")


def missing(template: Template, params: Mapping[str, str]) -> list[str]:
    """Params that whoever sends it did not give."""
    return [name for name in template.params if name not in params]


def fill(words: Words, values: Mapping[str, str]) -> Words:
    """The words with their places filled; a value never becomes a place, a line of a subject, or a tag of HTML."""
    shown = {name: value[:_VALUE] for name, value in values.items()}
    flat = {name: " ".join(value.split()) for name, value in shown.items()}
    safe = {name: html.escape(value) for name, value in shown.items()}
    return Words(words.locale, filled(words.subject, flat), filled(words.text, shown), filled(words.html, safe))


def target(template: Template, params: Mapping[str, str]) -> str:
    """Where {link} leads; a value stays within its place of the address."""
    return filled(template.link, {name: quote(params.get(name, ""), safe="") for name in template.params})


def filled(text: str, values: Mapping[str, str]) -> str:
    """One text with its places filled, in one pass."""
    return re.sub(r"\{\{|\}\}|\{([a-z0-9_]+)\}", lambda found: _one(found, values), text)


def _one(found: re.Match[str], values: Mapping[str, str]) -> str:
    return values[found.group(1)] if found.group(1) else found.group(0)[0]
