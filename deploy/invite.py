"""Invites headquarters' first user to a deployment, as `omoctl init` does to a local fleet; prints a one-time token.

kubectl -n omo-trial get secret operator -o jsonpath='{.data.service_secret}' | base64 -d \
  | .venv/bin/python deploy/invite.py localhost:9000
"""

import argparse
import asyncio
import json
import sys

import grpc

from cli.fleet import operator
from omo.member.v1 import access_service_pb2_grpc as access_rpc


async def invite(member: str, secret: str, name: str, roles: list[str], user_id: str) -> dict[str, str]:
    """Asks member as the operator."""
    async with grpc.aio.insecure_channel(member) as channel:
        access = access_rpc.AccessServiceStub(channel)
        invited = await operator.invite(access, secret, name, roles, user_id)
    return {"invite_token": invited.invite_token, "user_id": invited.user_id}


def main() -> int:
    """Reads the operator's secret from standard input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("member", help="host:port of member's gRPC, such as a forwarded port")
    parser.add_argument("--name", default="Headquarters", help="how the user is called (default: %(default)s)")
    parser.add_argument("--role", action="append", default=[], help="admin (the default), merchandiser, analyst …")
    parser.add_argument("--user", default="", help="invite this user again, by id")
    asked = parser.parse_args()
    secret = sys.stdin.read().strip()
    try:
        made = asyncio.run(invite(asked.member, secret, asked.name, asked.role or ["admin"], asked.user))
    except grpc.aio.AioRpcError as error:
        sys.stderr.write(f"{asked.member} refused: {error.code().name} {error.details()}\n")
        return 1
    sys.stdout.write(json.dumps(made) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
