"""Gives what an answered questionnaire earns: a benefit of the wallet's, once for each offer."""

from datetime import datetime

from kit.postgres import Tx
from services.member.benefits import granting
from services.member.benefits.domain import Grant, ProgramUnknown


class WalletBenefits:
    """The wallet's own granting; a programme that there is not (yet) is owed, for the answer stands."""

    async def grant(self, tx: Tx, *, grant_key: str, member_id: str, benefit_id: str, business_time: datetime) -> str:
        """The lot that was given, however often it is asked for; empty where nothing gives it."""
        try:
            [lot] = await granting.grant(tx, [Grant(benefit_id, member_id, grant_key, business_time)])
        except ProgramUnknown:
            return ""
        return lot.lot_id
