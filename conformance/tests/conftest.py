from __future__ import annotations

from collections.abc import Iterator

import pytest

from gym_http_conformance.reference_servers import ReferenceServers
from gym_http_conformance.servers import reply_of


@pytest.fixture(scope="session")
def servers() -> Iterator[ReferenceServers]:
    """Reference servers, open and guarded, that all tests share.

    The open one has instances of somebody else from the start: which test leaves one behind first decides nothing.
    """
    reference = ReferenceServers()
    reference.prepare(["open", "guarded"])
    for env_id in ("CartPole-v1", "FrozenLake-v1", "Pendulum-v1"):
        reply_of(reference.get("open"), "/v1/envs/", {"env_id": env_id})
    yield reference
    reference.close()
