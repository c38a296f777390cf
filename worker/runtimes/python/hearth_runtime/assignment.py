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
# What functions import most often; AWS's runtime has all of it loaded, too.
USUAL_MODULES = ("base64", "collections", "datetime", "decimal", "functools", "hashlib", "json", "logging", "random",
                 "re", "traceback", "typing", "urllib.parse", "uuid")

_loaded_early = []  # the usual modules and what they brought along


def wait():
    fd = os.environ.get(VARIABLE)
    if fd is None:
        return
    _load_usual_modules()
    strings = _receive(int(fd))
    if not strings:
        sys.exit(0)  # the worker is gone
    os.environb.clear()
    for string in strings:
        name, _, value = string.partition(b"=")
        os.environb[name] = value
    time.tzset()
    os.chdir(os.environ.get("LAMBDA_TASK_ROOT", "/var/task"))


def forget_shadowed(folders):
    """A function's own module of a usual name wins, as it does where nothing was loaded before."""
    if not _loaded_early:
        return
    own = {name.partition(".")[0] for folder in folders for name in _names_in(folder)}
    for name in _loaded_early:
        if name.partition(".")[0] in own:
            sys.modules.pop(name, None)


def _names_in(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return ()


def _load_usual_modules():
    before = set(sys.modules)
    for name in USUAL_MODULES:
        __import__(name)
    _loaded_early.extend(name for name in sys.modules if name not in before)
    from . import logging_setup  # noqa: F401


def _receive(fd):
    os.write(fd, b"!")
    data = b""
    while part := os.read(fd, RECEIVE_BYTES):
        data += part
    os.close(fd)
    return data.split(b"\0")[:-1]
