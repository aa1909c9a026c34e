"""A passkey authenticator in software: it makes key pairs and signs as the standard says."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

DOMAIN, ORIGIN = "shop.example", "https://shop.example"
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40
_BACKUP = 0x08 | 0x10


@dataclass(slots=True)
class Authenticator:
    """One device with one key pair."""

    origin: str = ORIGIN
    domain: str = DOMAIN
    flags: int = _PRESENT | _VERIFIED | _BACKUP
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: bytes = b""

    def make(self, options_json: str) -> str:
        """What navigator.credentials.create answers."""
        options = json.loads(options_json)
        self.user = _bytes(options["user"]["id"])
        public = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(cose)
        auth = self._auth_data(self.flags | _ATTESTED) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": auth})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"attestationObject": _text(statement), "clientDataJSON": _text(client)})

    def sign(self, options_json: str) -> str:
        """What navigator.credentials.get answers."""
        options = json.loads(options_json)
        self.counter += 1 if self.counter else 0
        auth, client = self._auth_data(self.flags), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(auth + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        said = {"authenticatorData": auth, "clientDataJSON": client, "signature": signature, "userHandle": self.user}
        return self._answer({name: _text(value) for name, value in said.items()})

    def _auth_data(self, flags: int) -> bytes:
        return hashlib.sha256(self.domain.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        named = {"id": _text(self.credential_id), "rawId": _text(self.credential_id), "type": "public-key"}
        return json.dumps({**named, "response": response, "clientExtensionResults": {}})


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
