"""A runtime that is booted before its function is known waits here for the function's environment.

Wire:    on the socket _HEARTH_ASSIGNMENT_FD names, one byte from us once we have booted; then "NAME=value" strings,
         each with a zero byte at its end, until the end of the socket. They replace the environment.
Source:  docs/decisions/0012; worker/environments/parked/parked_environment.h is the other end.
"""

import os
import sys
import time

VARIABLE = "_HEARTH_ASSIGNMENT_FD"
RECEIVE_BYTES = 64 * 1024


def wait():
    fd = os.environ.get(VARIABLE)
    if fd is None:
        return
    strings = _receive(int(fd))
    if not strings:
        sys.exit(0)  # the worker is gone
    os.environb.clear()
    for string in strings:
        name, _, value = string.partition(b"=")
        os.environb[name] = value
    time.tzset()
    os.chdir(os.environ.get("LAMBDA_TASK_ROOT", "/var/task"))


def _receive(fd):
    os.write(fd, b"!")
    data = b""
    while part := os.read(fd, RECEIVE_BYTES):
        data += part
    os.close(fd)
    return data.split(b"\0")[:-1]
