"""Questionnaires as data: typed questions, and whether an answer fits them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault, invalid


class QuestionnaireUnknown(Fault):
    """No such questionnaire, or it is no longer offered."""

    code = Code.NOT_FOUND
    reason = "QUESTIONNAIRE_UNKNOWN"


class OfferUnknown(Fault):
    """No such offer to this member."""

    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


class OfferClosed(Fault):
    """Answered before, or past its time."""

    code = Code.FAILED_PRECONDITION
    reason = "OFFER_CLOSED"


class QuestionKind(StrEnum):
    """What an answer looks like."""

    SINGLE = "SINGLE"
    MULTIPLE = "MULTIPLE"
    SCALE = "SCALE"
    TEXT = "TEXT"


class State(StrEnum):
    """How far an offer is."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    EXPIRED = "EXPIRED"


class Voucher(StrEnum):
    """What became of what an answer earns."""

    NONE = "NONE"
    GRANTED = "GRANTED"
    OWED = "OWED"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose, and the tag of whoever does."""

    choice: str
    label: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    question: str
    kind: QuestionKind
    label: str
    required: bool
    choices: tuple[Choice, ...] = ()
    lowest: int = 0
    highest: int = 0


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """Questions, and what an answer earns."""

    questionnaire_id: str
    version: int
    title: str
    questions: tuple[Question, ...]
    benefit_id: str
    valid_days: int
    active: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question."""

    question: str
    choices: tuple[str, ...] = ()
    scale: int = 0
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Offer:
    """A questionnaire that a staff member offered to a member."""

    offer_id: str
    member_id: str
    questionnaire_id: str
    version: int
    staff_code: str
    location_id: str
    state: State
    offer_time: datetime
    expire_time: datetime
    answer_time: datetime | None
    answers_sealed: bytes | None = field(repr=False)
    voucher: Voucher
    voucher_id: str


_QUESTIONS, _CHOICES, _TEXT, _DAYS = 50, 50, 1_000, 3_650
_CHOOSING = {QuestionKind.SINGLE, QuestionKind.MULTIPLE}


def check(asked: Questionnaire) -> Questionnaire:
    """Refuses a questionnaire that nobody could answer."""
    if not 1 <= len(asked.questions) <= _QUESTIONS:
        raise invalid("questionnaire.questions", f"must be 1 to {_QUESTIONS}")
    if len({one.question for one in asked.questions}) < len(asked.questions):
        raise invalid("questionnaire.questions", "must differ in their names")
    if not 1 <= asked.valid_days <= _DAYS:
        raise invalid("questionnaire.valid_days", f"must be 1 to {_DAYS}")
    for number, one in enumerate(asked.questions):
        _check_question(f"questionnaire.questions[{number}]", one)
    return asked


def _check_question(name: str, one: Question) -> None:
    if one.kind in _CHOOSING:
        codes = [choice.choice for choice in one.choices]
        if not 1 <= len(codes) <= _CHOICES or len(set(codes)) < len(codes):
            raise invalid(f"{name}.choices", f"must be 1 to {_CHOICES}, each once")
    elif one.choices:
        raise invalid(f"{name}.choices", "must be empty: nothing is chosen")
    if one.kind is QuestionKind.SCALE and not one.lowest < one.highest:
        raise invalid(f"{name}.highest", "must be above lowest")


def check_answers(asked: Questionnaire, given: Sequence[Answer]) -> None:
    """Refuses answers that do not fit the questions, naming the first that does not."""
    by_name = {one.question: one for one in given}
    if len(by_name) < len(given):
        raise invalid("answers", "must answer each question once")
    known = {one.question for one in asked.questions}
    if not known.issuperset(by_name):
        raise invalid("answers.question", f"must be one of {', '.join(sorted(known))}")
    for question in asked.questions:
        answer = by_name.get(question.question)
        if answer is not None:
            _fits(question, answer)
        elif question.required:
            raise invalid(f"answers.{question.question}", "must be answered")


def _fits(question: Question, answer: Answer) -> None:
    name = f"answers.{question.question}"
    if question.kind in _CHOOSING:
        codes = {one.choice for one in question.choices}
        most = 1 if question.kind is QuestionKind.SINGLE else len(codes)
        chosen = set(answer.choices)
        if not (1 <= len(answer.choices) <= most and len(chosen) == len(answer.choices) and chosen <= codes):
            raise invalid(name, f"must be 1 to {most} of {', '.join(sorted(codes))}")
    elif answer.choices:
        raise invalid(name, "must choose nothing")
    if question.kind is QuestionKind.SCALE and not question.lowest <= answer.scale <= question.highest:
        raise invalid(name, f"must be {question.lowest} to {question.highest}")
    if question.kind is QuestionKind.TEXT:
        if not 1 <= len(answer.text) <= _TEXT or "\x00" in answer.text:
            raise invalid(name, f"must be 1 to {_TEXT} characters")
    elif answer.text:
        raise invalid(name, "must hold no words")


def tags(asked: Questionnaire, given: Sequence[Answer]) -> list[str]:
    """What whoever answers so is tagged with."""
    said: Mapping[str, tuple[str, ...]] = {one.question: one.choices for one in given}
    found = [
        choice.tag
        for question in asked.questions
        for choice in question.choices
        if choice.tag and choice.choice in said.get(question.question, ())
    ]
    return sorted(set(found))
