#!/usr/bin/python3
"""How fast messages and events are accepted durably, beside what the disk itself can do, measured in one run.

    sudo tests/performance/queues.py [--build build/release] [--rounds 3] [--seconds 5] [--messages 40]

A bare loop of fdatasync on the same disk is the baseline: accepts that share a synced write may pass it. Then, while
nothing else happens, how long a message takes until its function begins.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import boto3

from compare import Platform, REPOSITORY

CONNECTIONS = 64
WITNESS = """
import time
def handler(event, context):
    print("BEGAN %s %.6f" % (event["Records"][0]["body"], time.time()))
"""


def bare_syncs(folder, seconds):
    """Synced writes of 200 bytes a second, one after the other, and the slowest in a hundred in ms."""
    path = folder / "bare"
    handle, took = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        os.write(handle, b"x" * 200)
        os.fdatasync(handle)
        took.append(time.monotonic() - start)
    os.close(handle)
    path.unlink()
    return len(took) / sum(took), sorted(took)[int(len(took) * 0.99)] * 1000


def load(platform, url, seconds, *arguments, warmup=1):
    """hearth-load's report of a closed loop of 64 connections."""
    command = [platform.bin / "hearth-load", url, "-c", str(CONNECTIONS),
               "--seconds", str(seconds), "--warmup", str(warmup),
               "--access-key", platform.keys["aws_access_key_id"],
               "--secret-key", platform.keys["aws_secret_access_key"], *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def client_of(platform, service):
    return boto3.client(service, region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{platform.port}",
                        aws_access_key_id=platform.keys["aws_access_key_id"],
                        aws_secret_access_key=platform.keys["aws_secret_access_key"])


def deploy(platform, name):
    import io
    import zipfile
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", WITNESS)
    platform.client.create_function(FunctionName=name, Runtime="python3.11", Handler="handler.handler", MemorySize=512,
                                    Role="arn:aws:iam::000000000000:role/bench",
                                    Code={"ZipFile": packed.getvalue()})
    platform.client.get_waiter("function_active_v2").wait(FunctionName=name)


def idle_latencies(platform, sqs, count):
    """Milliseconds from before SendMessage to the first line of the function, one message at a time."""
    deploy(platform, "began")
    url = sqs.create_queue(QueueName="idle")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    platform.client.create_event_source_mapping(FunctionName="began", EventSourceArn=arn, BatchSize=1)
    sent = {}
    for number in range(count + 1):  # the first one makes the environment
        time.sleep(3 if number == 1 else 0.3)
        sent[str(number)] = time.time()
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    time.sleep(3)
    events = client_of(platform, "logs").get_paginator("filter_log_events").paginate(
        logGroupName="/aws/lambda/began", filterPattern="BEGAN").build_full_result()["events"]
    began = {words[1]: float(words[2]) for words in (event["message"].split() for event in events)}
    return sorted((began[number] - sent[number]) * 1000 for number in began if number != "0")


def measure(options, folder):
    with Platform(options.build, folder) as platform:
        sqs = client_of(platform, "sqs")
        url = sqs.create_queue(QueueName="load")["QueueUrl"]
        body = json.dumps({"QueueUrl": url, "MessageBody": "x" * 100})
        rounds = []
        for _ in range(options.rounds):
            rate, slow = bare_syncs(folder, 2)
            sent = load(platform, f"http://127.0.0.1:{platform.port}/", options.seconds, "--service", "sqs", "--body",
                        body, "-H", "X-Amz-Target: AmazonSQS.SendMessage", "-H",
                        "Content-Type: application/x-amz-json-1.0")
            rounds.append((rate, slow, sent))
            print(f"bare fdatasync {rate:.0f}/s, p99 {slow:.1f} ms | SendMessage {json.dumps(sent)}", flush=True)
        latencies = idle_latencies(platform, sqs, options.messages)
        print(f"message to function start, idle: p50 {statistics.median(latencies):.1f} ms, "
              f"p99 {latencies[int(len(latencies) * 0.99)]:.1f} ms, {len(latencies)} messages")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=REPOSITORY / "build/release")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--messages", type=int, default=40)
    parser.add_argument("--folder", help="where the data lies; its disk is what is measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hearth-queues-", dir=options.folder) as folder:
        measure(options, pathlib.Path(folder))


if __name__ == "__main__":
    main()
