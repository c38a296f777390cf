"""No message that was acknowledged is lost and none that was deleted comes back, whatever is killed and whenever.

HEARTH_QUEUE_KILLS says how often the controller is killed (4 by default), HEARTH_POWER_CUTS how often the power is cut.
"""

import json
import os
import random
import signal
import threading
import time

import pytest

import function_packages as packages
from platform_fixture import Functions, Platform, wait_until
from power_cut import Disk
from test_async_events import REFUSALS, runs_of
from test_power_cut import cut_power, _try

KILLS = int(os.environ.get("HEARTH_QUEUE_KILLS", "4"))
CUTS = int(os.environ.get("HEARTH_POWER_CUTS", "2"))
SEED = int(os.environ.get("HEARTH_SEED", "20260131"))
SENDERS, BATCH, CONCURRENCY = 4, 5, 4
HIDDEN_SECONDS = 5
WITNESS = """
def handler(event, context):
    for record in event["Records"]:
        print("RAN " + record["body"])
"""


class Sender(threading.Thread):
    """Sends until it is told to stop; remembers what was acknowledged."""

    def __init__(self, platform, url, number):
        super().__init__(daemon=True)
        self.sqs, self.url, self.number = platform.client("sqs"), url, number
        self.acknowledged, self.stopping = set(), False

    def run(self):
        count = 0
        while not self.stopping:
            count += 1
            body = f"{self.number}-{count}"
            try:
                self.sqs.send_message(QueueUrl=self.url, MessageBody=body)
                self.acknowledged.add(body)
            except REFUSALS:
                pass
            time.sleep(0.02)


class Consumer(threading.Thread):
    """Receives and deletes until it is told to stop; remembers what was deleted, and what came after that."""

    def __init__(self, platform, url):
        super().__init__(daemon=True)
        self.sqs, self.url = platform.client("sqs"), url
        self.deleted, self.came_back, self.stopping = set(), set(), False
        self.asked = set()  # to be deleted: gone, or not, when the answer never came

    def run(self):
        while not self.stopping:
            try:
                self.step()
            except REFUSALS:
                time.sleep(0.05)

    def step(self, wait=1):
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        for message in answer.get("Messages", []):
            if message["Body"] in self.deleted:
                self.came_back.add(message["Body"])
            self.asked.add(message["Body"])
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            self.deleted.add(message["Body"])
        return len(answer.get("Messages", []))


def make_queue(platform, name="crash"):
    return platform.client("sqs").create_queue(
        QueueName=name, Attributes={"VisibilityTimeout": str(HIDDEN_SECONDS)})["QueueUrl"]


def kill_while_sending(platform, senders):
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        time.sleep(1)
        os.kill(platform.pid("hearth-controller"), signal.SIGKILL)
        before = sum(len(sender.acknowledged) for sender in senders)
        assert wait_until(lambda: sum(len(sender.acknowledged) for sender in senders) > before + 20, 30)
    for sender in senders:
        sender.stopping = True
    for sender in senders:
        sender.join(70)
    return set().union(*(sender.acknowledged for sender in senders))


def test_a_mapping_runs_every_acknowledged_message_when_the_controller_is_killed(make_platform):
    platform = make_platform().start()
    signal.alarm(180 + 20 * KILLS)
    name = Functions(platform).deploy(packages.python_text(WITNESS), Timeout=3)
    url = make_queue(platform)
    sqs = platform.client("sqs")
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    mapping = {"FunctionName": name, "EventSourceArn": arn, "BatchSize": BATCH,
               "ScalingConfig": {"MaximumConcurrency": CONCURRENCY}}
    answer = platform.request("POST", "/2015-03-31/event-source-mappings", json.dumps(mapping).encode())
    assert answer.status == 202, answer
    acknowledged = kill_while_sending(platform, [Sender(platform, url, number) for number in range(SENDERS)])
    assert len(acknowledged) > 20 * KILLS

    def missing():
        try:
            return acknowledged - runs_of(platform, name).keys()
        except REFUSALS:
            return acknowledged
    assert wait_until(lambda: not missing(), 90, 0.5), f"lost: {len(missing())} of {len(acknowledged)}"
    # Twice ran at most what was received and not deleted when the controller was killed.
    twice = sum(runs - 1 for runs in runs_of(platform, name).values())
    assert twice <= KILLS * BATCH * (CONCURRENCY + 1), f"{twice} of {len(acknowledged)} ran again"


def test_no_message_is_lost_and_none_comes_back_when_the_controller_is_killed(make_platform):
    platform = make_platform().start()
    signal.alarm(180 + 20 * KILLS)
    url = make_queue(platform)
    consumers = [Consumer(platform, url) for _ in range(2)]
    for consumer in consumers:
        consumer.start()
    acknowledged = kill_while_sending(platform, [Sender(platform, url, number) for number in range(SENDERS)])

    def deleted():
        return set().union(*(consumer.deleted for consumer in consumers))

    def missing():
        return acknowledged.difference(*(consumer.asked for consumer in consumers))
    assert wait_until(lambda: not missing(), 60, 0.5), f"lost: {len(missing())} of {len(acknowledged)}"
    for consumer in consumers:
        consumer.stopping = True
        consumer.join(30)
    time.sleep(HIDDEN_SECONDS + 1)
    last = Consumer(platform, url)
    last.deleted = deleted()
    while last.step():
        pass
    came_back = last.came_back.union(*(consumer.came_back for consumer in consumers))
    assert came_back == set()


@pytest.fixture
def disk():
    made = Disk()
    try:
        yield made
    finally:
        wait_until(lambda: _try(made.close), 10, 0.2)


def test_no_acknowledged_message_is_lost_and_no_deletion_undone_in_a_power_cut(disk):
    chance = random.Random(SEED)
    disk.mount()
    platform = Platform(data_dir=os.path.join(disk.path, "data"))
    signal.alarm(60 + 60 * CUTS)
    try:
        platform.start()
        url, deleted, doubtful, expected = make_queue(platform), set(), set(), set()
        for round_number in range(CUTS):
            sender, consumer = Sender(platform, url, f"cut{round_number}"), Consumer(platform, url)
            sender.start()
            consumer.start()
            assert wait_until(lambda: len(sender.acknowledged) >= 20 and consumer.deleted, 30)
            time.sleep(chance.uniform(0, 1.5))
            gone, kept = set(consumer.deleted), set(sender.acknowledged)
            doubtful |= consumer.asked - gone
            sender.stopping = consumer.stopping = True
            cut_power(platform, disk)
            sender.join(90)
            consumer.join(90)
            doubtful |= consumer.asked - gone
            deleted |= gone
            expected |= kept
            platform.start()
        found = Consumer(platform, url)
        found.deleted = set(deleted)

        def missing():
            return expected - found.deleted - doubtful
        assert wait_until(lambda: found.step() == 0 and not missing(), 60, 1), missing()
        assert found.came_back == set()
    finally:
        platform.remove()
