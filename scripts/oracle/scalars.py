#!/usr/bin/env python3
"""Asks PyYAML and OmegaConf whether they read what the scalar writer wrote as it was meant.

    CONNDECK_DUMP=1 cargo test --lib document::scalar
    python scripts/oracle/scalars.py            # with PyYAML and OmegaConf installed
"""

import json
import pathlib
import sys

import yaml
from omegaconf import OmegaConf
from omegaconf._utils import get_yaml_loader

CASES = pathlib.Path(__file__).parents[2] / "target/oracle/scalars.jsonl"


def texts(data):
    """All values under `v` and `a`, and the keys whose value is `key`."""
    found = []
    for key, value in data.items():
        if value == "key":
            found.append(key)
        elif key in ("v", "a"):
            found += value if isinstance(value, list) else [value]
        elif isinstance(value, dict):
            found += texts(value)
    return found


def main():
    loaders = {"PyYAML": yaml.SafeLoader, "libyaml": yaml.CSafeLoader, "OmegaConf": get_yaml_loader()}
    checks = wrong = 0

    def check(what, text, found, document):
        nonlocal checks, wrong
        checks += 1
        if found != text or type(found) is not str:
            wrong += 1
            if wrong < 20:
                print(f"{what}: {text!r} is {found!r} in {document!r}")

    for line in CASES.open(encoding="utf-8"):
        case = json.loads(line)
        text = case["text"]
        for document in case["documents"]:
            for name, loader in loaders.items():
                try:
                    found = texts(yaml.load(document, Loader=loader))
                except yaml.YAMLError as error:
                    found = [error]
                # A second item `x` shows that the text ends where it should.
                if len(found) > 1 and found[-1] == "x":
                    found.pop()
                for one in found or [None]:
                    check(name, text, one, document)
        if case["escaped"] is not None:
            try:
                found = OmegaConf.create({"k": case["escaped"]}).k
            except Exception as error:
                found = error
            check("escape", text, found, case["escaped"])
    print(f"{checks} checks, {wrong} wrong")
    return 1 if wrong or not checks else 0


sys.exit(main())
