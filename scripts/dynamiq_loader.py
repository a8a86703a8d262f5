#!/usr/bin/env python3
"""Lets Dynamiq's own loader read what `conndeck render` and `conndeck resolve` print.

    dynamiq_loader.py BINARY

Needs the package `dynamiq`; without it, it says so and does nothing. Dynamiq's own workflows
(CONNDECK_SHARED, default ../shared) are imported with `--rewrite` into one store and rendered:
`WorkflowYAMLLoader.get_connections` must then make the same connections as from the originals.
An `agent_factory` builds its agent with the connections that it got, and requirements are filled in
by `apply_resolved_requirements`. Nothing goes over a network.
"""

import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

STORE = {
    "openai-prod": "name: OpenAI\ntype: dynamiq.connections.OpenAI\napi_key: ${oc.env:LOADER_KEY}\n",
    "e2b": "type: dynamiq.connections.E2B\napi_key: '\\${literal}'\n",
    "http": (
        "type: dynamiq.connections.Http\nmethod: GET\nurl: https://example.com/${connections.openai-prod.api_key}\n"
        "headers:\n  X-Key: ${..url}\n"
    ),
}

FACTORY = """\
nodes:
  outer:
    type: dynamiq.nodes.tools.agent_tool.SubAgentTool
    name: helper
    description: helps
    agent_factory:
      name: inner
      role: helps
      llm:
        type: dynamiq.nodes.llms.OpenAI
        model: gpt-4o
        connection: openai-prod
      tools:
        - type: dynamiq.nodes.tools.http_api_call.HttpApiCall
          name: call
          connection: http
"""

REQUIREMENTS = """\
nodes:
  a:
    type: dynamiq.nodes.llms.OpenAI
    model: gpt-4o
    connection: {$type: connection, $id: openai-prod}
  b:
    type: dynamiq.nodes.tools.http_api_call.HttpApiCall
    name: call
    connection: {$type: connection, $id: http}
    headers: {X-Literal: {$type: connection, $id: e2b, value_path: $.api_key}}
"""


class Failure(Exception):
    """What Dynamiq does not take, or takes for something else."""


def run(binary, folder, *arguments):
    done = subprocess.run([binary, *arguments], cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Failure(f"{' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def connections(loader, path):
    """What Dynamiq makes of the connections of a file and of its agent factories, by id."""
    data = loader.loads(path)
    made = {}

    def visit(value):
        if isinstance(value, dict):
            if isinstance(value.get("connections"), dict):
                made.update(loader.get_connections(value, {}))
            for inner in value.values():
                visit(inner)
        elif isinstance(value, list):
            for inner in value:
                visit(inner)

    visit(data)
    return data, {name: connection.model_dump() for name, connection in made.items()}


def used(data):
    """The ids under `connection`, anywhere."""
    if isinstance(data, dict):
        if isinstance(data.get("connection"), str):
            yield data["connection"]
        for inner in data.values():
            yield from used(inner)
    elif isinstance(data, list):
        for inner in data:
            yield from used(inner)


def real_files(binary, loader, originals):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "workflows").mkdir()
        for path in originals:
            text = path.read_bytes()
            (folder / "workflows" / path.name).write_bytes(text)
            for name in re.findall(rb"\$\{oc\.env:([A-Za-z0-9_]+)", text):
                # Some are ports.
                os.environ.setdefault(name.decode(), "1234")
        names = [f"workflows/{path.name}" for path in originals]
        answer = json.loads(run(binary, folder, "import", *names, "--rewrite", "--rename-clashes", "--json"))
        ids = {(row["file"], row["id"]): row["connection"] for row in answer["definitions"]}
        count = 0
        for path, name in zip(originals, names):
            run(binary, folder, "render", name, "--output", "rendered.yaml")
            data, before = connections(loader, path)
            _, after = connections(loader, folder / "rendered.yaml")
            for own in set(used(data)):
                new = ids[name, own]
                expected, found = dict(before[own], id=new), after.get(new)
                if found != expected:
                    raise Failure(f"{path.name}: `{own}` is another connection: {expected} {found}")
                count += 1
        print(f"{len(names)} files of Dynamiq's: the loader makes the same {count} connections")


def factory(binary, loader):
    from dynamiq.nodes.tools.agent_tool import SubAgentTool

    with tempfile.TemporaryDirectory() as folder:
        folder = store(Path(folder))
        (folder / "factory.yaml").write_text(FACTORY)
        run(binary, folder, "render", "factory.yaml", "--output", "rendered.yaml")
        data = loader.loads(folder / "rendered.yaml")
        node = {key: value for key, value in data["nodes"]["outer"].items() if key != "type"}
        agent = SubAgentTool(**node)._build_agent_from_factory()
        if agent.llm.connection.api_key != "from-the-environment":
            raise Failure("the factory's model has another key")
        [tool] = agent.tools
        if tool.connection.headers["X-Key"] != "https://example.com/from-the-environment":
            raise Failure("the factory's tool has another header")
        print("an agent factory builds its agent with the connections of the store")


def requirements(binary, loader):
    with tempfile.TemporaryDirectory() as folder:
        folder = store(Path(folder))
        (folder / "required.yaml").write_text(REQUIREMENTS)
        resolved = json.loads(run(binary, folder, "resolve", "required.yaml"))
        data = loader.loads(folder / "required.yaml")
        wanted = {one.id for one in loader.get_requirements(data)}
        if wanted != set(resolved):
            raise Failure(f"resolved are {set(resolved)}, required {wanted}")
        loader.apply_resolved_requirements(data, resolved)
        if data["nodes"]["b"]["headers"] != {"X-Literal": "${literal}"}:
            raise Failure(f"a value path gives {data['nodes']['b']['headers']}")
        # The same by rendering.
        run(binary, folder, "render", "required.yaml", "--output", "rendered.yaml")
        rendered = loader.loads(folder / "rendered.yaml")
        for name, node in data["nodes"].items():
            other = rendered["nodes"][name]
            own = loader.get_inline_connection(name, node["connection"])
            if own.model_dump(exclude={"id"}) != loader.get_inline_connection(name, other["connection"]).model_dump(
                exclude={"id"}
            ):
                raise Failure(f"`{name}` has another connection when rendered")
        if rendered["nodes"]["b"]["headers"] != data["nodes"]["b"]["headers"]:
            raise Failure("a value path gives something else when rendered")
        print(f"apply_resolved_requirements takes what `resolve` prints: {sorted(resolved)}")


def store(folder):
    os.environ["LOADER_KEY"] = "from-the-environment"
    (folder / "connections.d").mkdir()
    for name, text in STORE.items():
        (folder / "connections.d" / f"{name}.yaml").write_text(text)
    return folder


def main():
    binary = str(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/debug/conndeck").resolve())
    warnings.simplefilter("ignore")
    try:
        from dynamiq.serializers.loaders.yaml import WorkflowYAMLLoader as loader
    except ImportError:
        print("skipped: the package `dynamiq` is not installed")
        return 0
    # It warns of every variable that is not set.
    logging.disable(logging.WARNING)
    shared = Path(os.environ.get("CONNDECK_SHARED", ROOT.parent / "shared")) / "dynamiq" / "workflows"
    originals = sorted(shared.glob("*.yaml"))
    try:
        if originals:
            real_files(binary, loader, originals)
        else:
            print(f"skipped: no workflows of Dynamiq's at {shared}")
        factory(binary, loader)
        requirements(binary, loader)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
