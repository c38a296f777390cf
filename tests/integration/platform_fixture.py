"""A whole Hearth for tests: `hearth dev` on a temporary data folder and a free port, driven as its users drive it.

conftest.py of each suite says `from platform_fixture import *`; that gives the fixtures at the end of this file.
"""

import collections
import configparser
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import boto3
import botocore.awsrequest
import botocore.auth
import botocore.config
import botocore.credentials
import pytest

import function_packages
import leaks

ACCOUNT, REGION = "000000000000", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
START_SECONDS, STOP_SECONDS, TEST_SECONDS = 60, 30, 120
CLIENT_CONFIG = botocore.config.Config(
    retries={"max_attempts": 0}, read_timeout=70, connect_timeout=5, parameter_validation=False,
    max_pool_connections=64, s3={"addressing_style": "path"})

Response = collections.namedtuple("Response", "status headers body")


def wait_until(condition, seconds, interval=0.02):
    """The first true value of condition(), or its last value when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(interval)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Platform:
    """One `hearth dev`. start() and stop() may be repeated; the data folder stays."""

    def __init__(self, workers=1, environment=None, data_dir=None):
        self.data_dir = data_dir or tempfile.mkdtemp(prefix="hearth-test-")
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.workers = workers
        self.environment = environment or {}
        self.process = None
        self.output = []
        self.instance = "not-started"
        self._ready = threading.Event()

    def command(self):
        return [os.path.join(leaks.BUILD_DIR, "bin", "hearth"), "dev", "--data-dir", self.data_dir,
                "--listen", f"127.0.0.1:{self.port}", "--workers", str(self.workers)]

    def start(self, seconds=START_SECONDS):
        self._ready.clear()
        self.output = []
        with open(self.log_path(), "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
                env={**os.environ, **self.environment}, start_new_session=True)
        threading.Thread(target=self._read_output, args=(self.process,), daemon=True).start()
        wait_until(lambda: self._ready.is_set() or self.process.poll() is not None, seconds)
        if not self._ready.is_set():
            self.kill_everything()
            raise AssertionError(f"hearth dev did not get ready in {seconds} s:\n{self.log_tail()}")
        with open(os.path.join(self.data_dir, "instance"), encoding="utf-8") as file:
            self.instance = file.read().strip()
        return self

    def _read_output(self, process):
        for line in process.stdout:
            self.output.append(line.rstrip("\n"))
            if line.startswith("hearth is ready at "):
                self._ready.set()

    def stop(self, sent=signal.SIGTERM, seconds=STOP_SECONDS):
        """Signals hearth dev, waits for its end and returns its exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(sent)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill_everything()
            raise AssertionError(f"hearth dev did not stop in {seconds} s:\n{self.log_tail()}") from None

    def remove(self):
        if self.process is not None and self.process.poll() is None:
            self.stop()
        self.kill_everything()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def kill_everything(self):
        """The last resort of a failed test: SIGKILL for every process of this data folder."""
        for pid in {*self.pids(""), *leaks.processes_of(self.instance, self.data_dir)}:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        leaks.destroy(self.instance)

    def log_path(self):
        folder = os.path.join(leaks.BUILD_DIR, "test-logs")
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, f"hearth-dev-{self.port}.log")

    def log_tail(self, count=40):
        with open(self.log_path(), encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-count:])

    # --- processes ---

    def pids(self, program):
        """Live processes below hearth dev (itself included) whose program name begins with `program`."""
        if self.process is None:
            return []
        table = process_table()
        below, grown = {self.process.pid}, True
        while grown:
            grown = False
            for pid, (parent, _, _) in table.items():
                if parent in below and pid not in below:
                    below.add(pid)
                    grown = True
        return sorted(pid for pid in below
                      if pid in table and table[pid][1].startswith(program) and table[pid][2] != "Z")

    def pid(self, program):
        found = [pid for pid in self.pids(program) if pid != self.process.pid]
        assert found, f"no {program} runs:\n{self.log_tail()}"
        return found[0]

    def environment_pids(self):
        """Processes of functions: they live in this platform's cgroups and run none of Hearth's programs."""
        found = leaks.processes_of(self.instance, self.data_dir)
        return {pid for pid in found if not leaks.runs_our_program(pid)}

    def environment_cgroups(self):
        return set(leaks.cgroup_children(self.instance))

    def left_behind(self, seconds=2.0):
        """What remains of this platform after its end; waits a little for it to go."""
        wait_until(lambda: not leaks.remains_of(self.instance, self.data_dir), seconds, 0.05)
        return leaks.remains_of(self.instance, self.data_dir)

    # --- clients ---

    def keys(self):
        parser = configparser.ConfigParser()
        parser.read(os.path.join(self.data_dir, "credentials"))
        return parser["default"]["aws_access_key_id"], parser["default"]["aws_secret_access_key"]

    def hearth(self, *arguments, status=0):
        """Runs the command line; answers what it printed."""
        command = [os.path.join(leaks.BUILD_DIR, "bin", "hearth"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.returncode == status, done.stderr
        return done.stderr if status else done.stdout

    def create_account(self, account=None):
        """Another account: (its number, access key id, secret access key)."""
        parser = configparser.ConfigParser()
        parser.read_string(self.hearth("account", "create", "--data-dir", self.data_dir,
                                       *(["--id", account] if account else [])))
        made = parser.sections()[0]
        return made, parser[made]["aws_access_key_id"], parser[made]["aws_secret_access_key"]

    def client(self, service="lambda", keys=None, **settings):
        access_key, secret_key = keys or self.keys()
        config = settings.pop("config", CLIENT_CONFIG)
        return boto3.client(service, **{
            "endpoint_url": self.endpoint, "region_name": REGION, "aws_access_key_id": access_key,
            "aws_secret_access_key": secret_key, "config": config, **settings})

    def signed(self, method, target, body=b"", headers=None, service="lambda", keys=None, region=REGION):
        """A request signed by botocore; `target` goes to the wire as it is."""
        request = botocore.awsrequest.AWSRequest(method, self.endpoint + target, headers=headers or {}, data=body)
        credentials = botocore.credentials.Credentials(*(keys or self.keys()))
        botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
        return dict(request.headers)

    def send(self, method, target, body=b"", headers=None, timeout=70):
        """One raw HTTP request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def request(self, method, target, body=b"", headers=None, **how):
        return self.send(method, target, body, self.signed(method, target, body, headers, **how))


def process_table():
    """pid -> (parent, name, state) of every process."""
    table = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            text = leaks._read(f"/proc/{name}/stat")
            match = re.match(r"\d+ \((.*)\) (\S) (\d+)", text, re.S)
            if match:
                binary = os.path.basename(leaks._read(f"/proc/{name}/cmdline").split("\0")[0]) or match.group(1)
                table[int(name)] = (int(match.group(3)), binary, match.group(2))
    return table


class Functions:
    """Deploys functions with unique names on one platform and removes them at the end."""

    _counter = 0

    def __init__(self, platform):
        self.platform = platform
        self.client = platform.client()
        self._names = []

    def new_name(self, stem="fn"):
        Functions._counter += 1
        name = f"{stem}-{os.getpid()}-{Functions._counter}"
        self._names.append(name)
        return name

    def create(self, package, **settings):
        """CreateFunction with sensible defaults; returns the answer at once (State Pending)."""
        stem = settings.pop("stem", "fn")
        name = settings.pop("FunctionName", None) or self.new_name(stem)
        if name not in self._names:
            self._names.append(name)
        defaults = {"Runtime": package.runtime, "Handler": package.handler, "Role": ROLE, "Timeout": 10}
        return self.client.create_function(
            **{**defaults, "FunctionName": name, "Code": {"ZipFile": package.zip_bytes}, **settings})

    def deploy(self, package, **settings):
        name = self.create(package, **settings)["FunctionName"]
        self.wait_ready(name)
        return name

    def wait_ready(self, name, seconds=30):
        def ready():
            found = self.client.get_function_configuration(FunctionName=name)
            assert found["State"] != "Failed", found
            return found["State"] == "Active" and found.get("LastUpdateStatus") == "Successful"
        assert wait_until(ready, seconds), self.client.get_function_configuration(FunctionName=name)

    def invoke(self, name, event=None, **settings):
        payload = settings.pop("Payload", None)
        if payload is None:
            payload = function_packages.to_json(event if event is not None else {})
        return Invocation(self.client.invoke(FunctionName=name, Payload=payload, **settings))

    def remove_all(self):
        for name in self._names:
            try:
                self.client.delete_function(FunctionName=name)
            except Exception:  # already deleted by the test, or the platform is gone: nothing to clean
                pass


class Invocation:
    """What Invoke answered, with the payload read."""

    def __init__(self, answer):
        self.status = answer["StatusCode"]
        self.error = answer.get("FunctionError")
        self.version = answer.get("ExecutedVersion")
        self.log = answer.get("LogResult")
        self.request_id = answer["ResponseMetadata"]["RequestId"]
        self.raw = answer["Payload"].read()

    @property
    def value(self):
        return function_packages.from_json(self.raw)

    def __repr__(self):
        return f"Invocation(status={self.status}, error={self.error}, raw={self.raw[:500]!r})"


@pytest.fixture(scope="session")
def platform():
    """One running Hearth for all tests of a suite that do no harm to it."""
    made = Platform(workers=1)
    try:
        yield made.start()
    finally:
        made.remove()


@pytest.fixture
def make_platform():
    """Makes platforms of one's own, for tests that stop or kill them."""
    made = []

    def make(**settings):
        made.append(Platform(**settings))
        return made[-1]
    yield make
    for one in made:
        one.remove()


@pytest.fixture
def functions(platform):
    made = Functions(platform)
    yield made
    made.remove_all()


@pytest.fixture
def client(platform):
    return platform.client()


@pytest.fixture(autouse=True)
def bounded_time():
    """No test may hang: after TEST_SECONDS it fails where it stands."""
    def give_up(*_):
        raise TimeoutError(f"the test took more than {TEST_SECONDS} s")
    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(TEST_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)
