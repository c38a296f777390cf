"""The escape probe as a function: deployed, invoked and answered like any other, it reaches nothing outside."""

import json
import os
import socket

import function_packages as packages

CHECKS = 160  # of 169; some exist on one processor only

HANDLER = """
import subprocess

def handler(event, context):
    ran = subprocess.run(["/var/task/escape-probe"], capture_output=True, text=True, close_fds=False, env=event)
    return ran.stdout.splitlines()
"""


def probe():
    with open(os.path.join(os.environ["HEARTH_BUILD_DIR"], "bin", "escape-probe"), "rb") as file:
        return file.read()


def test_the_escape_probe_reaches_nothing_from_a_function(platform, functions):
    package = packages.Package("python3.11", "main.handler",
                               packages.make_zip({"main.py": HANDLER, "escape-probe": probe()}, 0o755))
    name = functions.deploy(package, Timeout=60, MemorySize=1769)
    with socket.create_server(("127.0.0.1", 0)) as bait:
        answer = functions.invoke(name, {"PROBE_PORT": str(bait.getsockname()[1]), "PROBE_PID": str(os.getpid()),
                                         "PROBE_PATH": str(platform.data_dir)}).value
    assert json.loads(answer[-1]) == {"done": True}
    findings = [json.loads(line) for line in answer[:-1]]
    assert len(findings) >= CHECKS
    assert [f"{found['group']}/{found['check']}" for found in findings if found["reachable"]] == []
