"""What a till takes for a member's code without a line, and what not."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from omo_storelink import CodeRefused, MemberCodes

NOW = 1_800_000_000.0
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
HEADER = {"alg": "EdDSA", "typ": "omo-member+jwt", "kid": "one"}
CLAIMS = {"sub": "0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11", "exp": int(NOW) + 60, "jti": "n1"}


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


PUBLIC = text(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
JWKS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": PUBLIC}]}


def code(header: Mapping[str, Any] = HEADER, claims: Any = CLAIMS, key: Ed25519PrivateKey = KEY) -> str:
    signed = ".".join(text(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{text(key.sign(signed.encode()))}"


def test_a_code_is_read_once() -> None:
    till = MemberCodes(JWKS)
    assert till.read(code(), NOW).member_id == CLAIMS["sub"]
    with pytest.raises(CodeRefused, match="before"):
        till.read(code(), NOW + 10)
    assert till.read(code(claims={**CLAIMS, "jti": "n2"}), NOW).nonce == "n2"


def test_a_till_remembers_no_longer_than_a_code_lives() -> None:
    till = MemberCodes(JWKS)
    till.read(code(), NOW)
    till.read(code(claims={**CLAIMS, "jti": "n2", "exp": int(NOW) + 200}), NOW + 100)
    assert len(till._seen) == 1


@pytest.mark.parametrize(
    "shown",
    [
        "", "0912345678", "a.b.c", "..", "x" * 3_000,
        code(key=OTHER),
        code(header={**HEADER, "kid": "two"}),
        code(header={**HEADER, "typ": "at+jwt"}),
        code(header={**HEADER, "alg": "none"}),
        code(claims={**CLAIMS, "exp": "soon"}),
        code(claims={**CLAIMS, "sub": None}),
        code(claims=[1]),
        code(claims={**CLAIMS, "exp": int(NOW) - 31}),
        code(claims={**CLAIMS, "exp": int(NOW) + 86_400}),
        code()[:-4] + "AAAA",
    ],
    ids=[
        "empty", "phone", "dots", "nothing", "long", "other key", "unknown key", "other type", "no algorithm",
        "end in words", "nobody", "list", "ended", "too long", "signature",
    ],
)  # fmt: skip
def test_what_is_no_code_is_refused(shown: str) -> None:
    with pytest.raises(CodeRefused):
        MemberCodes(JWKS).read(shown, NOW)


def test_without_keys_nothing_is_read_and_with_new_ones_what_was_shown_is_remembered() -> None:
    till = MemberCodes({})
    with pytest.raises(CodeRefused, match="key"):
        till.read(code(), NOW)
    till.renew(JWKS)
    till.read(code(), NOW)
    till.renew(JWKS)
    with pytest.raises(CodeRefused, match="before"):
        till.read(code(), NOW)
