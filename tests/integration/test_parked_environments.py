"""Environments that are ready before their function is known: who uses one sees nothing of anybody else's, has its own
limits, and cannot tell the difference. Source: docs/decisions/0012.
"""

import base64
import json
import os
import re
import signal
import subprocess
import tempfile

import pytest

import function_packages as packages
from platform_fixture import Functions, Platform, wait_until

KINDS = ("provided", "python", "nodejs:128", "nodejs:192")
WORKER = {"HEARTH_WORKER_PARKED_KINDS": ",".join(KINDS), "HEARTH_WORKER_PARKED_PER_KIND": "1",
          "HEARTH_WORKER_LOG_LEVEL": "debug"}


def log_records(platform, message):
    with open(platform.log_path(), encoding="utf-8", errors="replace") as log:
        lines = [line for line in log if f'"message":"{message}"' in line]
    return [json.loads(line) for line in lines]


def await_parked(platform, more_than=0, count=len(KINDS)):
    """Until so many environments that are nobody's are there beside those in use."""
    assert wait_until(lambda: len(platform.environment_cgroups()) >= hierarchies() * (count + more_than), 30), \
        platform.log_tail()
    wait_until(lambda: False, 0.5)  # booted, too


def hierarchies():
    """In how many hierarchies an environment has a cgroup."""
    return 4 if os.path.isdir("/sys/fs/cgroup/freezer") else 1


@pytest.fixture(scope="module")
def parked_platform():
    made = Platform(environment=WORKER).start()
    await_parked(made)
    yield made
    made.remove()


@pytest.fixture
def cold(parked_platform):
    """Deploys a function and invokes it once, in an environment that was parked; returns its name and the answer."""
    functions = Functions(parked_platform)

    def invoke(package, event=None, kind=None, LogType="None", **settings):
        environment = {"Variables": settings.pop("variables", {})}
        name = functions.deploy(package, Environment=environment, **{"MemorySize": 128, **settings})
        before = len(log_records(parked_platform, "environment is set up"))
        answer = functions.invoke(name, event or {}, LogType=LogType)
        if kind is not None:
            used = log_records(parked_platform, "environment is set up")[before]["parked"]
            assert used == kind, parked_platform.log_tail()
        wait_until(lambda: False, 1.0)  # another one takes its place
        return name, answer
    yield invoke
    functions.remove_all()


PYTHON = packages.python("parked_probe.py")
NODE = packages.node("parked_probe.js")


@pytest.fixture(scope="module")
def two_pythons(parked_platform):
    functions = Functions(parked_platform)
    answers = []
    for secret in ("first secret", "second secret"):
        name = functions.deploy(PYTHON, MemorySize=128,
                                Environment={"Variables": {"SECRET": secret, "TZ": "Asia/Tokyo"}})
        answers.append({**functions.invoke(name, {"leave": secret}).value, "name": name})
        wait_until(lambda: False, 1.0)
    used = [record["parked"] for record in log_records(parked_platform, "environment is set up")[-2:]]
    assert used == ["python", "python"]
    yield answers
    functions.remove_all()


def test_the_second_function_sees_nothing_of_the_first(two_pythons):
    first, second = two_pythons
    assert second["tmp"] == first["tmp"] and second["shm"] == [] and "left" not in second["tmp"]
    assert "first secret" not in json.dumps(second)
    assert first["environ"]["AWS_ACCESS_KEY_ID"] not in json.dumps(second)
    assert first["uid"] != second["uid"]


def test_chance_is_its_own(two_pythons):
    first, second = two_pythons
    assert all(first["born"][source] != second["born"][source] for source in first["born"])


def test_the_variables_are_the_functions_and_its_childrens(two_pythons):
    for answer in two_pythons:
        environ = answer["environ"]
        assert environ["AWS_LAMBDA_FUNCTION_NAME"] == answer["name"] and environ["_HANDLER"] == "parked_probe.handler"
        assert [name for name in environ if "HEARTH" in name] == ["HEARTH_IDENTITY_TOKEN_FILE"]
        child = dict(line.split("=", 1) for line in answer["child"] if line)
        assert {name: environ[name] for name in child if name in environ} == child
        assert child["SECRET"] == environ["SECRET"]


def test_the_processs_own_proc_environ_holds_no_secret(two_pythons):
    for answer in two_pythons:
        assert answer["environ"]["AWS_SECRET_ACCESS_KEY"] not in answer["proc_environ"]


def test_it_finds_itself_where_every_function_does(two_pythons):
    for answer in two_pythons:
        assert answer["cwd"] == "/var/task" and answer["task"] == ["parked_probe.py"] and answer["opt"] == []
        assert answer["zone"] == "JST"
        assert 61 not in answer["fds"]
        assert re.search(r" /var/task \S+ ro,", answer["mounts"])


def shared_library(number):
    """libnumber.so, whose one function answers that number."""
    with tempfile.TemporaryDirectory() as folder:
        source, library = os.path.join(folder, "number.c"), os.path.join(folder, "libnumber.so")
        with open(source, "w", encoding="utf-8") as file:
            file.write(f"int number(void) {{ return {number}; }}\n")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        with open(library, "rb") as file:
            return file.read()


# The dynamic loader of the parked runtime has looked into these directories before the function's files were there.
LOADER = "import ctypes\ndef handler(event, context): return ctypes.CDLL('libnumber.so').number()\n"


def test_native_libraries_of_the_function_are_found(cold):
    package = packages.python_text(LOADER)._replace(
        zip_bytes=packages.make_zip({"main.py": LOADER, "lib/libnumber.so": shared_library(41)}))
    assert cold(package, {}, "python")[1].value == 41


def test_native_libraries_of_a_layer_are_found(cold, parked_platform):
    layer = parked_platform.client().publish_layer_version(
        LayerName="libraries", Content={"ZipFile": packages.make_zip({"lib/libnumber.so": shared_library(42)})})
    assert cold(packages.python_text(LOADER), {}, "python", Layers=[layer["LayerVersionArn"]])[1].value == 42


def test_external_extensions_start_in_a_parked_sandbox_without_a_runtime(cold, parked_platform):
    with open(os.path.join(packages.FOLDER, "extension.py"), encoding="utf-8") as file:
        layer = parked_platform.client().publish_layer_version(
            LayerName="extension",
            Content={"ZipFile": packages.make_zip({"extensions/outer": file.read()}, 0o755)})
    _, answer = cold(PYTHON, {}, "provided", Layers=[layer["LayerVersionArn"]])
    assert answer.error is None and answer.value["opt"] == ["extensions"]


def test_node_cannot_tell_the_difference(cold):
    name, answer = cold(NODE, {"leave": "x"}, "nodejs:128", variables={
        "MINE": "grün=1", "NODE_ENV": "production", "TZ": "Asia/Tokyo"})
    seen = answer.value
    assert seen["zone"] == -9 * 60
    assert seen["environ"]["MINE"] == "grün=1" and "MINE=grün=1" in seen["child"]
    assert seen["environ"]["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert [name for name in seen["environ"] if "HEARTH" in name] == ["HEARTH_IDENTITY_TOKEN_FILE"]
    assert seen["argv"] == ["/usr/bin/node", "/var/runtime/main.cjs"] and seen["cwd"] == "/var/task"
    assert seen["execArgv"] == ["--max-semi-space-size=6", "--max-old-space-size=115"]
    assert seen["sockets"] == ["0100007F:2329"]  # the Runtime API's, 127.0.0.1:9001


def test_nodes_heap_follows_the_functions_memory(cold):
    small = cold(NODE, kind="nodejs:128")[1].value["heapMb"]
    large = cold(NODE, kind="nodejs:192", MemorySize=192)[1].value["heapMb"]
    assert 115 <= small < 150 and 172 <= large < 230  # the old generation and three semi-spaces


def test_two_node_functions_have_their_own_chance_and_files(cold):
    first = cold(NODE, {"leave": "x"}, "nodejs:128")[1].value
    second = cold(NODE, {}, "nodejs:128")[1].value
    assert "left" not in second["tmp"]
    assert first["random"] != second["random"] and first["uuid"] != second["uuid"]


def test_a_runtime_that_must_start_with_a_variable_is_started_with_it(cold):
    _, answer = cold(NODE, {}, "provided", variables={"NODE_OPTIONS": "--no-deprecation"})
    assert answer.error is None, answer
    assert answer.value["environ"]["NODE_OPTIONS"] == "--no-deprecation"
    _, answer = cold(PYTHON, {}, "provided", variables={"PYTHONHASHSEED": "1"})
    assert "PYTHONHASHSEED=1" in answer.value["proc_environ"]


def test_another_size_of_tmp_needs_a_sandbox_of_its_own(cold):
    _, answer = cold(PYTHON, {}, "no", EphemeralStorage={"Size": 600})
    assert answer.value["cwd"] == "/var/task"


def test_native_code_runs_in_a_parked_sandbox(cold):
    assert cold(packages.native(), {"n": 1}, "provided")[1].error is None


def test_memory_is_limited_to_the_functions(cold):
    name, answer = cold(PYTHON, {"do": "use_memory"}, "python", MemorySize=128)
    assert answer.value["errorType"] == "Runtime.OutOfMemory"


def test_the_cpu_share_is_the_functions(cold):
    _, answer = cold(PYTHON, {"do": "use_cpu", "seconds": 2}, "python", MemorySize=177)
    assert 0.03 < answer.value < 0.2  # a tenth of a core


def test_processes_are_limited(cold):
    _, answer = cold(PYTHON, {"do": "use_processes"}, "python", MemorySize=1769, Timeout=60)
    assert 100 < answer.value <= 1024


def test_the_timeout_is_the_functions(cold):
    name, answer = cold(PYTHON, {"do": "sleep", "seconds": 30}, "python", Timeout=1)
    assert answer.value["errorMessage"].endswith("Task timed out after 1.00 seconds")


def test_after_a_crash_the_runtime_starts_in_the_same_sandbox(cold, parked_platform):
    name, answer = cold(PYTHON, {"leave": "x"}, "python", Timeout=2)
    functions = Functions(parked_platform)
    assert functions.invoke(name, {"do": "sleep", "seconds": 30}).error
    again = functions.invoke(name, {}).value
    assert "left" in again["tmp"] and again["uid"] == answer.value["uid"]
    assert again["environ"]["AWS_LAMBDA_FUNCTION_NAME"] == name


def test_the_init_duration_counts_from_the_assignment(cold):
    wait_until(lambda: False, 2.0)  # it has waited longer than an INIT takes
    _, answer = cold(PYTHON, {}, "python", LogType="Tail")
    duration_ms = float(re.search(r"Init Duration: ([\d.]+) ms", base64.b64decode(answer.log).decode()).group(1))
    assert 0 < duration_ms < 1500


def test_parked_environments_are_gone_after_stop(make_platform):
    platform = make_platform(environment=WORKER).start()
    await_parked(platform)
    assert platform.stop() == 0
    assert platform.left_behind() == []


def test_parked_environments_are_gone_after_the_worker_was_killed_and_new_ones_come(make_platform):
    platform = make_platform(environment=WORKER).start()
    await_parked(platform)
    old_processes, old_groups = platform.environment_pids(), platform.environment_cgroups()
    old_worker = platform.pid("hearth-worker")
    os.kill(old_worker, signal.SIGKILL)
    assert wait_until(lambda: not platform.environment_cgroups() & old_groups, 20), platform.log_tail()
    assert not platform.environment_pids() & old_processes
    await_parked(platform)
    assert platform.stop() == 0
    assert platform.left_behind() == []


def test_nothing_is_parked_when_it_is_turned_off(make_platform):
    platform = make_platform(environment={**WORKER, "HEARTH_WORKER_PARKED_ENVIRONMENTS": "0"}).start()
    functions = Functions(platform)
    functions.invoke(functions.deploy(PYTHON))
    wait_until(lambda: False, 1.0)
    assert len(platform.environment_cgroups()) == hierarchies()
    assert [record["parked"] for record in log_records(platform, "environment is set up")] == ["no"]


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        fields = open(f"/proc/{pid}/stat", encoding="utf-8").read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def test_parked_environments_use_no_cpu(make_platform):
    platform = make_platform(environment=WORKER).start()
    await_parked(platform)
    pids = platform.environment_pids()
    before = cpu_seconds(pids)
    wait_until(lambda: False, 3.0)
    assert cpu_seconds(pids) - before <= 0.02
