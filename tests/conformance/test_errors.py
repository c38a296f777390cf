"""Each recorded error of AWS, provoked: same code, status, message key and text."""

import csv
import json
import os

import pytest

import error_cases
import event_error_cases  # noqa: F401: registers its cases
import layer_error_cases  # noqa: F401: registers its cases
import permission_error_cases  # noqa: F401  registers its cases
import provisioned_error_cases  # noqa: F401  registers its cases
from api import error_of

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "testdata", "errors.tsv")
# Texts of a JSON parser that cannot be the same word for word: the beginning is.
JACKSON = "Could not parse request body into json: Could not parse payload into json: "


def rows():
    with open(TABLE, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


INSIDE = [row for row in rows() if not error_cases.is_outside(row)]


def expected_text(template, values):
    for key, value in values.items():
        template = template.replace(key if key.startswith("<") else "{" + key + "}", value)
    return template


@pytest.mark.parametrize("row", INSIDE, ids=lambda row: f"{row['operations']}-{row['condition']}"[:90])
def test_the_error_is_the_recorded_one(api, functions, row):
    answers = 0
    for answer, values in error_cases.CASES[(row["operations"], row["condition"])](api, functions):
        answers += 1
        error_type, key, message, type_member = error_of(answer)
        assert (error_type, answer.status) == (row["error"], int(row["http_status"])), answer
        assert key == row["body_key"], answer
        if row["message"].startswith(JACKSON):
            assert message.startswith(JACKSON)
        elif row["message"] == "(null)":
            assert message is None
        elif not row["message"].startswith("(text not recorded"):
            assert message == expected_text(row["message"], values)
        untyped = row["error"] == "ValidationException" or row["http_status"] == "413" or "no Type" in row["note"]
        if row["error"] != "AccessDeniedException":  # recorded both with and without
            assert type_member == (None if untyped else "User"), answer
    assert answers > 0, "the condition did not arise"


def test_every_recorded_error_is_provoked_or_explained():
    missing = [(row["section"], row["operations"], row["condition"]) for row in INSIDE
               if (row["operations"], row["condition"]) not in error_cases.CASES]
    assert missing == []
    known = {(row["operations"], row["condition"]) for row in rows()}
    assert set(error_cases.CASES) | set(error_cases.OUTSIDE) <= known


def test_an_error_never_shows_the_inside(api):
    broken = api.call("POST", "/2015-03-31/functions", body=b"{")
    for answer in (api.get("absent"), broken, api.call("GET", "/nowhere")):
        text = json.dumps(json.loads(answer.body))
        for word in (".cc", "absl", "rocksdb", "/var/", "/tmp/", "hearth::"):
            assert word not in text
