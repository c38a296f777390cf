#!/usr/bin/python3
"""Hearth's figures beside their baselines, measured in turn in one run.

    sudo tests/performance/compare.py [--build build/release] [--rounds 3] [--seconds 4] [--cold 40]

Everything runs on this machine's loopback: a `hearth dev` of its own, nginx in front of a Python server, bare
interpreters, and the load clients. Trust the ratios: the machine under a test is seldom quiet.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import http.client
import configparser

from baselines import NginxToPython, RUNTIME_IMPORTS, bare_start_ms, free_port, summary

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BODY = json.dumps({"name": "Hearth", "padding": "x" * 70})
FUNCTIONS = {
    "native": ("provided.al2023", "bootstrap", "native_hello"),
    "python": ("python3.11", "handler.handler", "python_hello"),
    "node": ("nodejs22.x", "index.handler", "node_hello"),
}
FULL_CORE_MB = 1769
# After a cold start the worker parks another environment: no baseline is timed beside that, as no claim waits for it.
REFILL_SECONDS = 0.4


class Platform:
    """A hearth dev in a folder of its own; use as a context."""

    def __init__(self, build, folder, settings=None):
        self.bin, self.folder = pathlib.Path(build).resolve() / "bin", pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.port = free_port()
        self.settings = settings or {}

    def __enter__(self):
        self.log = open(self.folder / "hearth.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen([self.bin / "hearth", "dev", "--data-dir", self.folder / "data", "--listen",
                                         f"127.0.0.1:{self.port}"], stdout=self.log, stderr=self.log,
                                        env={**os.environ, **self.settings})
        self.await_ready()
        keys = configparser.ConfigParser()
        keys.read(self.folder / "data/credentials")
        self.keys = keys["default"]
        self.client = boto3.client("lambda", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{self.port}",
                                   aws_access_key_id=self.keys["aws_access_key_id"],
                                   aws_secret_access_key=self.keys["aws_secret_access_key"],
                                   config=botocore.config.Config(retries={"max_attempts": 0}))
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait(30)

    def await_ready(self, seconds=30):
        deadline = time.monotonic() + seconds
        while "is ready at" not in (self.folder / "hearth.log").read_text():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit((self.folder / "hearth.log").read_text())
            time.sleep(0.05)

    def path(self, name):
        return f"/2015-03-31/functions/{name}/invocations"

    def deploy(self, zips):
        for name, (runtime, handler, package) in FUNCTIONS.items():
            self.client.create_function(FunctionName=name, Runtime=runtime, Handler=handler, MemorySize=FULL_CORE_MB,
                                        Role="arn:aws:iam::000000000000:role/bench", Timeout=30,
                                        Code={"ZipFile": (zips / f"{package}.zip").read_bytes()})
            self.client.get_waiter("function_active_v2").wait(FunctionName=name)

    def signed_headers(self, name):
        request = botocore.awsrequest.AWSRequest("POST", f"http://127.0.0.1:{self.port}{self.path(name)}", data=BODY)
        credentials = botocore.credentials.Credentials(self.keys["aws_access_key_id"],
                                                       self.keys["aws_secret_access_key"])
        botocore.auth.SigV4Auth(credentials, "lambda", "us-east-1").add_auth(request)
        return dict(request.headers)

    def timed_invoke_ms(self, connection, name):
        headers = self.signed_headers(name)
        begin = time.perf_counter()
        connection.request("POST", self.path(name), BODY, headers)
        answer = connection.getresponse()
        answer.read()
        elapsed = 1000 * (time.perf_counter() - begin)
        assert answer.status == 200 and not answer.getheader("X-Amz-Function-Error"), answer.status
        return elapsed

    def make_cold(self, name, round_number):
        self.client.update_function_configuration(FunctionName=name,
                                                  Environment={"Variables": {"ROUND": str(round_number)}})
        self.client.get_waiter("function_updated_v2").wait(FunctionName=name)


def load(platform, url, connections, seconds, signed):
    command = [platform.bin / "hearth-load", url, "-c", str(connections), "--seconds", str(seconds), "--warmup", "1",
               "--body", BODY]
    if signed:
        command += ["--access-key", platform.keys["aws_access_key_id"], "--secret-key",
                    platform.keys["aws_secret_access_key"]]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert report["errors"] == 0, report
    return report


def wrk(platform, name, seconds, folder):
    """wrk sends one signed request again and again: AWS signatures stay good for five minutes."""
    headers = "".join(f"wrk.headers[{json.dumps(key)}] = {json.dumps(str(value))}\n"
                      for key, value in platform.signed_headers(name).items())
    script = folder / "wrk.lua"
    script.write_text(f"wrk.method = 'POST'\nwrk.body = {json.dumps(BODY)}\n{headers}")
    output = subprocess.run(["/usr/bin/wrk", "-t1", "-c64", f"-d{seconds}s", "-s", script,
                             f"http://127.0.0.1:{platform.port}{platform.path(name)}"], check=True, capture_output=True,
                            text=True).stdout
    assert "Non-2xx" not in output, output
    return float(next(line for line in output.splitlines() if line.startswith("Requests/sec")).split()[1])


def median_of(reports, key):
    return statistics.median(report[key] for report in reports)


def warm(platform, arguments, folder):
    rows = {}
    with NginxToPython(folder) as nginx:
        url = f"http://127.0.0.1:{platform.port}"
        kinds = {"nginx to python": (nginx.url, False)}
        kinds.update({name: (url + platform.path(name), True) for name in FUNCTIONS})
        for connections in (1, 64):
            reports = {kind: [] for kind in kinds}
            for _ in range(arguments.rounds):
                for kind, (target, signed) in kinds.items():
                    reports[kind].append(load(platform, target, connections, arguments.seconds, signed))
            for kind, list_of in reports.items():
                keys = ("p50_us", "p99_us", "achieved_rate")
                rows[kind, connections] = {key: median_of(list_of, key) for key in keys}
    return rows


def cold(platform, count):
    """Cold starts and bare starts in turn. The first of each function is left out: nothing is parked for it yet."""
    added = {name: [] for name in FUNCTIONS}
    bare = {name: [] for name in RUNTIME_IMPORTS}
    connection = http.client.HTTPConnection("127.0.0.1", platform.port)
    for number in range(count + 1):
        for name in FUNCTIONS:
            platform.make_cold(name, number)
            added[name].append(platform.timed_invoke_ms(connection, name))
            time.sleep(REFILL_SECONDS)
        for name, command in RUNTIME_IMPORTS.items():
            bare[name].append(bare_start_ms(command))
    return tuple({name: summary(samples[1:]) for name, samples in rows.items()} for rows in (added, bare))


def cold_tables(arguments, folder):
    """What the worker parks ahead of time, and what a start costs without."""
    tables = {}
    for title, settings in (("", {}), (", nothing parked", {"HEARTH_WORKER_PARKED_ENVIRONMENTS": "0"})):
        with Platform(arguments.build, folder / f"cold{len(tables)}", settings) as platform:
            platform.deploy(folder / "zips")
            tables[title] = cold(platform, arguments.cold)
    return tables


def print_warm(rows):
    base = {connections: rows["nginx to python", connections] for connections in (1, 64)}
    print(f"{'warm invoke':18} {'conns':>5} {'p50 us':>8} {'p99 us':>8} {'per s':>8}  p50 against nginx to python")
    for (kind, connections), row in rows.items():
        print(f"{kind:18} {connections:5} {row['p50_us']:8.0f} {row['p99_us']:8.0f} {row['achieved_rate']:8.0f}  "
              f"{row['p50_us'] / base[connections]['p50_us']:.2f}x")


def print_cold(title, added, bare, warm_rows):
    print(f"\n{'cold start' + title:26} {'p50 ms':>8} {'p99 ms':>8}  p50 against a bare start; less a warm invoke")
    for name, row in bare.items():
        print(f"{'bare ' + name:26} {row['p50']:8.1f} {row['p99']:8.1f}")
    for name, row in added.items():
        against = name if name in bare else "python"
        less_warm = row["p50"] - warm_rows[name, 1]["p50_us"] / 1000
        print(f"{name:26} {row['p50']:8.1f} {row['p99']:8.1f}  {row['p50'] / bare[against]['p50']:.2f}x {against}'s; "
              f"{less_warm / bare[against]['p50']:.2f}x")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=REPOSITORY / "build/release")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--cold", type=int, default=40)
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hearth-compare-"))
    try:
        binaries = pathlib.Path(arguments.build).resolve() / "bin"
        subprocess.run([sys.executable, REPOSITORY / "tests/fixtures/make_zips.py", "--native",
                        binaries / "native_hello", folder / "zips"], check=True, stdout=subprocess.DEVNULL)
        pingpong = json.loads(subprocess.run([binaries / "hearth-pingpong"], check=True, capture_output=True).stdout)
        with Platform(arguments.build, folder / "warm") as platform:
            platform.deploy(folder / "zips")
            rows = warm(platform, arguments, folder)
            throughput = wrk(platform, "native", int(arguments.seconds), folder)
        tables = cold_tables(arguments, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"unix socket ping-pong p50 {pingpong['p50_us']:.1f} us, p99 {pingpong['p99_us']:.1f} us\n")
    print_warm(rows)
    print(f"{'native by wrk':18} {64:5} {'':8} {'':8} {throughput:8.0f}")
    for title, (added, bare) in tables.items():
        print_cold(title, added, bare, rows)


if __name__ == "__main__":
    main()
