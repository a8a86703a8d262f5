#!/usr/bin/env python3
"""Reads the sample connections and workflows the way Dynamiq does, with PyYAML and OmegaConf.

Every id that a workflow or deployment uses must be defined in its scope or in the store, every
secret must come from the environment, and some connections must be unused, so that a delete can
be tried. Where the `dynamiq` package is installed too, its loader builds every workflow, with the
store's definitions put in the place where Dynamiq looks for them.

With `--list FILE` and `--refs FILE`, the output of `conndeck list --json` and `refs --json`, the
program's answer is compared with this one. Nothing here shares code with the program: two readings
of one rule that must agree.
"""

import argparse
import json
import os
import re
import sys
import tempfile
from pathlib import Path

import yaml
from omegaconf import OmegaConf

ROOT = Path(__file__).resolve().parent.parent
METADATA = ("name", "description", "tags")
SECRET_KEY = re.compile(r"(?i)(key|password|secret|token|authorization)$")
NOT_SECRET = {"not-a-key"}
# Where Dynamiq itself looks for no references.
OPAQUE = ("prompt", "schema", "response_format")


def yaml_files(folder):
    """Every YAML file below `folder`, in a stable order."""
    return sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in (".yaml", ".yml"))


def set_dummies(text):
    """Sets every environment variable that `text` names, so that it resolves."""
    for name in re.findall(r"\$\{oc\.env:([A-Za-z0-9_]+)", text):
        os.environ.setdefault(name, "dummy")


def load(path):
    """The file's data, with interpolations resolved."""
    set_dummies(path.read_text(encoding="utf-8"))
    return OmegaConf.to_container(OmegaConf.load(path), resolve=True)


def literal_secrets(value, path=""):
    """The paths of secrets that stand in the file itself."""
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else str(key)
            if isinstance(inner, str) and SECRET_KEY.search(str(key)):
                if "${oc.env:" not in inner and inner not in NOT_SECRET:
                    yield here
            else:
                yield from literal_secrets(inner, here)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from literal_secrets(inner, f"{path}[{index}]")


def uses(value, scope, path=""):
    """Every use as (scope, node path, id). A scope is a map that may have `connections`; a
    requirement has none, since it always means the store."""
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from uses(inner, scope, f"{path}[{index}]")
    elif isinstance(value, dict):
        if "$type" in value and "$id" in value:
            yield None, path, value["$id"]
            return
        for key, inner in value.items():
            here = f"{path}.{key}" if path else str(key)
            if key in OPAQUE:
                continue
            if key in ("connection", "connection_id") and isinstance(inner, str):
                yield scope, here, inner
            elif key == "connections" and isinstance(inner, list):
                for index, item in enumerate(inner):
                    yield scope, f"{here}[{index}]", item
            elif key == "agent_factory" and isinstance(inner, dict):
                yield from uses(inner, inner, here)
            else:
                yield from uses(inner, scope, here)


def differences(what, ours, theirs):
    """A line for everything that only one of the two has."""
    for item in sorted(ours - theirs, key=str):
        yield f"{what}: the program does not have {item}"
    for item in sorted(theirs - ours, key=str):
        yield f"{what}: only the program has {item}"


def compare_refs(path, found):
    """Compares uses as (file, node path, id, certainty). A requirement is compared by the path of
    its map."""
    answer = json.loads(Path(path).read_text(encoding="utf-8"))
    theirs = {
        (use["file"], use["path"].removesuffix(".$id"), use["id"], use["certainty"])
        for use in answer["references"] + answer["shadowed"]
    }
    yield from differences("refs", found, theirs)
    for hindrance in answer["unverifiable"]:
        yield f"refs: unverifiable: {hindrance}"


def compare_list(path, store, found):
    """Compares connections as (id, type, used by), and expects no broken file."""
    answer = json.loads(Path(path).read_text(encoding="utf-8"))
    certain = [use[2] for use in found if use[3] == "certain"]
    ours = {(name, data["type"], certain.count(name)) for name, data in store.items()}
    theirs = {(entry["id"], entry["type"], entry["used_by"]) for entry in answer["connections"]}
    yield from differences("list", ours, theirs)
    for broken in answer["broken"]:
        yield f"list: broken: {broken}"


def stay_offline():
    """Flows open their clients while they are built: every connection hands out a stand-in."""
    from unittest.mock import MagicMock

    from dynamiq.connections import connections
    from dynamiq.connections.managers import ConnectionManager
    from dynamiq.nodes.tools.mcp import MCPServer

    ConnectionManager.get_connection_client = lambda *_, **__: MagicMock()
    MCPServer.get_mcp_tools = lambda *_, **__: []
    for entry in vars(connections).values():
        for method in ("connect", "connect_to_vector_store", "get_boto3_session"):
            if isinstance(entry, type) and method in vars(entry):
                setattr(entry, method, lambda *_, **__: MagicMock())


def build(data, store):
    """Lets Dynamiq's loader build the workflow, each scope completed from the store."""
    from dynamiq.serializers.loaders.yaml import WorkflowYAMLLoader

    for scope, _, connection in list(uses(data, data)):
        if scope is not None and connection not in (scope.get("connections") or {}):
            scope.setdefault("connections", {})[connection] = store[connection]
    WorkflowYAMLLoader.apply_resolved_requirements(data, store)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        yaml.safe_dump(data, file, sort_keys=False)
        file.flush()
        return WorkflowYAMLLoader.load(file.name)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--list", metavar="FILE", help="output of `conndeck list --json`")
    arguments.add_argument("--refs", metavar="FILE", help="output of `conndeck refs --json`")
    arguments = arguments.parse_args()
    try:
        import dynamiq
    except ImportError:
        dynamiq = None
        print("dynamiq is not installed: references are checked, workflows are not built")
    else:
        stay_offline()

    problems, store = [], {}
    for path in yaml_files("connections.d"):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
            problems.append(f"{path.relative_to(ROOT)}: not a map with a `type`")
            continue
        problems += [f"{path.relative_to(ROOT)}: `{at}` is a literal" for at in literal_secrets(raw)]
        data = load(path)
        store[path.stem] = {key: value for key, value in data.items() if key not in METADATA}

    found, built = set(), 0
    for path in yaml_files("workflows") + yaml_files("deployments"):
        name = path.relative_to(ROOT)
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        problems += [f"{name}: `{at}` is a literal" for at in literal_secrets(raw)]
        data = load(path)
        for scope, at, connection in uses(data, data):
            local = scope is not None and connection in (scope.get("connections") or {})
            found.add((name.as_posix(), at, connection, "shadowed" if local else "certain"))
            if local:
                continue
            if connection not in store:
                problems.append(f"{name}: `{at}` uses `{connection}`, which nothing defines")
        if dynamiq and "workflows" in data:
            try:
                built += len(build(data, store).workflows)
            except Exception as error:  # whatever the loader raises is a finding here
                problems.append(f"{name}: dynamiq refuses it: {error}")

    if dynamiq and not problems:
        from dynamiq.serializers.loaders.yaml import WorkflowYAMLLoader

        try:
            WorkflowYAMLLoader.get_connections({"connections": store}, {})
        except Exception as error:
            problems.append(f"connections.d: dynamiq refuses it: {error}")

    unused = sorted(set(store) - {use[2] for use in found if use[3] == "certain"})
    if not unused:
        problems.append("every connection is used: none is left to try a delete on")
    if arguments.refs:
        problems += compare_refs(arguments.refs, found)
    if arguments.list:
        problems += compare_list(arguments.list, store, found)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(store)} connections ({', '.join(unused)} unused), {len(found)} uses, {built} workflows built")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
