"""Power cuts while the key that seals secrets is replaced: no secret that was acknowledged becomes unreadable.

HEARTH_POWER_CUTS says how many cuts (17 by default).
"""

import os
import random
import signal
import subprocess
import threading
import time

import function_packages as packages
import leaks
from acknowledged_writes import REFUSALS
from kept_secrets import KeptSecrets
from platform_fixture import Functions, Platform, wait_until
from test_power_cut import CUTS, SEED, cut_power, disk  # noqa: F401

NAMES = 4


def rotate(platform):
    """Begins another rotation; refused while one is under way, and when the disk is dark."""
    command = [os.path.join(leaks.BUILD_DIR, "bin", "hearth"), "keyring", "rotate", "--data-dir", platform.data_dir]
    return subprocess.run(command, capture_output=True, timeout=60, stdin=subprocess.DEVNULL).returncode == 0


class Changer(threading.Thread):
    """Changes variables of functions and replaces the sealing key again and again, until it is refused."""

    def __init__(self, platform, functions, names, known):
        super().__init__(daemon=True)
        self.platform, self.functions, self.names = platform, functions, names
        self.acknowledged, self.in_doubt = dict(known), None
        self.changes, self.rotations = 0, 0

    def run(self):
        number = max(self.acknowledged.values(), default=0)
        try:
            while True:
                number += 1
                name = self.names[number % NAMES]
                self.in_doubt = name
                self.functions.client.update_function_configuration(
                    FunctionName=name, Environment={"Variables": {"NUMBER": str(number)}})
                self.acknowledged[name], self.in_doubt = number, None
                self.changes += 1
                self.rotations += rotate(self.platform)
        except REFUSALS:
            return


def test_no_secret_is_lost_in_a_power_cut_while_the_sealing_key_is_replaced(disk):  # noqa: F811
    chance = random.Random(SEED)
    disk.mount()
    platform = Platform(data_dir=os.path.join(disk.path, "data"))
    signal.alarm(120 + 40 * CUTS)
    rotations = 0
    try:
        platform.start()
        functions = Functions(platform)
        secrets = KeptSecrets(platform, functions)
        names = [functions.deploy(packages.python(), Environment={"Variables": {"NUMBER": "0"}}) for _ in range(NAMES)]
        known = dict.fromkeys(names, 0)
        for cut in range(CUTS):
            changer = Changer(platform, functions, names, known)
            changer.start()
            assert wait_until(lambda: changer.changes >= 4 or not changer.is_alive(), 30) and changer.is_alive()
            time.sleep(chance.uniform(0, 1.0))
            certain = dict(changer.acknowledged)
            cut_power(platform, disk)
            changer.join(90)
            rotations += changer.rotations
            platform.start()
            functions = Functions(platform)
            for name in names:
                functions.wait_ready(name)
                value = int(functions.invoke(name, {"do": "environ"}).value["NUMBER"])
                assert value >= certain[name], f"seed {SEED}, cut {cut}"
                known[name] = value
            secrets.functions = functions
            secrets.check()
        assert rotations > 0
    finally:
        platform.remove()
