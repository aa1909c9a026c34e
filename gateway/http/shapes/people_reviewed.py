"""What tills told of people and somebody should look at, as headquarters is shown it."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, NextPage, Shown, Time, eg

_WORD = StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")
_FLAGS = "Such as phone_shared, phone_limited, card_taken, phone_invalid, member_unknown, clock_wrong, unreadable."

TerminalPath = Annotated[
    str,
    Path(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$", examples=["TPE01-1"], description="Whose fact it is."),
]
SequencePath = Annotated[int, Path(ge=1, examples=[17], description="Which of the terminal's facts about people.")]


class PeopleReview(Shown):
    """A fact about somebody as a till told it, and what is odd about it."""

    terminal_id: Annotated[str, eg("TPE01-1", "The till that told it.")]
    sequence: Annotated[int, eg(17, "Which of its facts about people.")]
    kind: Annotated[str, eg("enrolled", "enrolled, wish, trial or note.")]
    member_id: Annotated[str | None, eg(None, "Whom it means by now; null where that could not be read.")]
    sku: Annotated[str, eg("", "Of a wish: its good.")]
    staff_code: Annotated[str, eg("A102", "Who was signed in.")]
    location_id: Annotated[str, eg("TPE01", "Where.")]
    outcome: Annotated[str, eg("created", "Of an enrolment: created, merged, existed or stored.")]
    flags: Annotated[list[str], eg(["phone_shared"], _FLAGS)]
    business_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "When it happened, by the till.")]
    record_time: Annotated[Time | None, eg("2026-11-22T11:02:00.000Z", "When it came in.")]


class PeopleReviews(Shown):
    """What nobody has looked at, the oldest first."""

    reviews: Annotated[list[PeopleReview], Field(description="The facts.")]
    next_page_token: NextPage


class PeopleReviewAnswer(Shown):
    """The fact that somebody has looked at."""

    review: Annotated[PeopleReview, Field(description="The fact.")]


class ClosePeopleReview(Asked):
    """What came of it."""

    reason: Annotated[str, _WORD, eg("CALLED_BACK", "A word of the brand's lists.")]
