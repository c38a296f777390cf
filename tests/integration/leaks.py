#!/usr/bin/env python3
"""What a run of Hearth may leave on a machine: processes, cgroups, mounts, network namespaces, loop devices, sockets.

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


def processes_of(instance, data_dir):
    """pid -> command line of what belongs to one `hearth dev`: its daemons and all that lives in its cgroups."""
    found = {}
    for pid, command in processes().items():
        folder = f"/proc/{pid}"
        if f"/hearth-{instance}" in _read(folder + "/cgroup") or data_dir in command \
                or data_dir in _read(folder + "/environ"):
            found[pid] = command
    return found


def _write(path, text):
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except OSError:
        pass


def destroy(instance):
    """Ends what lives in the cgroups of one `hearth dev` that is dead, and removes the cgroups.

    A frozen process of cgroup v1 dies only once it is thawed, and whoever would thaw it is gone: it is moved out.
    """
    tops = [path for path in cgroups() if os.path.basename(path).startswith(f"hearth-{instance}")]
    for top in tops:
        _write(top + "/cgroup.kill", "1")
        for folder, _, _ in os.walk(top):
            if os.path.exists(folder + "/freezer.state"):
                for pid in _read(folder + "/cgroup.procs").split():
                    _write("/sys/fs/cgroup/freezer/cgroup.procs", pid)
                _write(folder + "/freezer.state", "THAWED")
    time.sleep(0.2)
    for top in tops:
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                pass


def runs_our_program(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe").startswith(os.path.join(BUILD_DIR, "bin") + "/")
    except OSError:
        return False


def remains_of(instance, data_dir):
    """What is left of one `hearth dev`, as lines. A namespace lives by its processes or by a mount: both are seen."""
    lines = [f"process {pid}: {command}" for pid, command in processes_of(instance, data_dir).items()]
    lines += [f"cgroup {path}" for path in cgroups() if os.path.basename(path).startswith(f"hearth-{instance}")]
    lines += [f"mount {path}" for path in mounts() if path.startswith(data_dir + "/") or instance in path]
    lines += [f"loop device with {path}" for path in loop_files() if path.startswith(data_dir + "/")]
    lines += [f"socket {name}" for name in sockets() if data_dir in name or instance in name]
    return lines


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


def cgroup_children(instance):
    """The cgroups of the environments of one `hearth dev`: those below its workers' own, less the permanent ones."""
    return sorted(child for group in cgroups() if os.path.basename(group).startswith(f"hearth-{instance}")
                  for child in glob.glob(group + "/*/**/", recursive=True)
                  if os.path.dirname(os.path.normpath(child)) != group
                  and not os.path.basename(os.path.normpath(child)).startswith("_"))


def mounts():
    """Mount points that belong to Hearth in this mount namespace."""
    return sorted(line.split()[1] for line in _read("/proc/self/mounts").splitlines()
                  if "hearth" in line or line.split()[2] == "nsfs")


def network_namespaces():
    """The named network namespaces; one without a name lives only as long as its processes."""
    return sorted(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else []


def loop_files():
    """What Hearth's loop devices stand for: the volumes of /tmp."""
    files = [_read(path).strip() for path in glob.glob("/sys/block/loop*/loop/backing_file")]
    return sorted(path for path in files if "/volumes/" in path)


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
        "loop devices": loop_files(),
        "sockets": sockets(),
    }


def difference(before, after):
    """What is there after and was not before, as lines; a pid alone is no sign of an old process."""
    lines = []
    for pid, command in after["processes"].items():
        if before["processes"].get(pid) != command:
            lines.append(f"process {pid}: {command}")
    for kind in ("cgroups", "mounts", "network namespaces", "loop devices", "sockets"):
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
