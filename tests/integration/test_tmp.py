"""/tmp: a store of its own, as large as EphemeralStorage says, kept for the life of an environment and no longer."""

import errno

import pytest

import function_packages as packages

MIB = 1024 * 1024
SOURCE = """
import os

def handler(event, context):
    if event["do"] == "fill":
        return fill()
    if event["do"] == "size":
        disk = os.statvfs("/tmp")
        return disk.f_bavail * disk.f_frsize
    if event["do"] == "mark":
        open("/tmp/mark", "w").close()
        return os.listdir("/tmp")
    if event["do"] == "use up":
        kept = []
        while True:
            kept.append(bytearray(os.urandom(4096) * 1024))
    return os.listdir("/tmp")

def fill():
    written, block = 0, bytes(1024 * 1024)
    try:
        with open("/tmp/all", "wb", buffering=0) as file:
            while True:
                written += file.write(block)
    except OSError as full:
        return [written, full.errno]
    finally:
        os.unlink("/tmp/all")
"""


@pytest.fixture
def package():
    return packages.python_text(SOURCE)


def test_a_small_function_fills_its_tmp_and_lives_on(functions, package):
    name = functions.deploy(package, MemorySize=128, Timeout=60)
    written, error = functions.invoke(name, {"do": "fill"}).value
    assert 512 * MIB <= written <= 524 * MIB and error == errno.ENOSPC
    assert functions.invoke(name, {"do": "list"}).value == []


def test_tmp_is_as_large_as_the_function_says(functions, package):
    name = functions.deploy(package, EphemeralStorage={"Size": 1500})
    assert 1500 * MIB <= functions.invoke(name, {"do": "size"}).value <= 1503 * MIB
    functions.client.update_function_configuration(FunctionName=name, EphemeralStorage={"Size": 512})
    functions.wait_ready(name)
    assert 512 * MIB <= functions.invoke(name, {"do": "size"}).value <= 515 * MIB


def test_tmp_stays_after_the_memory_ran_out(functions, package):
    name = functions.deploy(package, MemorySize=128, Timeout=30)
    assert functions.invoke(name, {"do": "mark"}).value == ["mark"]
    died = functions.invoke(name, {"do": "use up"})
    assert died.error == "Unhandled" and died.value["errorType"] == "Runtime.OutOfMemory"
    assert functions.invoke(name, {"do": "list"}).value == ["mark"]


def test_a_new_environment_finds_nothing_of_the_old_one(functions, package):
    name = functions.deploy(package)
    assert functions.invoke(name, {"do": "mark"}).value == ["mark"]
    functions.client.update_function_configuration(FunctionName=name, Environment={"Variables": {"NEW": "1"}})
    functions.wait_ready(name)
    assert functions.invoke(name, {"do": "list"}).value == []
