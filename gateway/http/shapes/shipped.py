"""Tasks that are sent: pick lists, parts, and the brand's terms."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, LocationId, Shown, Sku, StaffCode, TaskId, Version, Whole, eg, said
from gateway.http.shapes.sold import Fulfilment

PICK_LIST = "0199a5c2-7a02-7c5e-9b61-3e8f4d2c6b15"
_Minutes = Annotated[Whole, Field(ge=0, le=86_400)]


class PickListShare(Shown):
    """How many of them are for which task."""

    fulfilment_id: TaskId
    quantity: Annotated[int, eg(1)]


class PickListItem(Shown):
    """A good to fetch."""

    sku: Sku
    name: Annotated[str, eg("Camel coat M")]
    quantity: Annotated[int, eg(3)]
    shares: list[PickListShare]


class PickList(Shown):
    """One walk along the shelves for many tasks."""

    pick_list_id: Annotated[str, eg(PICK_LIST)]
    location_id: LocationId
    picker_staff_code: Annotated[StaffCode | None, eg("A102")]
    items: Annotated[list[PickListItem], said("What to fetch, and how much of it.")]
    tasks: list[Fulfilment]


class PickListAnswer(Shown):
    """The list, with its tasks as they stand."""

    pick_list: PickList


class SplitAnswer(Shown):
    """What is left of the task, and what left it."""

    fulfilment: Fulfilment
    part: Fulfilment


class ShippingTerms(Shown):
    """How the brand has its stores send."""

    version: Version
    ready_minutes: Annotated[int, eg(240)]
    ship_minutes: Annotated[int, eg(1440)]
    partial_rejection: Annotated[bool, eg(True)]
    collateral_rejection: Annotated[bool, eg(False)]
    default_carrier: Annotated[str, eg("")]
    transfer_minutes: Annotated[int, eg(4320)]


class ShippingTermsAnswer(Shown):
    """The terms in force."""

    terms: ShippingTerms


class Terms(Asked):
    """New terms, from now on."""

    ready_minutes: Annotated[_Minutes, eg(240)] = 0
    ship_minutes: Annotated[_Minutes, eg(1440)] = 0
    partial_rejection: Annotated[bool, eg(True)] = True
    collateral_rejection: Annotated[bool, eg(False)] = False
    default_carrier: Annotated[str, StringConstraints(max_length=64), eg("")] = ""
    transfer_minutes: Annotated[_Minutes, eg(4320)] = 0


class PutShippingTerms(Asked):
    """The terms as they are to be, whole."""

    terms: Terms
