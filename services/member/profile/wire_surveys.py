"""Protobuf to and from questionnaires, offers and answers."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kit import fields
from kit.errors import invalid
from omo.member.v1 import profile_events_pb2, profile_pb2
from services.member.profile.domain_surveys import Answer, Choice, Offer, Question, QuestionKind, Questionnaire

_TITLE, _LABEL, _ANSWERS, _NAMES = 100, 300, 50, 64


def asked(message: profile_pb2.Questionnaire) -> Questionnaire:
    """A questionnaire as headquarters wants it."""
    return Questionnaire(
        fields.code("questionnaire.questionnaire_id", message.questionnaire_id),
        0,
        fields.text("questionnaire.title", message.title, _TITLE),
        tuple(_question(number, one) for number, one in enumerate(message.questions)),
        fields.identifier("questionnaire.benefit_id", message.benefit_id) if message.benefit_id else "",
        message.valid_days,
        message.active,
    )


def _question(number: int, message: profile_pb2.Question) -> Question:
    name = f"questionnaire.questions[{number}]"
    if not message.kind:
        raise invalid(f"{name}.kind", "must be SINGLE, MULTIPLE, SCALE or TEXT")
    choices = tuple(
        Choice(
            fields.code(f"{name}.choices.choice", one.choice),
            fields.text(f"{name}.choices.label", one.label, _LABEL),
            fields.code(f"{name}.choices.tag", one.tag) if one.tag else "",
        )
        for one in message.choices
    )
    return Question(
        fields.code(f"{name}.question", message.question),
        QuestionKind(profile_pb2.QuestionKind.Name(message.kind).removeprefix("QUESTION_KIND_")),
        fields.text(f"{name}.label", message.label, _LABEL),
        message.required,
        choices,
        message.lowest,
        message.highest,
    )


def questionnaire(found: Questionnaire) -> profile_pb2.Questionnaire:
    """A questionnaire as it is published."""
    return profile_pb2.Questionnaire(
        questionnaire_id=found.questionnaire_id,
        version=found.version,
        title=found.title,
        questions=[
            profile_pb2.Question(
                question=one.question,
                kind=profile_pb2.QuestionKind.Value(f"QUESTION_KIND_{one.kind}"),
                label=one.label,
                required=one.required,
                choices=[profile_pb2.Choice(choice=c.choice, label=c.label, tag=c.tag) for c in one.choices],
                lowest=one.lowest,
                highest=one.highest,
            )
            for one in found.questions
        ],
        benefit_id=found.benefit_id,
        valid_days=found.valid_days,
        active=found.active,
    )


def answers(given: Iterable[profile_pb2.Answer]) -> list[Answer]:
    """What somebody answers; whether it fits is the domain's to say."""
    found = [Answer(one.question[:_NAMES], tuple(one.choices[:_ANSWERS]), one.scale, one.text.strip()) for one in given]
    if len(found) > _ANSWERS:
        raise invalid("answers", f"must be at most {_ANSWERS}")
    return found


def offer(found: Offer, of: Questionnaire, given: Sequence[Answer]) -> profile_pb2.SurveyOffer:
    """An offer with its questions, and its answers where there are some."""
    shown = profile_pb2.SurveyOffer(
        offer_id=found.offer_id,
        member_id=found.member_id,
        questionnaire=questionnaire(of),
        staff_code=found.staff_code,
        location_id=found.location_id,
        state=profile_pb2.OfferState.Value(f"OFFER_STATE_{found.state}"),
        offer_time=fields.timestamp(found.offer_time),
        expire_time=fields.timestamp(found.expire_time),
        answers=[
            profile_pb2.Answer(question=one.question, choices=one.choices, scale=one.scale, text=one.text)
            for one in given
        ],
        voucher_state=profile_pb2.VoucherState.Value(f"VOUCHER_STATE_{found.voucher}"),
        voucher_id=found.voucher_id,
    )
    if found.answer_time is not None:
        shown.answer_time.CopyFrom(fields.timestamp(found.answer_time))
    return shown


def answered(found: Offer, now: datetime) -> profile_events_pb2.SurveyAnswered:
    """The event; what was answered stays at home."""
    event = profile_events_pb2.SurveyAnswered(
        member_id=found.member_id,
        offer_id=found.offer_id,
        questionnaire_id=found.questionnaire_id,
        staff_code=found.staff_code,
        location_id=found.location_id,
    )
    event.meta.aggregate_id = found.member_id
    event.meta.business_time.CopyFrom(fields.timestamp(now))
    return event
