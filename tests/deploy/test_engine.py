"""A missing engine is never passed over in silence."""

import docker
import pytest

from tests.deploy import engine


def test_where_we_must_be_thorough_it_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(pytest.fail.Exception, match="IMAGES NOT TESTED: no container engine answers"):
        engine.connect()


def test_elsewhere_it_is_skipped_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(pytest.skip.Exception, match="IMAGES NOT TESTED: no container engine answers"):
        engine.connect()


def test_an_engine_without_a_base_image_counts_as_missing(
    monkeypatch: pytest.MonkeyPatch, docker_engine: docker.DockerClient
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(engine, "BASE", "localhost:1/nothing:here")
    with pytest.raises(pytest.fail.Exception, match="has no localhost:1/nothing:here"):
        engine.connect()
