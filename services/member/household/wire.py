"""Households as the contract tells them."""

from omo.member.v1 import household_service_pb2 as pb
from services.member.household.domain import Household, Policy
from services.member.points.ledger import Balance


def household(found: Household, policy: Policy, pot: Balance) -> pb.Household:
    """A card and those who share it."""
    return pb.Household(
        household_id=found.household_id,
        owner_id=found.owner_id,
        member_ids=found.member_ids,
        limit=policy.limit,
        points_active=pot.active,
        points_pending=pot.pending,
    )
