"""Keeping templates and rules, what members like, and following links: what people ask of messages."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from asyncpg import Record

from kit import access
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Conflicted, Tx
from omo.member.v1 import engagement_events_pb2 as events
from services.member.messages import composing, domain_templates, links, outcomes, store_outcomes, store_rules
from services.member.messages.domain import Purpose
from services.member.messages.domain_sending import Liked, Rules
from services.member.messages.domain_templates import Template, TemplateUnknown, Words
from services.member.messages.links import LinkInvalid, Links
from services.member.messages.outcomes import Outcomes
from services.member.privacy import consents
from services.member.privacy.domain import Choice, Said
from services.member.privacy.domain import Purpose as Use

_KINDS = {links.OPEN: outcomes.OPENED, links.CLICK: outcomes.CLICKED, links.STOP: outcomes.STOPPED}


class Messages:
    """The people's side of messages; sending is a timer's."""

    def __init__(self, clock: Clock, tokens: Links, kept: Outcomes, channels: Sequence[str]) -> None:
        self._clock = clock
        self._tokens = tokens
        self._outcomes = kept
        self._channels = channels

    async def put_template(self, tx: Tx, template: Template) -> Template:
        """Keeps the next version of a template that can be filled."""
        domain_templates.check(template)
        return await store_rules.put_template(tx, template, access.current().actor)

    async def template(self, tx: Tx, template_id: str) -> Template:
        """The version in force."""
        found = (await store_rules.templates(tx, [template_id])).get(template_id)
        if found is None:
            raise TemplateUnknown("there is no such template", template_id=template_id, field="template_id")
        return found

    async def preview(self, tx: Tx, template_id: str, locale: str, params: Mapping[str, str]) -> Words:
        """The words, for nobody in particular."""
        template = await self.template(tx, template_id)
        for name in params:
            if name not in template.params:
                raise invalid(f"params.{name}", f"must be one of {', '.join(template.params) or 'none'}")
        return composing.example(template, template.words(locale), params)

    async def put_rules(self, tx: Tx, rules: Rules) -> Rules:
        """Keeps the version after the one that the caller has seen."""
        present = await store_rules.rules(tx)
        if rules.version != present.version:
            raise Conflicted("somebody else has changed the rules: read them again")
        following = Rules(present.version + 1, *(getattr(rules, name) for name in Rules.__slots__[1:]))
        if not await store_rules.put_rules(tx, following, access.current().actor):
            raise Conflicted("somebody else has changed the rules: read them again")
        return following

    async def put_preferences(self, tx: Tx, liked: Liked) -> Record:
        """Keeps what a member likes."""
        return await store_rules.put_preferences(tx, liked)

    async def health(self, tx: Tx) -> list[Record]:
        """How the channels of this process fare."""
        return await store_outcomes.health(tx, sorted(self._channels))

    async def resume(self, tx: Tx, channel: str) -> Record:
        """Lets a channel go on, counted anew."""
        if channel not in self._channels:
            raise invalid("channel", f"must be one of {', '.join(sorted(self._channels)) or 'none'}")
        await store_outcomes.resume(tx, channel, self._clock())
        return (await store_outcomes.health(tx, [channel]))[0]

    async def follow(self, tx: Tx, token: str, *, confirmed: bool) -> tuple[events.TouchKind.ValueType, str]:
        """Notes what a link stands for; says where to go. To be left alone must be confirmed: scanners follow links."""
        followed = self._tokens.read(token)
        row = await store_outcomes.one(tx, followed.message_id)
        if row is None:
            raise LinkInvalid("this link is none of ours, or was altered", field="token")
        kind, now = _KINDS[followed.kind], self._clock()
        if kind == outcomes.STOPPED:
            if confirmed:
                await self._stop(tx, row, now)
            return kind, ""
        await self._outcomes.reported(tx, row, kind, now)
        if kind == outcomes.CLICKED:
            # whoever follows a link has opened the message, whether its picture was fetched or not
            opened = await store_outcomes.one(tx, followed.message_id)
            assert opened is not None
            await self._outcomes.reported(tx, opened, outcomes.OPENED, now)
        return kind, await self._target(tx, row) if kind == outcomes.CLICKED else ""

    async def _stop(self, tx: Tx, row: Record, now: datetime) -> None:
        """He wants no more of this kind by this channel."""
        if row["purpose"] == Purpose.TRANSACTIONAL or row["channel"] not in ("email", "sms", "line", "push"):
            return
        said = Said(Use(Purpose(row["purpose"]).name), row["channel"], Choice.REFUSED)
        if await consents.allowed(tx, row["member_id"], said.purpose, said.channel):
            # which message he answered, and the words by which it told him how
            said_of = f"{row['template_id']}@{row['template_version']}"
            await consents.record(tx, row["member_id"], [said], f"message:{row['message_id']}", said_of, now)
            await self._outcomes.reported(tx, row, outcomes.STOPPED, now)

    async def _target(self, tx: Tx, row: Record) -> str:
        kept = await store_rules.template_version(tx, row["template_id"], row["template_version"])
        if kept is None:
            raise LinkInvalid("the message leads nowhere", field="token")
        return domain_templates.target(kept, json.loads(row["params"]))

    async def report(self, tx: Tx, row: Record | None, kind: events.TouchKind.ValueType, moment: datetime) -> None:
        """What a provider told of a message; one that is none of ours is no fault."""
        if row is not None:
            await self._outcomes.reported(tx, row, kind, moment)
