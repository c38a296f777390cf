"""What was published and acknowledged reaches everyone who had subscribed, however often the controller is killed.

HEARTH_TOPIC_KILLS says how often (3 by default).
"""

import json
import os
import signal
import threading
import time

import function_packages as packages
from platform_fixture import ACCOUNT, REGION, Functions, wait_until
from test_async_events import REFUSALS, runs_of

KILLS = int(os.environ.get("HEARTH_TOPIC_KILLS", "3"))
PUBLISHERS = 3
WITNESS = """
def handler(event, context):
    for record in event["Records"]:
        print("RAN " + record["Sns"]["Message"])
"""


class Publisher(threading.Thread):
    """Publishes until it is told to stop; remembers what was acknowledged."""

    def __init__(self, platform, arn, number):
        super().__init__(daemon=True)
        self.sns, self.arn, self.number = platform.client("sns"), arn, number
        self.acknowledged, self.stopping = set(), False

    def run(self):
        count = 0
        while not self.stopping:
            count += 1
            text = f"{self.number}-{count}"
            try:
                self.sns.publish(TopicArn=self.arn, Message=text)
                self.acknowledged.add(text)
            except REFUSALS:
                pass
            time.sleep(0.02)


def subscribe_queue(platform, arn):
    sqs = platform.client("sqs")
    queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:told"
    policy = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue_arn, "Condition": {"ArnEquals": {"aws:SourceArn": arn}}}}
    url = sqs.create_queue(QueueName="told", Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
    platform.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn,
                                     Attributes={"RawMessageDelivery": "true"})
    return url


def take_all(platform, url, seen):
    sqs = platform.client("sqs")
    while True:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        if not messages:
            return
        seen.update(message["Body"] for message in messages)
        sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]} for i, message in enumerate(messages)])


def test_every_acknowledged_message_reaches_a_queue_and_a_function(make_platform):
    platform = make_platform().start()
    signal.alarm(180 + 20 * KILLS)
    name = Functions(platform).deploy(packages.python_text(WITNESS), Timeout=3)
    client, sns = platform.client(), platform.client("sns")
    arn = sns.create_topic(Name="crash")["TopicArn"]
    url = subscribe_queue(platform, arn)
    client.add_permission(FunctionName=name, StatementId="sns", Action="lambda:InvokeFunction",
                          Principal="sns.amazonaws.com", SourceArn=arn)
    function = client.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=function)
    publishers = [Publisher(platform, arn, number) for number in range(PUBLISHERS)]
    for publisher in publishers:
        publisher.start()
    for _ in range(KILLS):
        time.sleep(1)
        os.kill(platform.pid("hearth-controller"), signal.SIGKILL)
        before = sum(len(publisher.acknowledged) for publisher in publishers)
        assert wait_until(lambda: sum(len(one.acknowledged) for one in publishers) > before + 20, 30)
    for publisher in publishers:
        publisher.stopping = True
    for publisher in publishers:
        publisher.join(70)
    acknowledged = set().union(*(publisher.acknowledged for publisher in publishers))
    assert len(acknowledged) > 20 * KILLS
    seen = set()

    def missing():
        try:
            take_all(platform, url, seen)
            return (acknowledged - seen) | (acknowledged - runs_of(platform, name).keys())
        except REFUSALS:
            return acknowledged
    assert wait_until(lambda: not missing(), 90, 0.5), f"lost: {len(missing())} of {len(acknowledged)}"
