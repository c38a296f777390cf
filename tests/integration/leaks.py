#!/usr/bin/env python3
"""What a run of Hearth may leave on a machine: processes, cgroups, mounts, network namespaces, sockets.

Usage: leaks.py snapshot FILE | leaks.py compare FILE [--junit FILE]
"""

import glob
import json
import os
import re
import sys
import time
import xml.etree.ElementTree as xml

BUILD_DIR = os.environ.get("HEARTH_BUILD_DIR") or os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "build", "dev")


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def processes():
    """pid -> command line of every process that runs a program of this build, or lives in a cgroup of Hearth."""
    found = {}
    for folder in glob.glob("/proc/[0-9]*"):
        pid = int(folder.rpartition("/")[2])
        try:
            binary = os.readlink(folder + "/exe")
        except OSError:
            binary = ""
        if binary.startswith(os.path.join(BUILD_DIR, "bin") + "/") or _in_hearth_cgroup(folder):
            command = _read(folder + "/cmdline").replace("\0", " ").strip()
            found[pid] = command or _read(folder + "/comm").strip()
    found.pop(os.getpid(), None)
    return found


def _in_hearth_cgroup(folder):
    return re.search(r":/hearth", _read(folder + "/cgroup")) is not None


def cgroups():
    """Every cgroup directory whose name begins with hearth, on every hierarchy."""
    found = []
    for root in ("/sys/fs/cgroup",):
        for folder, names, _ in os.walk(root):
            depth = folder[len(root):].count("/")
            hearth = [name for name in names if name.startswith("hearth")]
            found += [os.path.join(folder, name) for name in hearth]
            names[:] = [] if depth >= 3 else [name for name in names if name not in hearth]
    return sorted(found)


def cgroup_children():
    """The cgroups below Hearth's own: one for every live environment."""
    return sorted(child for group in cgroups() for child in glob.glob(group + "/**/", recursive=True)
                  if os.path.normpath(child) != group)


def mounts():
    """Mount points that belong to Hearth in this mount namespace."""
    return sorted(line.split()[1] for line in _read("/proc/self/mounts").splitlines() if "hearth" in line)


def network_namespaces():
    """Inodes of the network namespaces of all live processes, and the named ones."""
    found = {name for name in (os.listdir("/run/netns") if os.path.isdir("/run/netns") else [])}
    for path in glob.glob("/proc/[0-9]*/ns/net"):
        try:
            found.add(os.readlink(path))
        except OSError:
            pass
    return sorted(found)


def sockets():
    """Unix sockets of Hearth with a path or a name."""
    found = set()
    for line in _read("/proc/net/unix").splitlines()[1:]:
        fields = line.split()
        if len(fields) == 8 and "hearth" in fields[7]:
            found.add(fields[7])
    return sorted(found)


def snapshot():
    return {
        "processes": {str(pid): command for pid, command in processes().items()},
        "cgroups": cgroups(),
        "mounts": mounts(),
        "network namespaces": network_namespaces(),
        "sockets": sockets(),
    }


def difference(before, after):
    """What is there after and was not before, as lines; a pid alone is no sign of an old process."""
    lines = []
    for pid, command in after["processes"].items():
        if before["processes"].get(pid) != command:
            lines.append(f"process {pid}: {command}")
    for kind in ("cgroups", "mounts", "network namespaces", "sockets"):
        lines += [f"{kind[:-1]} {name}" for name in after[kind] if name not in before[kind]]
    return lines


def wait_for_none(before, seconds):
    """The difference once it is empty, or what still stands when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        left = difference(before, snapshot())
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def main():
    verb, path = sys.argv[1], sys.argv[2]
    if verb == "snapshot":
        with open(path, "w", encoding="utf-8") as file:
            json.dump(snapshot(), file)
        return 0
    with open(path, encoding="utf-8") as file:
        left = wait_for_none(json.load(file), 5)
    if "--junit" in sys.argv:
        suite = xml.Element("testsuite", name="leaks")
        case = xml.SubElement(suite, "testcase", classname="leaks", name="nothing_is_left_behind")
        if left:
            xml.SubElement(case, "failure").text = "\n".join(left)
        xml.ElementTree(suite).write(sys.argv[sys.argv.index("--junit") + 1])
    print("\n".join(left) or "nothing is left behind")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
