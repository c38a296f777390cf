#!/usr/bin/python3
"""Time from the start of a process to its first GET /next, against a bare start of its interpreter.

    /usr/bin/python3 tests/runtimes/measure_cold_start.py [runs]

No sandbox: what is measured is the interpreter and the runtime's own files. Compare rows of one run only.
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from fake_runtime_api import FakeRuntimeApi
from harness import BASE_ENVIRONMENT, RUNTIMES

PYTHON = "def handler(event, context):\n    return event\n"
NODE = "exports.handler = async (event) => event;\n"
BARE = [
    ("python3 -c pass", ["/usr/bin/python3", "-c", "pass"]),
    ("python3 -sS -c pass", ["/usr/bin/python3", "-sS", "-c", "pass"]),
    ("python3 -c 'import json, os, io, socket'", ["/usr/bin/python3", "-c", "import json, os, io, socket"]),
    ("python3 -c 'import json, logging, http.client'", ["/usr/bin/python3", "-c", "import json, logging, http.client"]),
    ("node -e ''", ["/usr/bin/node", "-e", ""]),
    ("node -e 'require(\"net\")'", ["/usr/bin/node", "-e", "require('net')"]),
    ("node --max-old-space-size=230 -e 'require(\"net\")'",
     ["/usr/bin/node", "--max-old-space-size=230", "-e", "require('net')"]),
]
CLIENTS = [("our python runtime", "python", "app.py", PYTHON), ("our node runtime", "node", "app.js", NODE)]


def time_bare(command):
    begin = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, env=BASE_ENVIRONMENT, check=True)
    return time.perf_counter() - begin


def time_client(bootstrap, folder):
    api = FakeRuntimeApi([])
    environment = {**BASE_ENVIRONMENT, "AWS_LAMBDA_RUNTIME_API": api.address, "LAMBDA_TASK_ROOT": folder,
                   "_HANDLER": "app.handler"}
    begin = time.perf_counter()
    process = subprocess.Popen([str(bootstrap)], cwd=folder, env=environment)
    assert api.drained.wait(20)
    elapsed = time.perf_counter() - begin
    process.kill()
    process.wait()
    api.close()
    return elapsed


def report(name, samples):
    samples = sorted(1000 * sample for sample in samples)
    print(f"{name:50} min {samples[0]:6.1f}  p50 {statistics.median(samples):6.1f}  p90 "
          f"{samples[int(len(samples) * 0.9)]:6.1f} ms")


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    for name, command in BARE:
        report(name, [time_bare(command) for _ in range(runs)])
    with tempfile.TemporaryDirectory(prefix="hearth-runtime-") as folder:
        for name, runtime, file, source in CLIENTS:
            pathlib.Path(folder, file).write_text(source)
            bootstrap = RUNTIMES / runtime / "bootstrap"
            if bootstrap.exists():
                report(name, [time_client(bootstrap, folder) for _ in range(runs)])


if __name__ == "__main__":
    main()
