"""A whole process of the kit for the tests: echoes, or forwards to another one."""

import asyncio
from pathlib import Path

from google.protobuf.wrappers_pb2 import StringValue

from kit.process import Process, main
from kit.settings import ProcessSettings
from tests.service.kit_rpc.echo import Echo, Stub, add_to, everybody
from tests.unit.kit_rpc.issuer import Issuer


class Settings(ProcessSettings):
    """`peer_target` makes it forward."""

    peer_target: str = ""


async def serve(settings: Settings) -> None:
    """Composes the process as a service's main does."""
    async with Process(settings.name, settings) as p:
        if settings.postgres_dsn:
            await p.database()
        if settings.nats_url:
            await p.jetstream()
            p.relay()
        p.verifier(Issuer().jwks)
        back = Stub(p.connect(settings.peer_target), "back") if settings.peer_target else None

        async def answer(text: str) -> str:
            if text.startswith("until "):
                while not Path(text.removeprefix("until ")).exists():  # noqa: ASYNC110, ASYNC240  # another process makes it
                    await asyncio.sleep(0.01)
            if text == "crash":
                p.stop("told to crash")
            if back is not None:
                reply: StringValue = await back.Say(text)
                return reply.value
            return text

        p.grpc(everybody(settings.name)).add(add_to(settings.name), Echo(answer))
        await p.run()


if __name__ == "__main__":
    main(serve, Settings)
