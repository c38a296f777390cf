"""Every test runs twice: the runtime is started for its function, and it waits, booted, until there is one."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import harness  # noqa: E402


@pytest.fixture(params=["started", "parked"], autouse=True)
def way(request, monkeypatch):
    monkeypatch.setattr(harness, "PARKED", request.param == "parked")
