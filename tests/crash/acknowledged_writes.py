"""A client that changes everything a function's owner may change, and remembers what was acknowledged.

A write is a dict of facts: (name, kind, …) -> value, None for what is gone. What the last, unanswered write touched is
in doubt, and so is everything else of that name.
"""

import base64
import hashlib
import random
import subprocess
import threading
import urllib.request

import botocore.exceptions

import function_packages as packages

REFUSALS = (botocore.exceptions.ClientError, botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError,
            botocore.exceptions.BotoCoreError)
NAMES = 12
# An update that is not settled yet: the write did not happen, and the next one may.
NOT_YET = ("ResourceConflictException",)


class Writer(threading.Thread):
    """Writes until it is refused."""

    def __init__(self, functions, round_number, seed):
        super().__init__(daemon=True)
        self.functions, self.client, self.round = functions, functions.client, round_number
        self.chance = random.Random(f"{seed}/{round_number}")
        self.facts = {}         # what this client was told and has not changed since
        self.acknowledged = []  # writes, oldest first
        self.in_doubt = None
        self.number = 0

    def run(self):
        while True:
            name = f"cut{self.round}-{self.chance.randrange(NAMES)}"
            self.in_doubt = name
            self.number += 1
            try:
                write = self._write(name)
            except REFUSALS as refused:
                if isinstance(refused, botocore.exceptions.ClientError) and \
                        refused.response["Error"]["Code"] in NOT_YET:
                    continue
                return
            self.facts.update(write)
            self.acknowledged.append(write)

    def _write(self, name):
        if self.facts.get((name, "function")) is None:
            return self._create(name)
        often = (self._publish, self._point, self._permit)
        seldom = (self._describe, self._forbid, self._layer, self._rotate)
        return self.chance.choice((*often, *often, *seldom, self._remove))(name)

    def _of(self, name, kind):
        return sorted(key[2] for key, value in self.facts.items()
                      if key[0] == name and key[1] == kind and value is not None)

    def _create(self, name):
        number = str(self.number)
        self.functions.create(packages.python(), FunctionName=name, Description=number,
                              Environment={"Variables": {"NUMBER": number}})
        return {(name, "function"): number, (name, "variable"): number}

    def _describe(self, name):
        self.client.update_function_configuration(FunctionName=name, Description=str(self.number))
        return {(name, "function"): str(self.number)}

    def _publish(self, name):
        answer = self.client.publish_version(FunctionName=name, Description=str(self.number))
        return {(name, "version", answer["Version"]): answer["Description"]}

    def _point(self, name):
        versions = self._of(name, "version")
        if not versions:
            return self._publish(name)
        alias, version = self.chance.choice("ab"), self.chance.choice(versions)
        weights = {other: 0.25 for other in versions[:1] if other != version}
        known = self.facts.get((name, "alias", alias)) is not None
        write = self.client.update_alias if known else self.client.create_alias
        write(FunctionName=name, Name=alias, FunctionVersion=version,
              RoutingConfig={"AdditionalVersionWeights": weights})
        return {(name, "alias", alias): (version, weights)}

    def _permit(self, name):
        statement = f"s{self.number}"
        self.client.add_permission(FunctionName=name, StatementId=statement, Action="lambda:InvokeFunction",
                                   Principal="s3.amazonaws.com")
        return {(name, "permission", statement): "s3.amazonaws.com"}

    def _forbid(self, name):
        statements = self._of(name, "permission")
        if not statements:
            return self._permit(name)
        self.client.remove_permission(FunctionName=name, StatementId=statements[0])
        return {(name, "permission", statements[0]): None}

    def _layer(self, name):
        package = packages.make_zip({"number": f"{self.round}/{self.number}"})
        answer = self.client.publish_layer_version(LayerName=name, Description=str(self.number),
                                                   Content={"ZipFile": package})
        return {(name, "layer", str(answer["Version"])): (str(self.number), sha256(package))}

    def _rotate(self, _):
        """A new key of the installation: all that is sealed, variables too, is sealed anew behind the writes."""
        platform = self.functions.platform
        try:
            platform.hearth("keyring", "rotate", "--data-dir", platform.data_dir)
        except (AssertionError, subprocess.SubprocessError):  # the power is gone: the next write says so too
            pass
        return {}

    def _remove(self, name):
        self.client.delete_function(FunctionName=name)
        gone = {key: None for key in self.facts if key[0] == name and key[1] != "layer"}
        return {**gone, (name, "function"): None}

    def certain(self, count):
        """The facts after the first `count` acknowledgements, less those of names that a later write touched."""
        facts, later = {}, {self.in_doubt}
        for write in self.acknowledged[:count]:
            facts.update(write)
        for write in self.acknowledged[count:]:
            later |= {key[0] for key in write}
        return {key: value for key, value in facts.items() if key[0] not in later}


def found(client):
    """Every fact the platform knows."""
    def all_of(operation, member, **arguments):
        return client.get_paginator(operation).paginate(**arguments).build_full_result()[member]

    facts = {}
    for one in all_of("list_functions", "Functions"):
        name = one["FunctionName"]
        facts[name, "function"] = one["Description"]
        facts[name, "variable"] = one.get("Environment", {}).get("Variables", {}).get("NUMBER")
        for version in all_of("list_versions_by_function", "Versions", FunctionName=name):
            if version["Version"] != "$LATEST":
                facts[name, "version", version["Version"]] = version["Description"]
        for alias in all_of("list_aliases", "Aliases", FunctionName=name):
            weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
            facts[name, "alias", alias["Name"]] = (alias["FunctionVersion"], weights)
        for statement in statements(client, name):
            facts[name, "permission", statement["Sid"]] = statement["Principal"]["Service"]
    for layer in all_of("list_layers", "Layers"):
        for version in all_of("list_layer_versions", "LayerVersions", LayerName=layer["LayerName"]):
            facts[layer["LayerName"], "layer", str(version["Version"])] = (
                version["Description"], sha256(package_of(client, layer["LayerName"], version["Version"])))
    return facts


def sha256(package):
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def package_of(client, layer, version):
    """The bytes themselves, by the address that GetLayerVersion gives."""
    content = client.get_layer_version(LayerName=layer, VersionNumber=version)["Content"]
    with urllib.request.urlopen(content["Location"], timeout=30) as answer:
        return answer.read()


def statements(client, name):
    try:
        return packages.from_json(client.get_policy(FunctionName=name)["Policy"].encode())["Statement"]
    except client.exceptions.ResourceNotFoundException:
        return []
