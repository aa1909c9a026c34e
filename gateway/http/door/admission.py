"""What every request passes before its route runs: its rule, its token, its rate, its key."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from gateway.http import permissions, problems
from gateway.http.door.asking import ASK, Ask
from gateway.http.door.feed import Feed
from gateway.http.door.limits import Limits
from gateway.http.permissions import Route
from gateway.http.services import Services
from kit import access
from kit.access import ANONYMOUS, Kind, Principal
from kit.errors import Code, Fault
from kit.rpc import deadline
from kit.tokens import TokenInvalid, TokenVerifier

# what services have together; the client is asked to give us five seconds
SERVICES_WITHIN = 3.0
# with reading the body; a stream has its own end
_ANSWER_WITHIN = 4.5
_GUESSED = 5
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# whose token a call takes, and how to come by one
_SIGN_IN = {
    "shop": "a shopper (POST /v1/auth/otp sends a code, POST /v1/auth/otp/verify signs in, or makes the account)",
    "guest": "a guest (POST /v1/guests begins one)",
    "staff": "a staff member (who signs in at a till)",
    "hq": "a user at headquarters (POST /v1/hq/auth/redeem)",
}
# a rule of the table for what the table does not hold
_CLOSED = Route("", access.Rule())


class KeyMissing(Fault):
    code = Code.INVALID_ARGUMENT
    reason = "KEY_MISSING"


@dataclass(frozen=True, slots=True)
class Admission:
    """What decides on requests; the application holds one."""

    services: Services
    verifier: TokenVerifier
    limits: Limits
    feed: Feed

    async def admit(self, request: Request, needed: Route) -> Ask:
        """The admitted request, or the refusal; from here on this task acts for the caller."""
        deadline.begin(SERVICES_WITHIN + deadline.SHAVED)
        access.become(ANONYMOUS)
        client: str = request.scope["client"][0] if request.scope["client"] else ""
        principal = await self._principal(request, client) if needed.bearer else ANONYMOUS
        if principal.kind is Kind.GUEST and not needed.rule.guest and needed.rule.anonymous:
            principal = ANONYMOUS  # what everybody may, a guest does as nobody: his token opens what names him
        access.become(principal)
        await self.limits.spend(principal, client, needed.cost)
        if not needed.permission or not needed.rule.permits(principal):
            raise _refused(principal, needed)
        key = "" if request.method in _SAFE or needed.keyless else _key(request)
        return Ask(self.services, self.feed, principal, key, client)

    async def _principal(self, request: Request, client: str) -> Principal:
        given = request.headers.get("authorization")
        if given is None:
            return ANONYMOUS
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenInvalid("Authorization must be a bearer token", domain=problems.DOMAIN)
        try:
            return await self.verifier.verify(token.strip())
        except TokenInvalid as fault:
            # guessing is work for us too
            await self.limits.spend(ANONYMOUS, client, _GUESSED)
            fault.domain = problems.DOMAIN
            raise


def _refused(principal: Principal, needed: Route) -> Fault:
    if principal is ANONYMOUS:
        who = " or ".join(said for audience, said in _SIGN_IN.items() if getattr(needed.rule, audience)) or "somebody"
        rule = f"must be the bearer token of {who}"
        raised = access.NotSignedIn(f"sign in first; Authorization: {rule}", domain=problems.DOMAIN)
        raised.metadata.update(field="Authorization", rule=rule, permission=needed.permission)
        return raised
    said = f"a {principal.kind} may not do this"
    return access.Denied(said, domain=problems.DOMAIN, permission=needed.permission)


def _key(request: Request) -> str:
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        raise KeyMissing("send an Idempotency-Key header", domain=problems.DOMAIN, field="Idempotency-Key")
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        rule = "must be one value of 1 to 255 printable ASCII characters"
        raise problems.FieldsInvalid([{"field": "Idempotency-Key", "rule": rule}])
    return keys[0]


def _parameters(dependant: Dependant) -> frozenset[str]:
    """Every query parameter that a route, or something that it depends on, declares."""
    own = (field.alias for field in dependant.query_params)
    return frozenset(own).union(*map(_parameters, dependant.dependencies))


def _check_query(request: Request, known: frozenset[str]) -> None:
    """A filter that is misspelt must not come back as everything."""
    strange = [name for name in dict.fromkeys(request.query_params.keys()) if name not in known]
    if strange:
        raise problems.FieldsInvalid([{"field": name[:64], "rule": "is no parameter of this call"} for name in strange])


class Door(APIRoute):
    """A route behind its line in the permission table; what fails in it is rendered here and nowhere else."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, admitted first."""
        inner = super().get_route_handler()
        known = _parameters(self.dependant)
        table = {method: permissions.TABLE.get((method, self.path_format), _CLOSED) for method in self.methods or ()}

        async def handle(request: Request) -> Response:
            try:
                async with asyncio.timeout(_ANSWER_WITHIN):
                    admission: Admission = request.app.state.admission
                    ask = await admission.admit(request, table[request.method])
                    request.scope[ASK] = ask
                    _check_query(request, known)
                    response = await inner(request)
            except Exception as error:  # the one render point
                return problems.render(error)
            if ask.replayed:
                response.headers["Idempotent-Replayed"] = "true"
            return response

        return handle
