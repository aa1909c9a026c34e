"""Questionnaires that staff offer; an answer is sealed, tags whoever gave it, and earns what was promised."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Protocol

from kit import access, outbox, timers
from kit.access import Kind as Who
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from kit.timers import Due
from services.member.identity.register import Register
from services.member.points import reading
from services.member.profile import domain_surveys as domain
from services.member.profile import store_surveys as store
from services.member.profile import store_timeline, timeline, wire_surveys
from services.member.profile.domain_surveys import Answer, Offer, OfferClosed, Questionnaire, State, Voucher
from services.member.profile.domain_tags import Origin
from services.member.profile.domain_timeline import Kind
from services.member.profile.tagging import Given, Tagging
from services.member.profile.timeline import Record
from services.member.vault import Vault

EXPIRY = "profile.offer_expiry"
OWED = "profile.voucher_owed"
_AGAIN = timedelta(hours=1)


class Benefits(Protocol):
    """Whoever gives what an answer earns: the wallet."""

    async def grant(self, tx: Tx, *, grant_key: str, member_id: str, benefit_id: str, business_time: datetime) -> str:
        """Gives a benefit once per `grant_key` and answers its id; empty while the benefit cannot be given."""


class Surveying:
    """Offers and answers."""

    def __init__(
        self, vault: Vault, register: Register, tagging: Tagging, clock: Clock, benefits: Benefits | None = None
    ) -> None:
        self._vault = vault
        self._register = register
        self._tagging = tagging
        self._clock = clock
        # until somebody gives benefits, what an answer earns is owed and tried again
        self.benefits = benefits

    async def put(self, tx: Tx, asked: Questionnaire) -> Questionnaire:
        """Publishes the next version; offers keep theirs."""
        actor = access.current().actor
        return await store.put(tx, domain.check(asked), actor.kind, actor.id)

    async def offer(self, tx: Tx, member_id: str, questionnaire_id: str) -> tuple[Offer, Questionnaire]:
        """Offers it as the calling staff member; one that is open is answered again, whoever offered it."""
        await reading.require_member(tx, member_id)
        asked = await store.latest(tx, questionnaire_id)
        if asked is None or not asked.active:
            raise domain.QuestionnaireUnknown("no such questionnaire is offered", field="questionnaire_id")
        meant = (await store_timeline.ids(tx, member_id))[0]
        now, principal = self._clock(), access.current()
        until = now + timedelta(days=asked.valid_days)
        there = await store.open_one(tx, meant, questionnaire_id)
        if there is not None and there.expire_time > now:
            return there, await store.version(tx, questionnaire_id, there.version)
        if there is not None:
            await store.expire(tx, there.offer_id)
        where = principal.location_ids[0] if principal.kind is Who.STAFF and principal.location_ids else ""
        new = Offer(
            *(uuid7(), meant, questionnaire_id, asked.version, principal.staff_code, where, State.OPEN, now, until),
            *(None, None, Voucher.NONE, ""),
        )
        kept = await store.add(tx, new)
        if kept is None:  # somebody else offered it in this very moment
            raise OfferClosed("it was offered just now: ask again", state=State.OPEN)
        await timers.schedule(tx, EXPIRY, kept.offer_id, until)
        await self._tell(tx, kept, "offered")
        return kept, asked

    async def answer(
        self, tx: Tx, member_id: str, offer_id: str, given: Sequence[Answer]
    ) -> tuple[Offer, Questionnaire]:
        """Answers an offer once; what it earns is given in the same transaction, or owed and tried again."""
        ids = await store_timeline.ids(tx, member_id)
        found = await store.one(tx, offer_id, ids)
        if found is None:
            raise domain.OfferUnknown("no such offer", field="offer_id")
        now = self._clock()
        if found.state is not State.OPEN or found.expire_time <= now:
            state = found.state if found.state is not State.OPEN else State.EXPIRED
            raise OfferClosed("the offer is closed", state=state, offer_id=offer_id)
        asked = await store.version(tx, found.questionnaire_id, found.version)
        domain.check_answers(asked, given)
        words = json.dumps([asdict(one) for one in given], ensure_ascii=False)
        sealed = await self._register.seal(tx, found.member_id, place(offer_id), words)
        voucher, voucher_id = await self._earn(tx, found, asked, ids[0], now)
        await store.answer(tx, offer_id, now, sealed, voucher, voucher_id)
        await timers.cancel(tx, EXPIRY, offer_id)
        given_by = Given(Origin.SURVEY, found.staff_code, found.location_id)
        await self._tagging.give(tx, ids[0], domain.tags(asked, given), given_by)
        await self._tell(tx, found, "answered")
        await outbox.append(tx, wire_surveys.answered(found, now))
        after = await store.one(tx, offer_id, ids)
        assert after is not None
        return after, asked

    async def answers(self, tx: Tx, offer: Offer) -> list[Answer]:
        """What was answered; nothing once the person is forgotten."""
        if offer.answers_sealed is None:
            return []
        words = await self._register.open(tx, offer.member_id, place(offer.offer_id), offer.answers_sealed)
        return [Answer(**{**one, "choices": tuple(one["choices"])}) for one in json.loads(words or "[]")]

    async def expire(self, tx: Tx, due: Due) -> None:
        """An offer is past its time."""
        await store.expire(tx, due.key)

    async def pay(self, tx: Tx, due: Due) -> None:
        """Tries again to give what an answer earned."""
        found = await store.one(tx, due.key, await store_timeline.ids(tx, due.payload.decode()))
        if found is None or found.voucher is not Voucher.OWED:
            return
        asked = await store.version(tx, found.questionnaire_id, found.version)
        meant = (await store_timeline.ids(tx, found.member_id))[0]
        given = await self._grant(tx, found, asked, meant, self._clock())
        if given:
            await store.settle(tx, found.offer_id, given)
        else:
            await timers.schedule(tx, OWED, due.key, self._clock() + _AGAIN, due.payload)

    async def _earn(
        self, tx: Tx, found: Offer, asked: Questionnaire, member_id: str, now: datetime
    ) -> tuple[Voucher, str]:
        if not asked.benefit_id:
            return Voucher.NONE, ""
        voucher_id = await self._grant(tx, found, asked, member_id, now)
        if voucher_id:
            return Voucher.GRANTED, voucher_id
        await timers.schedule(tx, OWED, found.offer_id, now + _AGAIN, found.member_id.encode())
        return Voucher.OWED, ""

    async def _grant(self, tx: Tx, found: Offer, asked: Questionnaire, member_id: str, now: datetime) -> str:
        if self.benefits is None:
            return ""
        return await self.benefits.grant(
            tx,
            grant_key=f"survey:{found.offer_id}",
            member_id=member_id,
            benefit_id=asked.benefit_id,
            business_time=now,
        )

    async def _tell(self, tx: Tx, offer: Offer, what: str) -> None:
        data: dict[str, str | int] = {"questionnaire_id": offer.questionnaire_id, "what": what}
        record = Record(
            timeline.named("survey", offer.offer_id, what),
            offer.member_id,
            Kind.SURVEY,
            "staff" if what == "offered" else "member",
            self._clock(),
            offer.location_id,
            offer.staff_code,
            offer.offer_id,
            data,
        )
        await timeline.append(tx, self._vault, [record])


def place(offer_id: str) -> str:
    """Where an offer's answers are sealed."""
    return f"survey:{offer_id}"
