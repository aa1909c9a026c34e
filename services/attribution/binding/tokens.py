"""The signed token behind a staff member's QR code and links."""

import json
from datetime import UTC, datetime, timedelta

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from kit.ids import uuid7
from services.attribution.binding.domain import StaffToken, TokenInvalid

_TYPE = "omo-staff+jws"
_LIFE = {"qr": timedelta(days=365), "link": timedelta(days=30)}


class StaffTokens:
    """Signs and verifies with one symmetric key: nobody else needs to read them."""

    def __init__(self, secret: str) -> None:
        self._key = OctKey.import_key(secret)

    def issue(self, staff_code: str, location_id: str, purpose: str, now: datetime) -> tuple[str, StaffToken]:
        """A new token; `purpose` is "qr" (a year) or "link" (30 days)."""
        token = StaffToken(uuid7(), staff_code, location_id, purpose, now, now + _LIFE[purpose])
        claims = {
            "jti": token.token_id,
            "s": staff_code,
            "l": location_id,
            "p": purpose,
            "iat": int(now.timestamp()),
            "exp": int(token.expire_time.timestamp()),
        }
        header = {"alg": "HS256", "typ": _TYPE}
        return jws.serialize_compact(header, json.dumps(claims, separators=(",", ":")), self._key), token

    def verify(self, text: str, moment: datetime) -> StaffToken:
        """What the token says; raises TokenInvalid if it is not ours or did not hold at `moment`."""
        try:
            signed = jws.deserialize_compact(text, self._key, algorithms=["HS256"])
            claims = json.loads(signed.payload)
            token = StaffToken(
                claims["jti"],
                claims["s"],
                claims["l"],
                claims["p"],
                datetime.fromtimestamp(claims["iat"], UTC),
                datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise TokenInvalid("the code is not one of ours", field="token", rule="must be signed by us") from error
        if signed.headers().get("typ") != _TYPE:
            raise TokenInvalid("the code is for something else", field="token", rule="must be a staff code")
        if not token.issue_time - timedelta(minutes=10) <= moment < token.expire_time:
            raise TokenInvalid("the code has expired", field="token", rule="must not be expired")
        return token
