"""`hearth dev`: what it prints and writes, what it finds again, what it leaves behind."""

import configparser
import os
import signal
import stat
import subprocess

import pytest

import function_packages as packages
import leaks
from platform_fixture import ACCOUNT, Functions, REGION


def test_the_ready_line_names_the_address_and_is_printed_once(platform):
    lines = [line for line in platform.output if line.startswith("hearth is ready at ")]
    assert len(lines) == 1
    assert lines[0].startswith(f"hearth is ready at {platform.endpoint}")


def test_the_credentials_are_readable_by_the_owner_alone(platform):
    path = os.path.join(platform.data_dir, "credentials")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    parser = configparser.ConfigParser()
    parser.read(path)
    assert parser.sections() == ["default"]
    assert set(parser["default"]) == {"aws_access_key_id", "aws_secret_access_key"}
    assert len(parser["default"]["aws_secret_access_key"]) >= 40


def test_the_config_file_names_the_region(platform):
    parser = configparser.ConfigParser()
    parser.read(os.path.join(platform.data_dir, "config"))
    assert parser["default"]["region"] == REGION
    assert parser["default"]["endpoint_url"] == platform.endpoint


def test_the_secret_key_lies_in_clear_only_in_files_for_the_owner_alone(platform):
    secret = platform.keys()[1].encode()
    for folder, _, names in os.walk(platform.data_dir):
        for path in (os.path.join(folder, name) for name in names):
            mode = os.lstat(path).st_mode
            if not stat.S_ISREG(mode):
                continue
            with open(path, "rb") as file:
                if secret in file.read():
                    assert "credentials" in os.path.basename(path) and stat.S_IMODE(mode) == 0o600, path


def test_a_restart_finds_functions_code_and_keys_again(make_platform):
    platform = make_platform().start()
    functions = Functions(platform)
    name = functions.deploy(packages.python(), MemorySize=192, Description="kept",
                            Environment={"Variables": {"KEY": "b"}})
    before = functions.client.get_function_configuration(FunctionName=name)
    keys = platform.keys()
    assert platform.stop() == 0
    platform.start()
    assert platform.keys() == keys
    after = functions.client.get_function_configuration(FunctionName=name)
    for answer in (before, after):
        answer.pop("ResponseMetadata")
    assert after == before
    answer = functions.invoke(name, {"do": "environ"})
    assert answer.error is None and answer.value["KEY"] == "b"


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_stop_leaves_no_process_cgroup_mount_namespace_or_socket(make_platform, sent):
    platform = make_platform(workers=2).start()
    functions = Functions(platform)
    for package in (packages.python(), packages.node(), packages.native()):
        name = functions.deploy(package)
        assert functions.invoke(name, {"do": "echo", "value": 1}).error is None
    assert platform.stop(sent) == 0
    assert platform.left_behind() == []
    leftover = [os.path.join(folder, name) for folder, _, names in os.walk(platform.data_dir) for name in names
                if stat.S_ISSOCK(os.lstat(os.path.join(folder, name)).st_mode)]
    assert leftover == []


def test_a_stop_during_an_invocation_is_quick_and_clean(make_platform):
    platform = make_platform().start()
    functions = Functions(platform)
    name = functions.deploy(packages.python(), Timeout=60)
    assert functions.invoke(name, {"do": "count"}).error is None
    body = packages.to_json({"do": "sleep", "seconds": 50})
    target = f"/2015-03-31/functions/{name}/invocations"
    headers = platform.signed("POST", target, body)
    caller = subprocess.Popen(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "40", "--data-binary", body.decode(),
         *[part for key, value in headers.items() for part in ("-H", f"{key}: {value}")], platform.endpoint + target],
        stdout=subprocess.PIPE, text=True)
    try:
        assert platform.process.poll() is None
        assert platform.stop(seconds=20) == 0
        assert platform.left_behind() == []
        status = caller.communicate(timeout=10)[0]
        assert status != "200"
    finally:
        caller.kill()


def test_a_second_start_on_a_folder_in_use_is_refused(platform):
    command = platform.command()
    command[command.index("--listen") + 1] = "127.0.0.1:1"
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
    assert second.returncode != 0
    assert "hearth" in second.stderr and platform.process.poll() is None


def test_two_platforms_on_one_machine_do_not_disturb_each_other(platform, make_platform, functions):
    other = make_platform().start()
    name = Functions(other).deploy(packages.python(), FunctionName="only-here")
    assert Functions(other).invoke(name, {"do": "echo", "value": 7}).value == 7
    mine = functions.deploy(packages.python())
    assert other.stop() == 0
    assert functions.invoke(mine, {"do": "echo", "value": 8}).value == 8
    assert "only-here" not in [one["FunctionName"] for one in functions.client.list_functions()["Functions"]]


def test_the_account_of_hearth_dev_is_in_every_arn(functions):
    name = functions.deploy(packages.python())
    arn = functions.client.get_function_configuration(FunctionName=name)["FunctionArn"]
    assert arn == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def test_a_bad_command_line_is_explained(tmp_path):
    for arguments, word in ((["dev"], "data-dir"), (["dev", "--data-dir", str(tmp_path), "--workers", "0"], "workers"),
                            (["dev", "--data-dir", str(tmp_path), "--listen", "nowhere"], "listen")):
        run = subprocess.run([os.path.join(leaks.BUILD_DIR, "bin", "hearth"), *arguments], capture_output=True,
                             text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert run.returncode != 0
        assert word in (run.stderr + run.stdout).lower()
