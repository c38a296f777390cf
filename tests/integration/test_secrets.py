"""A secret that was given to a function lies in no file, and the key that seals secrets can be replaced."""

import contextlib
import mmap
import os
import resource
import secrets
import signal

import pytest

import function_packages as packages
from platform_fixture import Functions, wait_until


def files_below(*folders):
    for folder in folders:
        for path, _, names in os.walk(folder):
            for name in names:
                full = os.path.join(path, name)
                if os.path.isfile(full) and not os.path.islink(full):
                    yield full


def holds(path, needle):
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return content.find(needle) >= 0
    except FileNotFoundError:  # a database's file may go at any time
        return False


def files_that_hold(needle, *folders):
    return [path for path in files_below(*folders) if holds(path, needle)]


def keyring(platform, action):
    return platform.hearth("keyring", action, "--data-dir", platform.data_dir).splitlines()


DAEMONS = ("hearth-worker", "hearth-controller")


def core_folder(pid):
    """Where the kernel would put the process's core; None when a program takes it."""
    with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as pattern:
        name = pattern.read().strip()
    return None if name.startswith("|") else os.path.join(os.readlink(f"/proc/{pid}/cwd"), os.path.dirname(name))


@pytest.fixture
def canary():
    return "canary-" + secrets.token_hex(16)


def use_in_every_way(functions, name, canary):
    """Through a version and an alias, with new code, as an event, and in functions that fail, leave and time out."""
    client = functions.client
    version = client.publish_version(FunctionName=name)["Version"]
    client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    assert functions.invoke(name, {"do": "environ"}, Qualifier="live").value["SECRET"] == canary
    client.update_function_code(FunctionName=name, ZipFile=packages.python("parked_probe.py").zip_bytes, Publish=True)
    functions.wait_ready(name)
    client.update_function_code(FunctionName=name, ZipFile=packages.python().zip_bytes)
    functions.wait_ready(name)
    client.update_function_configuration(FunctionName=name, Timeout=1)
    functions.wait_ready(name)
    client.invoke(FunctionName=name, Payload=b'{"do": "environ"}', InvocationType="Event")
    for event in ({"do": "fail"}, {"do": "leave"}, {"do": "sleep", "seconds": 5}):
        assert functions.invoke(name, event).error == "Unhandled"


def test_a_secret_variable_lies_in_no_file(make_platform, canary):
    platform = make_platform().start()
    functions, kms = Functions(platform), platform.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    for more in ({}, {"KMSKeyArn": key}):
        name = functions.deploy(packages.python(), Environment={"Variables": {"SECRET": canary}}, **more)
        assert functions.invoke(name, {"do": "environ"}).value["SECRET"] == canary
        functions.client.update_function_configuration(
            FunctionName=name, Environment={"Variables": {"SECRET": canary, "MORE": "1"}})
        functions.wait_ready(name)
        functions.client.get_function_configuration(FunctionName=name)
        use_in_every_way(functions, name, canary)
    keyring(platform, "rotate")
    assert wait_until(lambda: len(keyring(platform, "list")) == 1, 60, 0.5)
    kms.encrypt(KeyId=key, Plaintext=canary.encode())
    needle = canary.encode()
    assert files_that_hold(needle, platform.data_dir) == []
    platform.stop()
    assert files_that_hold(needle, platform.data_dir) == []
    assert not holds(platform.log_path(), needle)
    cores = [path for path in files_below(platform.data_dir) if os.path.basename(path).startswith("core")]
    assert cores == []


def test_the_search_finds_what_is_there(tmp_path, canary):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"\0" * 5000 + canary.encode() + b"\0")
    assert files_that_hold(canary.encode(), str(tmp_path)) == [str(tmp_path / "deep" / "file")]


def core_limits(pid):
    """Soft and hard. Read, because not every root may ask for the limits of another user's process."""
    with open(f"/proc/{pid}/limits", encoding="ascii") as limits:
        return next(line for line in limits if line.startswith("Max core file size")).split()[4:6]


def test_the_daemons_are_allowed_no_core(platform):
    for program in DAEMONS:
        assert core_limits(platform.pid(program)) == ["0", "0"], program
        # Root's where others of its user may not read the process; the folder itself always shows the user.
        assert os.stat(f"/proc/{platform.pid(program)}/environ").st_uid == 0, program


def test_a_crash_leaves_no_core_even_where_the_limit_can_be_lifted(make_platform, canary):
    platform = make_platform().start()
    functions = Functions(platform)
    name = functions.deploy(packages.python(), Environment={"Variables": {"SECRET": canary}})
    assert functions.invoke(name, {"do": "environ"}).value["SECRET"] == canary
    for program in DAEMONS:
        pid = platform.pid(program)
        folder = core_folder(pid)
        if folder is None:
            pytest.skip("cores go to a program here")
        before = set(os.listdir(folder))
        with contextlib.suppress(PermissionError):  # not every root may lift another's limits
            resource.prlimit(pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        os.kill(pid, signal.SIGSEGV)
        assert wait_until(lambda: pid not in platform.pids(program), 10), program
        new = [os.path.join(folder, path) for path in set(os.listdir(folder)) - before]
        assert [path for path in new if os.path.basename(path).startswith("core")] == [], program
        assert [path for path in new if os.path.isfile(path) and holds(path, canary.encode())] == [], program
    assert files_that_hold(canary.encode(), platform.data_dir) == []


def test_the_sealing_key_is_replaced_and_the_old_one_forgotten(make_platform, canary):
    platform = make_platform().start()
    functions, kms = Functions(platform), platform.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    name = functions.deploy(packages.python(), Environment={"Variables": {"SECRET": canary}})
    (before,) = keyring(platform, "list")
    rotated = keyring(platform, "rotate")
    assert len(rotated) == 2 and rotated[0] == before.replace("seals", "is being replaced")
    assert wait_until(lambda: len(keyring(platform, "list")) == 1, 60, 0.5)
    assert keyring(platform, "list") == [rotated[1]]
    platform.stop()
    assert not holds(keyring_file(platform), before.split()[0].encode())
    platform.start()
    assert functions.invoke(name, {"do": "environ"}).value["SECRET"] == canary
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"


def keyring_file(platform):
    return next(path for path in files_below(platform.data_dir) if os.path.basename(path) == "keyring")
