#!/usr/bin/env python3
"""Writes docs/aws_compatibility.md from testdata/ops.tsv and testdata/members.tsv; a test compares.

Usage: compatibility.py [--write]
"""

import collections
import csv
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
DOCUMENT = os.path.join(os.path.dirname(os.path.dirname(FOLDER)), "docs", "aws_compatibility.md")

HEAD = """# AWS compatibility

What Hearth accepts it enforces; what it does not carry out it refuses with an AWS error, and never stores and ignores.
This page is written by `tests/conformance/compatibility.py` from the tables beside it; the conformance tests send every
refused operation and every refused member, and fail when one is accepted.

- **enforced**: the request does what AWS's does, within the limits named.
- **refused**, an operation: it fails with UnsupportedOperationException, 400. What no operation of Lambda is fails with
  UnknownOperationException, 404.
- **refused**, a member: the request fails with the error named. There may be one harmless value (AWS's default, or
  empty) that is accepted; it is named too.

Members that AWS's model does not know are ignored, as AWS ignores them. Requests are signed with Signature Version 4,
in the header or in the query; the service is `lambda`.

AWS's own runtime clients run unmodified as `provided.*` functions: aws-lambda-go and awslambdaric (whose core is
aws-lambda-cpp) in every `tests/run` that can fetch them, lambda_runtime of Rust by hand
(`tests/fixtures/public_clients/README.md`).

## Operations

"""
KMS_CONDITION_KEYS = (
    "BypassPolicyLockoutSafetyCheck", "CallerAccount", "EncryptionAlgorithm", "EncryptionContext:*",
    "EncryptionContextKeys", "GrantConstraintType", "GrantIsForAWSResource", "GrantOperations", "GranteePrincipal",
    "KeyOrigin", "KeySpec", "KeyUsage", "MultiRegion", "ReEncryptOnSameKey", "RequestAlias", "ResourceAliases",
    "RetiringPrincipal", "ScheduleKeyDeletionPendingWindowInDays", "ViaService")


def table(name):
    with open(os.path.join(FOLDER, "testdata", name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def operations():
    return [row for row in table("ops.tsv") if row["method"]]


def implemented():
    """The operations of members.tsv, and those without members."""
    return {row["operation"] for row in table("members.tsv")} | {"GetAccountSettings"}


def operation_lines():
    groups = collections.OrderedDict()
    for row in operations():
        groups.setdefault(row["group"] if row["service"] == "lambda" else row["service"], []).append(row)
    done = implemented()
    for group, rows in groups.items():
        yield f"### {group}\n"
        yield "| operation | request | Hearth |\n|---|---|---|"
        for row in rows:
            enforced = row["service"] == "lambda" and row["name"] in done
            yield f"| {row['name']} | `{row['method']} {row['uri']}` | {'enforced' if enforced else 'refused'} |"
        yield ""


def member_lines():
    yield "## Members of the enforced operations\n"
    last = None
    for row in table("members.tsv"):
        if row["operation"] != last:
            last = row["operation"]
            yield f"\n### {last}\n\n| member | in | Hearth | how |\n|---|---|---|---|"
        yield f"| {row['member']} | {row['where']} | {row['status']} | {row['how']} |"
    yield "\n### GetAccountSettings\n\nHas no members.\n"


def counts():
    lambda_rows = [row for row in operations() if row["service"] == "lambda"]
    done = implemented()
    enforced = [row for row in lambda_rows if row["name"] in done]
    return (f"Of the {len(lambda_rows)} operations of Lambda, {len(enforced)} are enforced and "
            f"{len(lambda_rows) - len(enforced)} are refused. Two further services share Lambda's endpoint; they are "
            "refused too. Calls of CloudWatch Logs that `aws logs tail` and `hearth logs` need are served, and AWS KMS "
            "for symmetric keys, with key policies and grants, all operations of Amazon SQS (without encryption of "
            "messages), Amazon SNS for standard topics with subscriptions of queues and functions of the subscriber's "
            "account, and of URLs where `topics.http_endpoints` is set (FIFO topics, other protocols, encryption, "
            "delivery status logs and delivery policies are refused "
            "by name; a filter policy has at most 4,096 bytes; UnsubscribeURL has to be signed), and the operations of "
            "IAM, STS and KMS below.\n")


def identity_lines():
    yield "\n## IAM and STS\n"
    yield ("Version 2010-05-08 and 2011-06-15 of the query protocol, on the same endpoint, signed for `iam` and `sts`. "
           "What is not listed fails with InvalidAction.\n")
    yield "| service | operation | limits |\n|---|---|---|"
    for row in table("identity.tsv"):
        yield f"| {row['service']} | {row['operation']} | {row['how']} |"
    yield ""


def kms_lines():
    yield "\n## KMS\n"
    yield ("Version 2014-11-01 of the JSON protocol, on the same endpoint, signed for `kms`. What is not listed fails "
           "with UnknownOperationException. Policies may ask for the condition keys "
           + ", ".join(f"kms:{name}" for name in KMS_CONDITION_KEYS) + ", and for tags.\n")
    yield "| operation | limits |\n|---|---|"
    for row in table("kms.tsv"):
        yield f"| {row['operation']} | {row['how']} |"
    yield ""


def document():
    sections = (operation_lines(), member_lines(), identity_lines(), kms_lines())
    return "\n".join([HEAD + counts()] + [line for section in sections for line in section])


def main():
    if "--write" in sys.argv:
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(document())
        return 0
    with open(DOCUMENT, encoding="utf-8") as file:
        same = file.read() == document()
    print("docs/aws_compatibility.md is", "as the tables say" if same else "out of date: run compatibility.py --write")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
