from __future__ import annotations

from collections.abc import Iterator

import pytest

from gym_http_conformance.reference_servers import ReferenceServers


@pytest.fixture(scope="session")
def servers() -> Iterator[ReferenceServers]:
    """Reference servers, open and guarded, that all tests share."""
    reference = ReferenceServers()
    reference.prepare(["open", "guarded"])
    yield reference
    reference.close()
