"""Puts a message into words: only what the template names, and only of whom it is for."""

import html
from collections.abc import Mapping

from services.member.channels.contract import Letter
from services.member.messages import domain_templates, links
from services.member.messages.domain import Purpose
from services.member.messages.domain_templates import Template, Words
from services.member.messages.links import Links
from services.member.messages.people import Facing, People

_PIXEL = '<img src="{address}" width="1" height="1" alt="">'


class Composer:
    """The base address is the front door's; without one nothing is tracked and links lead straight on."""

    def __init__(self, tokens: Links, base: str) -> None:
        self._tokens = tokens
        self._base = base.rstrip("/")

    def lets_out(self, template: Template) -> bool:
        """Whether whoever gets this can follow a link to get no more of it, if it is marketing."""
        return template.purpose is not Purpose.MARKETING or (bool(self._base) and not template.shut_in())

    def letter(
        self,
        message_id: str,
        channel: str,
        address: str,
        template: Template,
        words: Words,
        params: Mapping[str, str],
        facing: Facing,
        people: People,
    ) -> Letter:
        """The letter as the channel carries it."""
        values = {name: params[name] for name in template.params}
        for name in domain_templates.OWN:
            if template.uses(name):
                values[name] = self._own(name, message_id, template, params, facing, people)
        ready = domain_templates.fill(words, values)
        # what he waits for himself cannot be stopped: no mail program is to offer that it could
        stop = "" if template.purpose is Purpose.TRANSACTIONAL else self._tokens.token(links.STOP, message_id)
        return Letter(message_id, channel, address, ready.subject, ready.text, self._tracked(ready, message_id), stop)

    def _own(
        self, name: str, message_id: str, template: Template, params: Mapping[str, str], facing: Facing, people: People
    ) -> str:
        match name:
            case "member_name":
                return people.name(facing)
            case "link":
                return self._address(links.CLICK, message_id) or domain_templates.target(template, params)
            case "unsubscribe_link":
                return self._address(links.STOP, message_id)
        return str(facing.row[name])

    def _address(self, kind: str, message_id: str) -> str:
        return f"{self._base}/{self._tokens.token(kind, message_id)}" if self._base else ""

    def _tracked(self, words: Words, message_id: str) -> str:
        opened = self._address(links.OPEN, message_id)
        return words.html + _PIXEL.format(address=html.escape(opened)) if words.html and opened else words.html


def example(template: Template, words: Words, params: Mapping[str, str]) -> Words:
    """The words with what was given, for nobody: what we would fill stands as a word."""
    shown = {"member_name": "王小明", "tier": "gold", "points": "1200", "unsubscribe_link": "https://…/stop"}
    shown["link"] = domain_templates.target(template, params)
    return domain_templates.fill(words, {**shown, **{name: params.get(name, name) for name in template.params}})
