from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import trio

from resolverd.wire.messages import Limits
from tests.unit.service.clients import Service

Serve = Callable[..., Service]


@pytest.fixture
async def serve(tmp_path: Path, nursery: trio.Nursery) -> AsyncIterator[Serve]:
    """Start a service with these limits; it ends with the test."""
    services: list[Service] = []

    def start(*, stop_seconds: float = 5, **limits: float) -> Service:
        service = Service(tmp_path, Limits(**limits), stop_seconds=stop_seconds)
        services.append(service)
        nursery.start_soon(service.serve)
        return service

    yield start
    for service in services:
        service.close()
