"""Fixtures of this suite: a running Hearth, made as in tests/integration."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))

from platform_fixture import *  # noqa: E402,F401,F403
import pytest  # noqa: E402

import api as api_module  # noqa: E402


@pytest.fixture
def api(platform):
    return api_module.Api(platform)


@pytest.fixture(scope="module")
def shared(platform):
    """A function that the tests of a module only read and invoke."""
    made = Functions(platform)  # noqa: F405
    yield made.deploy(api_module.packages.python(), stem="shared")
    made.remove_all()
