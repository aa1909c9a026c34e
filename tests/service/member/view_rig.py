"""A member as everybody sees him: what tests note, hear and ask of his timeline, tags and questionnaires."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kit import access
from kit.inbox import Event, Inbox
from kit.timers import Due, InTx
from omo.attribution.v1 import attribution_events_pb2
from omo.inventory.v1 import catalogue_events_pb2
from omo.member.v1 import profile_pb2
from omo.member.v1 import profile_service_pb2 as pb
from omo.member.v1 import profile_service_pb2_grpc as rpc
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import channel_pb2
from services.member.benefits import store as benefits
from services.member.benefits.domain import Occasion, Program
from tests.service.member.conftest import Member


def key() -> str:
    return str(uuid.uuid4())


@dataclass(slots=True)
class View:
    """One member, enrolled in TPE01 by A102, and whoever looks at him."""

    member: Member
    member_id: str
    adviser: str

    @property
    def timeline(self) -> rpc.TimelineServiceStub:
        return rpc.TimelineServiceStub(self.member.channel)

    @property
    def tags(self) -> rpc.TagServiceStub:
        return rpc.TagServiceStub(self.member.channel)

    @property
    def surveys(self) -> rpc.SurveyServiceStub:
        return rpc.SurveyServiceStub(self.member.channel)

    async def ask(self, method: Any, request: Any, token: str) -> Any:
        return await self.member.call(method, request, token)

    async def records(self, token: str, *kinds: Any, member_id: str = "") -> list[Any]:
        """The timeline as that token's owner sees it."""
        request = pb.ListTimelineRequest(member_id=member_id or self.member_id, kinds=kinds, page_size=100)
        return list((await self.ask(self.timeline.ListTimeline, request, token)).records)

    async def kinds(self, token: str) -> list[str]:
        """What kinds that token's owner sees."""
        found = await self.records(token)
        return sorted({profile_pb2.TimelineKind.Name(one.kind).removeprefix("TIMELINE_KIND_") for one in found})

    async def trial(self, token: str, *skus: str, note: str = "", wish: bool = False) -> Any:
        request = pb.RecordTrialRequest(
            request_id=key(),
            member_id=self.member_id,
            skus=skus or ("COAT-CAMEL-M",),
            outcome=profile_pb2.TRIAL_OUTCOME_HESITATED,
            note=note,
            wish=wish,
        )
        return (await self.ask(self.timeline.RecordTrial, request, token)).record

    async def note(self, token: str, text: str) -> Any:
        request = pb.AddNoteRequest(request_id=key(), member_id=self.member_id, text=text)
        return (await self.ask(self.timeline.AddNote, request, token)).record

    async def complain(self, token: str, text: str, order_id: str = "") -> Any:
        request = pb.RecordComplaintRequest(
            request_id=key(), member_id=self.member_id, channel="chat", order_id=order_id, text=text
        )
        return (await self.ask(self.timeline.RecordComplaint, request, token)).record

    async def hear(self, *events: Any) -> None:
        """As the consumer tells them."""
        parts = self.member.parts
        inbox = Inbox("member", [*parts.profile.ears(), *parts.privacy.ears()])
        for event in events:
            event.meta.event_id = event.meta.event_id or key()
        async with self.member.db.transaction() as tx:
            with access.acting_as(access.service("member")):
                await inbox.take(tx, [Event(e.meta.event_id, e.DESCRIPTOR.full_name, e) for e in events])

    async def fire(self, kind: str) -> int:
        """Does what has fallen due of a kind; how many."""
        handler = self.member.parts.alarms()[kind]
        assert isinstance(handler, InTx)
        async with self.member.db.transaction() as tx:
            rows = await tx.fetch(
                "DELETE FROM timers WHERE kind = $1 AND next_time <= $2 "
                "RETURNING kind, key, payload, attempt + 1 AS attempt, fence, due_time",
                kind,
                self.member.clock(),
            )
            dues = [Due(**row) for row in rows]
            with access.acting_as(access.service("member")):
                for due in dues:
                    await handler.run(tx, [due])
        return len(dues)

    async def published(self, name: str) -> int:
        """How many events of that name were told."""
        async with self.member.db.read() as tx:
            return int(await tx.fetchval("SELECT count(*) FROM outbox WHERE subject LIKE $1 || '%'", f"%{name}"))


async def enrolled(member: Member, phone: str = "0912345678") -> View:
    adviser = await member.adviser()
    found = await member.enrol(adviser, phone=phone)
    return View(member, found.member_id, adviser)


def facts(
    view: View, order_id: str, total: int = 2480, location_id: str = "", at: datetime | None = None
) -> order_facts_pb2.OrderFacts:
    kind = channel_pb2.CHANNEL_KIND_STORE if location_id else channel_pb2.CHANNEL_KIND_ONLINE
    found = order_facts_pb2.OrderFacts(
        order_id=order_id, order_no="N1", member_id=view.member_id, channel_kind=kind, location_id=location_id,
        currency_code="TWD", grand_total=total,
        lines=[order_facts_pb2.LineFacts(line_no=1, sku="COAT-CAMEL-M", quantity=1, net_total=total)],
    )  # fmt: skip
    found.business_time.FromDatetime(at or view.member.clock())
    return found


def sold(view: View, order_id: str, location_id: str = "TPE02", **more: Any) -> order_events_pb2.SalesRecorded:
    event = order_events_pb2.SalesRecorded(sales=[facts(view, order_id, location_id=location_id, **more)])
    event.meta.aggregate_id = "T1"
    return event


def bound(view: View, staff_code: str = "A102", version: int = 1) -> attribution_events_pb2.MemberBound:
    event = attribution_events_pb2.MemberBound()
    event.binding.member_id, event.binding.staff_code = view.member_id, staff_code
    event.binding.location_id, event.binding.active, event.binding.version = "TPE01", True, version
    event.meta.aggregate_id = view.member_id
    return event


def priced(
    view: View, sku: str, amount: int, version: int, end: timedelta | None = None
) -> catalogue_events_pb2.PriceListChanged:
    event = catalogue_events_pb2.PriceListChanged()
    event.price_list.price_list_id, event.price_list.version = "base", version
    event.price_list.prices.add(sku=sku, amount=amount)
    event.meta.business_time.FromDatetime(view.member.clock())
    event.meta.aggregate_id = "base"
    if end is not None:
        event.price_list.price_list_id = "sale"
        event.price_list.end_time.FromDatetime(view.member.clock() + end)
    return event


TRIAL_KIT = "0199a5c3-3c4d-7e5f-8a6b-7c8d9e0f1a2b"


async def promise(view: View) -> None:
    """The wallet has the benefit that an answer earns."""
    kit = Program(TRIAL_KIT, "試用組", Occasion.MANUAL, "trial-kit", 1, 30, "", 0, 0, False, False, False, True)
    async with view.member.db.transaction() as tx:
        await benefits.put(tx, kit, view.member.clock())


def questionnaire(benefit_id: str = TRIAL_KIT, **changed: Any) -> profile_pb2.Questionnaire:
    questions: Sequence[profile_pb2.Question] = (
        profile_pb2.Question(
            question="skin", kind=profile_pb2.QUESTION_KIND_SINGLE, label="您的膚質？", required=True,
            choices=[
                profile_pb2.Choice(choice="dry", label="乾性", tag="dry-skin"),
                profile_pb2.Choice(choice="oily", label="油性"),
            ],
        ),
        profile_pb2.Question(
            question="fit", kind=profile_pb2.QUESTION_KIND_SCALE, label="合身嗎？", lowest=1, highest=5
        ),
        profile_pb2.Question(question="words", kind=profile_pb2.QUESTION_KIND_TEXT, label="想說的話"),
    )  # fmt: skip
    told: dict[str, Any] = {"questionnaire_id": "skin-2026", "title": "膚質問卷", "valid_days": 30, "active": True}
    return profile_pb2.Questionnaire(**{**told, "questions": questions, "benefit_id": benefit_id, **changed})


def skin(choice: str = "dry", fit: int = 4, words: str = "") -> list[profile_pb2.Answer]:
    given = [profile_pb2.Answer(question="skin", choices=[choice]), profile_pb2.Answer(question="fit", scale=fit)]
    return [*given, profile_pb2.Answer(question="words", text=words)] if words else given


async def held(view: View) -> list[str]:
    """The benefits in the wallet."""
    async with view.member.db.read() as tx:
        rows = await tx.fetch("SELECT lot_id FROM value_lots WHERE member_id = $1", view.member_id)
    return [str(row["lot_id"]) for row in rows]
