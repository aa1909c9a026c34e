"""The HTTP gateway process, put together."""

from gateway.http import app, services
from gateway.http.door.admission import Admission
from gateway.http.door.edge import Edge
from gateway.http.door.feed import Feed
from gateway.http.door.limits import Limits
from gateway.http.front import HttpFront
from gateway.http.settings import Settings
from kit.process import Process, main

# endpoints still send for a moment after they were told; tests have no endpoints
_SETTLE_SECONDS = {"production": 5.0}


async def serve(settings: Settings) -> None:
    """Runs until told to stop."""
    async with Process("gateway", settings) as p:
        url, seed = settings.nats_url, settings.nats_seed
        feed = Feed(url, p.name, seed, streams=settings.streams, each=settings.streams_each)
        limits = Limits(p.valkey() if settings.valkey_url else None, settings)
        admission = Admission(services.connect(p.connect, settings), p.verifier(), limits, feed)
        production = settings.env == "production"
        edge = Edge(app.build(admission, settings), production=production, trusted_hops=settings.trusted_hops)
        front = HttpFront(edge, feed, settings.listen, settle=_SETTLE_SECONDS.get(settings.env, 0.0))
        p.front(front)
        p.loop(feed)
        await p.run()


if __name__ == "__main__":
    main(serve, Settings)
