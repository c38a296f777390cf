"""Power cuts: what was acknowledged is on the disk, whatever the moment.

HEARTH_POWER_CUTS says how many cuts each test makes (17 by default, 51 in all); a thorough run takes a few hundred.
"""

import os
import random
import signal
import threading
import time

import botocore.exceptions
import pytest

import function_packages as packages
import leaks
from acknowledged_writes import REFUSALS, Writer, found
from platform_fixture import Functions, Platform, wait_until
from power_cut import Disk

CUTS = int(os.environ.get("HEARTH_POWER_CUTS", "17"))
SEED = int(os.environ.get("HEARTH_SEED", "20260131"))


@pytest.fixture
def disk():
    made = Disk()
    try:
        yield made
    finally:
        wait_until(lambda: _try(made.close), 10, 0.2)


def _try(action):
    try:
        action()
        return True
    except Exception:  # busy for a moment while the killed processes go away
        return False


def test_the_harness_loses_what_was_not_synced_and_keeps_what_was(disk):
    disk.mount()
    path = os.path.join(disk.path, "file")
    handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    os.write(handle, b"synced")
    os.fsync(handle)
    os.write(handle, b" and lost")
    disk.cut()
    os.close(handle)
    disk.unmount()
    disk.mount()
    with open(path, "rb") as file:
        assert file.read() == b"synced"


def cut_power(platform, disk):
    """Cuts, and returns when the machine would be dark: nothing of Hearth runs and the disk is free."""
    disk.cut()
    platform.kill_everything()
    platform.process.wait(20)
    assert wait_until(lambda: _try(disk.unmount), 20, 0.1), "the disk is still in use"
    disk.mount()


def test_no_acknowledged_write_is_lost_in_a_power_cut(disk):
    chance = random.Random(SEED)
    disk.mount()
    platform = Platform(data_dir=os.path.join(disk.path, "data"))
    signal.alarm(60 + 40 * CUTS)
    expected = {}
    try:
        platform.start()
        for round_number in range(CUTS):
            functions = Functions(platform)
            writer = Writer(functions, round_number, SEED)
            writer.start()
            assert wait_until(lambda: len(writer.acknowledged) >= 5, 30)
            time.sleep(chance.uniform(0, 1.5))
            acknowledged = len(writer.acknowledged)
            cut_power(platform, disk)
            writer.join(90)
            platform.start()
            expected.update(writer.certain(acknowledged))
            facts = found(functions.client)
            wrong = {key: (value, facts.get(key)) for key, value in expected.items() if facts.get(key) != value}
            assert wrong == {}, f"acknowledged, found; seed {SEED}, cut {round_number}"
            served = next(key[0] for key, value in sorted(expected.items()) if key[1] == "function" and value)
            functions.wait_ready(served)
            assert functions.invoke(served, {"do": "echo", "value": 1}).value == 1
            expected = facts
    finally:
        platform.remove()


def compiled_with_failpoints():
    with open(os.path.join(leaks.BUILD_DIR, "bin", "hearth-controller"), "rb") as file:
        return b"HEARTH_FAILPOINT" in file.read()


def test_a_power_cut_takes_what_a_database_that_does_not_sync_acknowledged(disk):
    """The control of the test above: it would notice."""
    if not compiled_with_failpoints():
        pytest.skip("this build has no failpoints")
    disk.mount()
    platform = Platform(data_dir=os.path.join(disk.path, "data"))
    try:
        platform.start()
        assert platform.stop() == 0
        os.sync()  # keys and accounts stay, whatever is lost
        platform.environment = {"HEARTH_FAILPOINT": "database_forgets_sync=error"}
        platform.start()
        writer = Writer(Functions(platform), 0, SEED)
        writer.start()
        assert wait_until(lambda: len(writer.acknowledged) >= 5, 30)
        acknowledged = len(writer.acknowledged)
        cut_power(platform, disk)
        writer.join(90)
        platform.environment = {}
        platform.start()
        facts = found(Functions(platform).client)
        expected = writer.certain(acknowledged)
        assert [key for key, value in expected.items() if facts.get(key) != value] != []
    finally:
        platform.remove()


class Publisher(threading.Thread):
    """Publishes versions of one function and points its alias to each until it is refused."""

    def __init__(self, client, name):
        super().__init__(daemon=True)
        self.client, self.name = client, name
        self.published, self.pointed = [], []  # numbers as acknowledged, oldest first

    def run(self):
        number = 0
        try:
            while True:
                number += 1
                self.client.update_function_configuration(FunctionName=self.name, Description=str(number))
                self.client.get_waiter("function_updated_v2").wait(FunctionName=self.name)
                self.published.append(int(self.client.publish_version(FunctionName=self.name)["Version"]))
                self.client.update_alias(FunctionName=self.name, Name="live", FunctionVersion=str(self.published[-1]))
                self.pointed.append(self.published[-1])
        except (*REFUSALS, botocore.exceptions.WaiterError):
            return


def test_no_version_or_alias_is_lost_in_a_power_cut_and_no_number_is_used_again(disk):
    chance = random.Random(SEED)
    disk.mount()
    platform = Platform(data_dir=os.path.join(disk.path, "data"))
    signal.alarm(60 + 40 * CUTS)
    used = {0}
    try:
        platform.start()
        functions = Functions(platform)
        name = functions.deploy(packages.python())
        functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
        for round_number in range(CUTS):
            publisher = Publisher(functions.client, name)
            publisher.start()
            assert wait_until(lambda: len(publisher.pointed) >= 2, 30)
            time.sleep(chance.uniform(0, 1.5))
            published, pointed = list(publisher.published), list(publisher.pointed)
            cut_power(platform, disk)
            publisher.join(90)
            platform.start()
            functions = Functions(platform)
            pages = functions.client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
            listed = [one["Version"] for one in pages.build_full_result()["Versions"]]
            assert listed[0] == "$LATEST"
            kept = [int(version) for version in listed[1:]]
            why = f"seed {SEED}, cut {round_number}"
            assert set(published) <= set(kept), why
            assert min(published) > max(used), why
            used |= set(kept)
            target = functions.client.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
            assert int(target) >= pointed[-1] and int(target) in kept, why
            assert functions.invoke(name, {"do": "echo", "value": 1}, Qualifier="live").version == target
    finally:
        platform.remove()
