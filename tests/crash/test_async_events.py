"""No event that was acknowledged is lost, whatever is killed and whenever.

HEARTH_ASYNC_KILLS says how often the controller is killed (4 by default).
"""

import json
import os
import signal
import threading
import time

import botocore.exceptions

import function_packages as packages
from platform_fixture import Functions, wait_until

KILLS = int(os.environ.get("HEARTH_ASYNC_KILLS", "4"))
SENDERS = 4
PAUSE_SECONDS = 0.02  # of each sender: about 200 events a second together
WITNESS = """
def handler(event, context):
    print("RAN " + event["id"])
"""
REFUSALS = (botocore.exceptions.ClientError, botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError)


class Sender(threading.Thread):
    def __init__(self, platform, name, number):
        super().__init__(daemon=True)
        self.client, self.name, self.number = platform.client(), name, number
        self.acknowledged, self.stopping = set(), False

    def run(self):
        count = 0
        while not self.stopping:
            count += 1
            event = f"{self.number}-{count}"
            try:
                self.client.invoke(FunctionName=self.name, InvocationType="Event", Payload=json.dumps({"id": event}))
                self.acknowledged.add(event)
            except REFUSALS:
                pass
            time.sleep(PAUSE_SECONDS)


def runs_of(platform, name):
    """event id -> how often it ran, as the function's log says."""
    logs, runs = platform.client("logs"), {}
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}", filterPattern="RAN")
    for event in pages.build_full_result()["events"]:
        identity = event["message"].split()[1]
        runs[identity] = runs.get(identity, 0) + 1
    return runs


def test_no_acknowledged_event_is_lost_when_the_controller_is_killed(make_platform):
    platform = make_platform().start()
    signal.alarm(120 + 20 * KILLS)
    name = Functions(platform).deploy(packages.python_text(WITNESS))
    senders = [Sender(platform, name, number) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        time.sleep(1)
        os.kill(platform.pid("hearth-controller"), signal.SIGKILL)
        assert wait_until(lambda: sum(len(sender.acknowledged) for sender in senders) > 0, 20)
    time.sleep(1)
    for sender in senders:
        sender.stopping = True
    for sender in senders:
        sender.join(70)
    acknowledged = set().union(*(sender.acknowledged for sender in senders))
    assert len(acknowledged) > 20 * KILLS

    def missing():
        try:
            return acknowledged - runs_of(platform, name).keys()
        except REFUSALS:
            return acknowledged
    assert wait_until(lambda: not missing(), 60, 0.5), f"lost: {len(missing())} of {len(acknowledged)}"
