"""When the brand answers and where members can be written to, as the API shows and takes it."""

from typing import Annotated

from pydantic import Field

from gateway.http.shapes.fields import Asked, Shown, Time, Version, Whole, eg


class WindowIn(Asked):
    """From one time of the day to another, in the brand's zone."""

    weekday: Annotated[Whole, eg(1, "1 Monday to 7 Sunday.")]
    opens: Annotated[str, eg("10:30", "HH:MM.")]
    closes: Annotated[str, eg("21:30", "HH:MM; not after `opens`: of the next day.")]


class HoursIn(Asked):
    """When the brand answers; waiting is counted in these hours."""

    windows: Annotated[list[WindowIn], Field(max_length=28, description="None: round the clock.")]
    closed_days: Annotated[list[str], Field(max_length=400), eg(["2027-02-05"], "Days on which nobody answers.")] = []
    answer_minutes: Annotated[Whole, eg(30, "After so many minutes of service it is somebody's task.")]
    version: Annotated[Whole, eg(0, "The version that was seen; 0: nothing was ever put.")]


class PutHours(Asked):
    """Hours of service as they should be."""

    hours: Annotated[HoursIn, Field(description="As they should be.")]


class Window(Shown):
    """From one time of the day to another, in the brand's zone."""

    weekday: Annotated[int, eg(1, "1 Monday to 7 Sunday.")]
    opens: Annotated[str, eg("10:30", "HH:MM.")]
    closes: Annotated[str, eg("21:30", "HH:MM; not after `opens`: of the next day.")]


class Hours(Shown):
    """When the brand answers."""

    windows: Annotated[list[Window], Field(description="None: round the clock.")]
    closed_days: Annotated[list[str], eg(["2027-02-05"], "Days on which nobody answers.")]
    answer_minutes: Annotated[int, eg(30, "After so many minutes of service it is somebody's task.")]
    version: Version


class HoursOut(Shown):
    """Hours of service."""

    hours: Annotated[Hours, Field(description="In force.")]


class Address(Shown):
    """Where a member can be written to, and why not."""

    channel: Annotated[str, eg("email", "email, sms, line or push.")]
    masked: Annotated[str, eg("m***@example.com", "Enough to recognise it; empty for a browser.")]
    verified: Annotated[bool, eg(True, "Its owner has proved it: nothing is sent elsewhere.")]
    end_code: Annotated[str | None, eg("unknown_address", "Why nothing is sent there: blocked or unknown_address.")]
    end_detail: Annotated[str | None, eg("550 5.1.1", "The provider's status; its words are not kept.")]
    end_time: Annotated[Time | None, eg("2026-11-22T10:00:00.000Z", "Since when; null: it takes messages.")]


class Addresses(Shown):
    """A member's addresses."""

    addresses: Annotated[list[Address], Field(description="Each with what has become of it.")]
