"""docs/aws_compatibility.md says what the tables say, and the tables leave nothing out."""

import compatibility
import test_refused_members
import test_unknown_operations


def test_the_document_is_what_the_tables_say():
    with open(compatibility.DOCUMENT, encoding="utf-8") as file:
        assert file.read() == compatibility.document(), "run tests/conformance/compatibility.py --write"


def test_every_operation_of_the_model_is_listed_once():
    names = [row["name"] for row in compatibility.operations() if row["service"] == "lambda"]
    assert len(names) == len(set(names)) == 85
    assert compatibility.implemented() == test_unknown_operations.IMPLEMENTED


def test_every_member_is_enforced_or_refused_and_says_how():
    rows = compatibility.table("members.tsv")
    assert {row["status"] for row in rows} == {"enforced", "refused"}
    assert all(row["how"] for row in rows)
    assert len({(row["operation"], row["member"]) for row in rows}) == len(rows) > 120


def test_every_refused_member_has_a_probe():
    probes = set(test_refused_members.BODY_PROBES) | set(test_refused_members.HEADER_PROBES)
    missing = [(operation, member) for operation, member in test_refused_members.REFUSED
               if member not in probes and member.replace("Code.", "").replace("Content.", "") not in probes]
    assert missing == []
