"""Fixtures of this suite: a running Hearth, made as in tests/integration."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))

from platform_fixture import *  # noqa: E402,F401,F403
