#!/usr/bin/env python3
"""Counts the instructions of some commands on a small fixed project, and compares them with what is
recorded in instructions.tsv: a figure that does not depend on how busy the machine is.

    instructions.py BINARY             fails if a command takes over 5 % more than recorded, or less
    instructions.py BINARY --record WHY    writes what they take now, with the reason

Needs valgrind. Another compiler makes other code: if `rustc -V` is not the recorded one, the
figures are told and not judged.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RECORD = Path(__file__).with_name("instructions.tsv")
TOLERANCE = 0.05
CONNECTIONS, WORKFLOWS = 200, 200
COMMANDS = {
    "version": ["--version"],
    "list": ["list", "--json"],
    "refs-all": ["refs", "--json"],
    "refs-one": ["refs", "conn-007"],
    "check": ["check"],
    "render": ["render", "workflows/flow-001.yaml"],
}


def make_project(base):
    """The same bytes every time."""
    (base / "connections.d").mkdir()
    (base / "workflows").mkdir()
    for number in range(CONNECTIONS):
        text = f"# number {number}\nname: Connection {number}\ntype: dynamiq.connections.OpenAI\napi_key: ${{oc.env:KEY_{number}}}\nurl: https://host-{number}.example.com/v1\ntags: [one, two]\n"
        (base / "connections.d" / f"conn-{number:03}.yaml").write_text(text)
    for number in range(WORKFLOWS):
        nodes = "".join(
            f"  agent-{node}:\n    type: dynamiq.nodes.agents.Agent\n    name: Agent {node}\n    llm:\n      type: dynamiq.nodes.llms.OpenAI\n      model: gpt-{node}\n      connection: conn-{(number * 7 + node) % CONNECTIONS:03}\n    role: |\n      You answer questions about order {node}.\n      You never guess.\n"
            for node in range(12)
        )
        text = f"# flow {number}\nnodes:\n{nodes}flows:\n  main:\n    type: dynamiq.flows.Flow\n    nodes: [agent-0, agent-1]\nworkflows:\n  flow-{number}:\n    flow: main\n"
        (base / "workflows" / f"flow-{number:03}.yaml").write_text(text)


def instructions(binary, arguments, base):
    """How many the program executes, on one processor so that no two threads share the work."""
    out = base / "callgrind.out"
    environment = {"PATH": os.environ["PATH"], "HOME": str(base), "CONNDECK_CACHE": "off"}
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", str(binary), *arguments]
    pinned = ["taskset", "-c", str(min(os.sched_getaffinity(0)))]
    done = subprocess.run(pinned + command, cwd=base, env=environment, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if not found or done.returncode not in (0, 1):
        sys.exit(f"`conndeck {' '.join(arguments)}` under valgrind: exit {done.returncode}\n{done.stderr}")
    return int(found[1])


def main():
    binary = Path(sys.argv[1]).resolve()
    compiler = subprocess.run(["rustc", "-V"], capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as base:
        base = Path(base)
        make_project(base)
        counts = {name: instructions(binary, arguments, base) for name, arguments in COMMANDS.items()}
    if sys.argv[2:3] == ["--record"] and len(sys.argv) == 4:
        lines = [f"# {compiler}", f"# {sys.argv[3]}", *(f"{name}\t{count}" for name, count in counts.items())]
        RECORD.write_text("\n".join(lines) + "\n")
        return
    lines = RECORD.read_text().splitlines()
    recorded = dict(line.split("\t") for line in lines if not line.startswith("#"))
    if set(recorded) != set(counts):
        sys.exit(f"instructions.tsv has {sorted(recorded)}, and measured are {sorted(counts)}")
    is_judged = lines[0] == f"# {compiler}"
    failed = []
    for name, count in counts.items():
        change = count / int(recorded[name]) - 1
        print(f"{name}: {count:,} instructions, {change:+.1%}")
        if is_judged and abs(change) > TOLERANCE:
            failed.append(name)
    if not is_judged:
        print(f"not judged: recorded with {lines[0][2:]}, built with {compiler}")
    if failed:
        sys.exit(f"over {TOLERANCE:.0%} away from the record: {', '.join(failed)}; if that is right, record it with the reason")


if __name__ == "__main__":
    main()
