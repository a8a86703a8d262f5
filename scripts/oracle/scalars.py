#!/usr/bin/env python3
"""Asks PyYAML and OmegaConf whether they read what the scalar writer wrote as it was meant.

    scalars.py [--every N]

The texts are those of the tests in `src/document/scalar`, which write them to `target/oracle` if
`CONNDECK_DUMP` is set. If it is set here, that has been done. A program's argument is not looked
at. Needs the packages `pyyaml` and `omegaconf`.
"""

import argparse
import itertools
import json
import os
import pathlib
import subprocess
import sys

import yaml
from omegaconf import OmegaConf
from omegaconf._utils import get_yaml_loader

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CASES = REPOSITORY / "target/oracle/scalars.jsonl"


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
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--every", type=int, default=2, help="only every Nth text")
    every = parser.parse_args().every
    if "CONNDECK_DUMP" not in os.environ:
        subprocess.run(["cargo", "test", "--locked", "-q", "--lib", "document::scalar"], check=True, cwd=REPOSITORY,
                       env=os.environ | {"CONNDECK_DUMP": "1"}, stdout=subprocess.DEVNULL)
    loaders = {"PyYAML": yaml.SafeLoader, "libyaml": yaml.CSafeLoader, "OmegaConf": get_yaml_loader()}
    checks = wrong = 0

    def check(what, text, found, document):
        nonlocal checks, wrong
        checks += 1
        if found != text or type(found) is not str:
            wrong += 1
            if wrong < 20:
                print(f"{what}: {text!r} is {found!r} in {document!r}")

    for line in itertools.islice(CASES.open(encoding="utf-8"), 0, None, every):
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
