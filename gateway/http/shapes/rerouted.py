"""Rejected pickups and what can be done about them, as every audience is shown them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import TASK, Asked, LocationId, OrderId, Shown, Sku, Time, Version, eg, kinds, said
from omo.order.v1 import rerouting_service_pb2 as pb

_LINK = "OMOP1.AZmlwlGzepCMDmsdLj9KVQAAAABnQ1z4kq0J8m0sZ3xY5wq1vTn2pg"
LinkToken = Annotated[
    str, StringConstraints(min_length=1, max_length=128), eg(_LINK, "Of the shopper's link; opens this question only.")
]


class PickupLine(Shown):
    """What is lacking of one line."""

    line_no: Annotated[int, eg(1)]
    sku: Sku
    name: Annotated[str, eg("Camel coat M")]
    quantity: Annotated[int, eg(1, "Base units.")]


class PickupPlace(Shown):
    """A store where some of it can be collected."""

    location_id: LocationId
    name: Annotated[str, eg("台北西門")]
    line_nos: Annotated[list[int], eg([1], "Lines of which it has all that is lacking.")]
    has_all: Annotated[bool, eg(True, "It has everything that is lacking.")]
    distance: Annotated[int, eg(2400, "Metres from the store that cannot; 0 where a position is unknown.")]


class PickupChoice(Shown):
    """Goods that a store cannot have ready, and what its shopper may choose."""

    choice_id: Annotated[str, eg(TASK)]
    order_id: OrderId
    order_no: Annotated[str, eg("4XQ7M2KD9RT3")]
    location_id: LocationId
    lines: Annotated[list[PickupLine], eg([])]
    state: Annotated[str | None, kinds(pb.PickupChoiceState, "ASKED")]
    deadline_time: Time
    otherwise: Annotated[str | None, kinds(pb.PickupOption, "CANCEL", "What follows if nobody chooses in time.")]
    places: Annotated[list[PickupPlace], eg([])]
    can_ship: Annotated[bool, eg(True, "All of it can be shipped now; nothing is charged for that.")]
    chosen: Annotated[str | None, kinds(pb.PickupOption, "COLLECT")]
    chosen_location_id: Annotated[str | None, eg(None, "Where it is collected instead.")]


class PickupChoiceAnswer(Shown):
    """One question, as whoever holds the link sees it."""

    choice: Annotated[PickupChoice, said("What is lacking, and what may be chosen.")]


class PickupLinkAnswer(Shown):
    """One question, and the token by which it can be answered."""

    choice: Annotated[PickupChoice, said("What is lacking, and what may be chosen.")]
    token: LinkToken


class LookAtChoice(Asked):
    """The link's token."""

    token: LinkToken


class ChoosePickup(Asked):
    """What the shopper wants instead."""

    token: LinkToken
    option: Annotated[
        str,
        StringConstraints(pattern="^(COLLECT|SHIP|SPLIT|CANCEL)$"),
        eg("COLLECT", "COLLECT all at another store, SHIP all, SPLIT: there what it has, the rest shipped; or CANCEL."),
    ]
    location_id: Annotated[str | None, StringConstraints(max_length=64), eg("TPE02", "For COLLECT and SPLIT.")] = None
    contact_id: Annotated[
        str | None, StringConstraints(max_length=64), eg(None, "To whom it is shipped, where that is somebody else.")
    ] = None


class RejectedPickupTerms(Asked):
    """What happens when a store cannot have ready what was to be collected there."""

    ask: Annotated[bool, eg(True, "A store's no asks the shopper; otherwise it ends the order.")]
    hours: Annotated[int, Field(strict=True, ge=1, le=720), eg(24, "How long he may think.")]
    otherwise: Annotated[
        str, StringConstraints(pattern="^(SHIP|CANCEL)$"), eg("CANCEL", "What follows if he does not choose.")
    ]


class RejectedPickupPolicy(Shown):
    """The terms in force."""

    ask: Annotated[bool, eg(True)]
    hours: Annotated[int, eg(24)]
    otherwise: Annotated[str | None, kinds(pb.PickupOption, "CANCEL")]
    version: Version


class RejectedPickupPolicyAnswer(Shown):
    """The terms in force."""

    policy: RejectedPickupPolicy
