"""Questionnaires, offers and answers, as every audience sees them."""

from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.asking import Ask
from gateway.http.shapes.fields import Asked, LocationId, MemberId, Shown, StaffCode, Time, Version, Whole, eg, kinds
from gateway.http.shapes.profiled import OFFER
from omo.member.v1 import profile_pb2
from omo.member.v1 import profile_service_pb2 as pb

BENEFIT = "0199a5c3-3c4d-7e5f-8a6b-7c8d9e0f1a2b"
_Code = StringConstraints(min_length=1, max_length=64)
_Label = StringConstraints(min_length=1, max_length=300)


class ChoiceIn(Asked):
    """One thing to choose."""

    choice: Annotated[str, _Code, eg("dry", "Its code.")]
    label: Annotated[str, _Label, eg("乾性", "As the member reads it.")]
    tag: Annotated[str, StringConstraints(max_length=64), eg("dry-skin", "What whoever chooses it is tagged with.")] = (
        ""
    )


class QuestionIn(Asked):
    """One question."""

    question: Annotated[str, _Code, eg("skin", "Its name within the questionnaire.")]
    kind: Annotated[str, kinds(profile_pb2.QuestionKind, "SINGLE", "What an answer looks like.")]
    label: Annotated[str, _Label, eg("您的膚質？", "As the member reads it.")]
    required: Annotated[bool, eg(True, "Whether it must be answered.")] = False
    choices: Annotated[
        list[ChoiceIn],
        Field(max_length=50),
        eg([{"choice": "dry", "label": "乾性", "tag": "dry-skin"}], "For SINGLE and MULTIPLE."),
    ] = []
    lowest: Annotated[Whole, eg(1, "For SCALE.")] = 0
    highest: Annotated[Whole, eg(5, "For SCALE.")] = 0


class QuestionnaireIn(Asked):
    """Questions, and what an answer earns."""

    questionnaire_id: Annotated[str, _Code, eg("skin-2026", "The brand's own code.")]
    title: Annotated[str, StringConstraints(min_length=1, max_length=100), eg("膚質問卷", "As the member reads it.")]
    questions: Annotated[list[QuestionIn], Field(min_length=1, max_length=50)]
    benefit_id: Annotated[
        str,
        StringConstraints(max_length=64),
        eg(BENEFIT, "The benefit programme that an answer earns; empty: nothing."),
    ] = ""
    valid_days: Annotated[Whole, Field(ge=1, le=3_650), eg(30, "How long an offer may be answered.")] = 30
    active: Annotated[bool, eg(True, "False: no longer offered.")] = True


class PutQuestionnaire(Asked):
    """The next version of a questionnaire."""

    questionnaire: QuestionnaireIn


class Questionnaire(Shown):
    """A questionnaire in one version."""

    questionnaire_id: Annotated[str, eg("skin-2026", "The brand's own code.")]
    version: Version
    title: Annotated[str, eg("膚質問卷", "As the member reads it.")]
    questions: list[QuestionIn]
    benefit_id: Annotated[str | None, eg(BENEFIT, "The benefit programme that an answer earns; null: nothing.")]
    valid_days: Annotated[int, eg(30, "How long an offer may be answered.")]
    active: Annotated[bool, eg(True, "False: no longer offered.")]


class QuestionnaireAnswer(Shown):
    """The questionnaire as it is published."""

    questionnaire: Questionnaire


class Questionnaires(Shown):
    """Every questionnaire in its present version."""

    questionnaires: list[Questionnaire]


class SurveyAnswer(Asked):
    """The answer to one question."""

    question: Annotated[str, _Code, eg("skin", "Its name within the questionnaire.")]
    choices: Annotated[list[str], Field(max_length=50), eg(["dry"], "For SINGLE and MULTIPLE.")] = []
    scale: Annotated[Whole, eg(0, "For SCALE.")] = 0
    text: Annotated[str, StringConstraints(max_length=1_000), eg("", "For TEXT.")] = ""


class AnswersIn(Asked):
    """What the member answers."""

    answers: Annotated[list[SurveyAnswer], Field(min_length=1, max_length=50)]


class OfferIn(Asked):
    """Which questionnaire to offer."""

    questionnaire_id: Annotated[str, _Code, eg("skin-2026", "The brand's own code.")]


class Offer(Shown):
    """A questionnaire that a staff member offered."""

    offer_id: Annotated[str, eg(OFFER, "The offer's own id.")]
    member_id: MemberId
    questionnaire: Questionnaire
    staff_code: Annotated[StaffCode | None, eg("A102", "Who offered it.")]
    location_id: LocationId | None
    state: Annotated[str | None, kinds(profile_pb2.OfferState, "OPEN", "How far it is.")]
    offer_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "When it was offered.")]
    expire_time: Annotated[Time | None, eg("2026-12-22T09:30:00.000Z", "Until when it may be answered.")]
    answer_time: Annotated[Time | None, eg(None, "When it was answered.")]
    answers: Annotated[list[SurveyAnswer], eg([], "What was answered, for whoever may read it.")]
    voucher_state: Annotated[str | None, kinds(profile_pb2.VoucherState, "NONE", "What became of what it earns.")]
    voucher_id: Annotated[str | None, eg(None, "What was given, in the wallet.")]


class OfferAnswer(Shown):
    """The offer as it is kept."""

    offer: Offer


class Offers(Shown):
    """A member's offers, newest first."""

    offers: list[Offer]


async def offers(ask: Ask, member_id: str) -> Response:
    """What was offered to a member."""
    return asking.answer(Offers, await ask(ask.to.surveys.ListOffers, pb.ListOffersRequest(member_id=member_id)))


async def answered(ask: Ask, member_id: str, offer_id: str, body: AnswersIn) -> Response:
    """Answers an offer."""
    request = pb.AnswerSurveyRequest(request_id=ask.key, member_id=member_id, offer_id=offer_id)
    return asking.answer(OfferAnswer, await ask(ask.to.surveys.AnswerSurvey, translation.fill(request, body)))


async def questionnaires(ask: Ask) -> Response:
    """What can be offered."""
    reply = await ask(ask.to.surveys.ListQuestionnaires, pb.ListQuestionnairesRequest())
    return asking.answer(Questionnaires, reply)
