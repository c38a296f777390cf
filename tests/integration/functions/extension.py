#!/usr/bin/python3 -I
"""An external extension. EXTENSION_DO, a variable of its function, says what it does besides printing its events."""

import http.client
import json
import os
import sys
import time

DO = os.environ.get("EXTENSION_DO", "")
EVENTS = os.environ.get("EXTENSION_EVENTS", "INVOKE,SHUTDOWN").split(",")
NAME = os.path.basename(sys.argv[0])


def say(**what):
    print(json.dumps({"extension": NAME, **what}), flush=True)


def ask(connection, method, verb, headers, body=None):
    connection.request(method, "/2020-01-01/extension/" + verb, body, headers)
    answer = connection.getresponse()
    return answer, json.loads(answer.read() or b"null")


def main():
    if DO == "never":
        sys.exit(3)
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    answer, facts = ask(api, "POST", "register", {"Lambda-Extension-Name": NAME,
                                                  "Lambda-Extension-Accept-Feature": "accountId"},
                        json.dumps({"events": [event for event in EVENTS if event]}))
    identity = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]}
    say(registered=facts, variables=sorted(os.environ), folder=os.getcwd())
    if DO == "init_error":
        ask(api, "POST", "init/error", {**identity, "Lambda-Extension-Function-Error-Type": "Extension.NoKey"}, "{}")
        time.sleep(60)
    while True:
        _, event = ask(api, "GET", "event/next", identity)
        say(event=event)
        if event["eventType"] == "SHUTDOWN":
            say(last="word")
            return
        if DO == "crash":
            sys.exit(3)
        if DO == "slow":
            time.sleep(1)


main()
