#!/usr/bin/env python3
"""Asks PyYAML, as OmegaConf configures it, whether an edit changed what it should and no more.

    edits.py [--every N]

The cases are those of the tests in `src/document/edit`, which write them to `target/oracle` if
`CONNDECK_DUMP` is set. If it is set here, that has been done. A program's argument is not looked
at. Needs the packages `pyyaml` and `omegaconf`.

A case is left out if the text before the edit is one that OmegaConf refuses (an unknown tag).
"""

import argparse
import collections
import itertools
import json
import os
import pathlib
import subprocess
import sys

import yaml
from omegaconf._utils import get_yaml_loader

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "target/oracle"
LOADER = get_yaml_loader()


def load(text):
    return unshared(yaml.load(text, Loader=LOADER))


def unshared(data):
    """A copy in which an alias is a value of its own."""
    if isinstance(data, dict):
        return {key: unshared(value) for key, value in data.items()}
    if isinstance(data, list):
        return [unshared(value) for value in data]
    return data


def canonical(data):
    """Text that tells types apart (1 is not True) and does not mind the order of entries."""
    if isinstance(data, dict):
        entries = sorted((canonical(key), canonical(value)) for key, value in data.items())
        return "{" + ", ".join(f"{key}: {value}" for key, value in entries) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(canonical, data)) + "]"
    return f"{type(data).__name__} {data!r}"


def meant(value):
    kind, content = value
    if kind == "map":
        return {key: meant(inner) for key, inner in content}
    if kind == "list":
        return [meant(item) for item in content]
    if kind == "number":
        return yaml.load(content, Loader=LOADER)
    return content


def edited(data, path, value):
    if not path:
        return meant(value)
    step, rest = path[0], path[1:]
    if data is None:
        data = {} if isinstance(step, str) else []
    if isinstance(step, str):
        # `123` and `true` are keys that are no strings.
        step = next((key for key in data if str(key).lower() == step.lower()), step)
        if value is None and not rest:
            data.pop(step, None)
        else:
            data[step] = edited(data.get(step), rest, value)
    elif value is None and not rest:
        del data[step]
    elif step < len(data):
        data[step] = edited(data[step], rest, value)
    else:
        data.append(edited(None, rest, value))
    return data


def main():
    checks = left_out = wrong = 0
    reasons = collections.Counter()
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--every", type=int, default=3, help="only every Nth case")
    every = parser.parse_args().every
    if "CONNDECK_DUMP" not in os.environ:
        subprocess.run(["cargo", "test", "--locked", "-q", "--lib", "document::edit"], check=True, cwd=REPOSITORY,
                       env=os.environ | {"CONNDECK_DUMP": "1"}, stdout=subprocess.DEVNULL)
    for file in sorted(FOLDER.glob("edits-*.jsonl")):
        seen = {}
        for line in itertools.islice(file.open(encoding="utf-8"), 0, None, every):
            case = json.loads(line)
            before = case["before"]
            if before not in seen:
                try:
                    seen = {before: load(before)}
                except yaml.YAMLError as error:
                    seen = {before: error}
            if isinstance(seen[before], yaml.YAMLError):
                left_out += 1
                reasons[str(seen[before].problem)] += 1
                continue
            checks += 1
            expected = canonical(edited(unshared(seen[before]), case["path"], case["set"]))
            try:
                found = canonical(load(case["after"]))
            except yaml.YAMLError as error:
                found = f"{error}"
            if found != expected:
                wrong += 1
                if wrong < 10:
                    print(f"{case['path']} = {case['set']}\n{before!r}\n{case['after']!r}")
                    print(f"  is     {found[:2000]}\n  should {expected[:2000]}\n")
    print(dict(reasons))
    print(f"{checks} checks, {left_out} left out, {wrong} wrong")
    return 1 if wrong or not checks else 0


sys.exit(main())
