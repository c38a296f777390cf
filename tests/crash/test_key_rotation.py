"""A controller that dies while it seals records anew goes on where it was: nothing is lost, and the old key goes."""

import os

import pytest

import leaks
from kept_secrets import KeptSecrets
from platform_fixture import Functions, wait_until


def compiled_in():
    with open(os.path.join(leaks.BUILD_DIR, "bin", "hearth-controller"), "rb") as file:
        return b"HEARTH_FAILPOINT" in file.read()


def keys_of(platform):
    return platform.hearth("keyring", "list", "--data-dir", platform.data_dir).splitlines()


@pytest.mark.parametrize("failpoint", ["resealer_after_record", "resealer_between_sources"])
def test_a_rotation_survives_the_death_of_the_controller(make_platform, failpoint):
    if not compiled_in():
        pytest.skip("this build has no failpoints")
    platform = make_platform().start()
    secrets = KeptSecrets(platform, Functions(platform))
    secrets.check()
    assert platform.stop() == 0
    platform.environment = {"HEARTH_FAILPOINT": f"{failpoint}=abort"}
    platform.start()
    controller = platform.pid("hearth-controller")
    platform.hearth("keyring", "rotate", "--data-dir", platform.data_dir)
    assert wait_until(lambda: controller not in platform.pids("hearth-controller"), 30, 0.1)
    platform.stop()
    platform.environment = {}
    platform.start()
    assert wait_until(lambda: len(keys_of(platform)) == 1, 60, 0.5), keys_of(platform)
    assert platform.stop() == 0
    platform.start()
    secrets.check()
