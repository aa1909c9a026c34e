"""The engine, and the images of this run."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import docker
import pytest

from tests.deploy import engine


@pytest.fixture(scope="session")
def docker_engine() -> docker.DockerClient:
    return engine.connect()


@pytest.fixture(scope="session")
def images(docker_engine: docker.DockerClient) -> Iterator[dict[str, str]]:
    """Service -> image, all built by the shipped file; only the engine's cache stays."""
    engine.keep_parts(docker_engine)
    first, *others = engine.IMAGES  # the first one makes the layers that the others share
    built = {first: engine.build(docker_engine, first)}
    with ThreadPoolExecutor(2) as pool:
        built |= zip(others, pool.map(partial(engine.build, docker_engine), others), strict=True)
    yield built
    engine.clear(docker_engine, built.values())
