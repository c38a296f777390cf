#!/usr/bin/env python3
"""Adds up the results of the test steps; the last line printed is "N passed, N failed, N skipped".

Usage: count_results.py LOG_DIRECTORY STEP...
A step left STEP.xml (JUnit) and STEP.status (its exit status). A step that failed as a whole, or left no results,
counts as one failure.
"""

import os
import sys
import xml.etree.ElementTree as xml


def outcome(case):
    """passed, failed or skipped, of one JUnit test case; ctest says it in an attribute, pytest in a child."""
    if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
        return "failed"
    if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        return "skipped"
    return "passed"


def count_step(directory, step):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    try:
        for case in xml.parse(os.path.join(directory, step + ".xml")).iter("testcase"):
            counts[outcome(case)] += 1
    except (OSError, xml.ParseError):
        pass
    try:
        with open(os.path.join(directory, step + ".status"), encoding="utf-8") as file:
            status = int(file.read())
    except (OSError, ValueError):
        status = 1
    if counts["failed"] == 0 and (status != 0 or counts["passed"] + counts["skipped"] == 0):
        counts["failed"] = 1
    return counts


def main():
    directory, steps = sys.argv[1], sys.argv[2:]
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for step in steps:
        counts = count_step(directory, step)
        print(f"{step:12} {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped;")
        for key, value in counts.items():
            total[key] += value
    print()
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
