"""--check-config: what is wrong with the settings is said with its key, by the flag and by a start alike."""

import os
import subprocess

import pytest

import leaks

GOOD = {
    "hearth-controller": '''[controller]
region = "eu-west-1"
account = "123456789012"
log_level = "warn"
public_url = "https://hearth.example"
[node]
listen = "unix:/run/hearth/node.sock"
''',
    "hearth-worker": '''[worker]
controller = "unix:/run/hearth/node.sock"
aws_api_url = "http://127.0.0.1:9000"
parked_kinds = "python, nodejs:256, provided"
runtimes_directory = "/not/installed/yet"
programs_directory = "/not/installed/yet"
'''}
BAD = [
    ("hearth-controller", '[controller]\nlog_level = "loud"', "controller.log_level: 'loud'"),
    ("hearth-controller", '[controller]\naccount = "1234"', "controller.account: '1234'"),
    ("hearth-controller", '[controller]\nregion = "home"', "controller.region: 'home'"),
    ("hearth-controller", '[controller]\nlisten = "9000"', "controller.listen: '9000'"),
    ("hearth-controller", '[node]\nlisten = "0.0.0.0:9010"', "node.listen: '0.0.0.0:9010'"),
    ("hearth-controller", '[controller]\npublic_url = "hearth.example"', "controller.public_url: 'hearth.example'"),
    ("hearth-controller", '[signing]\nprofiles_file = "/nowhere"', "signing.profiles_file: "),
    ("hearth-controller", '[controller]\nlisten = 9000', "settings.toml:2: controller.listen: must be a string"),
    ("hearth-controller", '[controller]\ncolour = "red"', "settings.toml:2: controller.colour: unknown key"),
    ("hearth-worker", '[worker]\nlog_level = "loud"', "worker.log_level: 'loud'"),
    ("hearth-worker", '[worker]\nparked_kinds = "cobol"', "worker.parked_kinds: 'cobol'"),
    ("hearth-worker", '[worker]\ncontroller = "10.0.0.1:9010"', "worker.controller: '10.0.0.1:9010'"),
    ("hearth-worker", '[worker]\ncgroup_prefix = "hearth/../system"', "worker.cgroup_prefix: "),
    ("hearth-worker", '[worker]\ndrain_seconds = -1', "settings.toml:2: worker.drain_seconds: -1 is outside"),
]


def run(tmp_path, program, text, *flags):
    path = tmp_path / "settings.toml"
    path.write_text(text + "\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEARTH_")}
    return subprocess.run([os.path.join(leaks.BUILD_DIR, "bin", program), "--config", str(path), *flags],
                          env=environment, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("program", GOOD)
def test_good_settings_pass_in_silence(tmp_path, program):
    checked = run(tmp_path, program, GOOD[program], "--check-config")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.parametrize("program, text, message", BAD, ids=[message for _, _, message in BAD])
def test_a_bad_setting_is_named_by_the_flag_and_by_a_start(tmp_path, program, text, message):
    for flags in (["--check-config"], []):
        ended = run(tmp_path, program, text, *flags)
        assert ended.returncode in (1, 2) and message in ended.stderr, ended
