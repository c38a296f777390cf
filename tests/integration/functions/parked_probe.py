"""What a function can see of the environment it runs in, and a few ways to use it up."""

import os
import random
import subprocess
import time

BORN = {"random": random.random(), "hash": hash("a text"), "urandom": os.urandom(8).hex()}


def seen(event):
    found = {
        "environ": dict(os.environ),
        "child": subprocess.run(["/usr/bin/env", "-0"], capture_output=True, text=True, check=True).stdout.split("\0"),
        "tmp": sorted(os.listdir("/tmp")), "shm": os.listdir("/dev/shm"), "opt": os.listdir("/opt"),
        "task": sorted(os.listdir("/var/task")), "cwd": os.getcwd(), "uid": os.getuid(), "pid": os.getpid(),
        "fds": sorted(int(name) for name in os.listdir("/proc/self/fd")),
        "proc_environ": open("/proc/self/environ", encoding="utf-8").read(), "born": BORN,
        "zone": time.strftime("%Z"), "mounts": open("/proc/self/mounts", encoding="utf-8").read(),
    }
    if "leave" in event:
        for folder in ("/tmp", "/dev/shm"):
            with open(f"{folder}/left", "w", encoding="utf-8") as file:
                file.write(event["leave"])
    return found


def use_memory(_event):
    hoard = []
    while True:
        hoard.append(bytearray(b"x") * (1 << 20))


def use_cpu(event):
    wall, cpu = time.monotonic(), time.process_time()
    while time.monotonic() - wall < event["seconds"]:
        pass
    return (time.process_time() - cpu) / (time.monotonic() - wall)


def use_processes(_event):
    children = []
    try:
        while len(children) < 2000:
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            children.append(child)
    except OSError:
        pass
    for child in children:
        os.kill(child, 9)
        os.waitpid(child, 0)
    return len(children)


def sleep(event):
    time.sleep(event["seconds"])


def handler(event, _context):
    return globals()[event.get("do", "seen")](event)
