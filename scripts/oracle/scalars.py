#!/usr/bin/env python3
"""Asks other readers whether they read what the scalar writer wrote as it was meant.

    scalars.py [--every N]

PyYAML, libyaml and OmegaConf read the documents; OmegaConf also takes off the escapes of `${`, in a
dictionary and in a document. If `CONNDECK_JAVASCRIPT` names a folder with npm's `yaml`, node reads
the documents too, as YAML 1.1 and as YAML 1.2. The texts are those of the tests in
`src/document/scalar`, which write them to `target/oracle` if `CONNDECK_DUMP` is set. If it is set
here, that has been done. A program's argument is not looked at. Needs the packages `pyyaml` and
`omegaconf`.
"""

import argparse
import collections
import itertools
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys

import yaml
from omegaconf import OmegaConf
from omegaconf._utils import get_yaml_loader

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CASES = REPOSITORY / "target/oracle/scalars.jsonl"
LOADERS = {"PyYAML": yaml.SafeLoader, "libyaml": yaml.CSafeLoader, "OmegaConf": get_yaml_loader()}


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


def values(document, read):
    """What a reader finds in a document, or the error that it fails with."""
    try:
        found = texts(read(document))
    # Whatever a reader fails with, the text was not read back.
    except Exception as error:
        return [error]
    # A second item `x` shows that the text ends where it should.
    if len(found) > 1 and found[-1] == "x":
        found.pop()
    return found or [None]


def judge(line):
    """Counts and differences for one text."""
    case = json.loads(line)
    text = case["text"]
    counts = collections.Counter(texts=1, refused=case["refused"])
    differences = []

    def check(reader, document, found):
        for one in found:
            counts[f"checks by {reader}"] += 1
            if one != text or type(one) is not str:
                differences.append(f"{reader}: {text!r:.500} is {one!r:.500} in {document!r:.500}")

    for document in case["documents"]:
        for name, loader in LOADERS.items():
            check(name, document, values(document, lambda it, loader=loader: yaml.load(it, Loader=loader)))
    for document in case["escaped_documents"]:
        resolved = values(document, lambda it: OmegaConf.to_container(OmegaConf.create(it), resolve=True))
        check("OmegaConf, escapes resolved", document, resolved)
    if case["escaped"] is not None:
        check("OmegaConf, escapes resolved", case["escaped"], values(
            None, lambda _: {"v": OmegaConf.create({"k": case["escaped"]}).k}))
    return counts, differences


def javascript(folder, every):
    """Counts and differences by the npm package `yaml`."""
    script = pathlib.Path(__file__).with_suffix(".mjs")
    lines = subprocess.run(["node", script, folder, CASES, str(every)], check=True, capture_output=True, text=True)
    *found, last = map(json.loads, lines.stdout.splitlines())
    differences = [f"npm yaml {case['version']}: {case['text']!r:.500} is {case['found']!r:.500} in "
                   f"{case['document']!r:.500}" for case in found]
    return collections.Counter({"checks by npm yaml": last["checks"]}), differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--every", type=int, default=2, help="only every Nth text")
    parser.add_argument("--least", type=int, default=1_000, help="fewer texts are a failure")
    options = parser.parse_args()
    if "CONNDECK_DUMP" not in os.environ:
        subprocess.run(["cargo", "test", "--locked", "-q", "--lib", "document::scalar"], check=True, cwd=REPOSITORY,
                       env=os.environ | {"CONNDECK_DUMP": "1"}, stdout=subprocess.DEVNULL)
    folder = os.environ.get("CONNDECK_JAVASCRIPT")
    counts, differences = javascript(folder, options.every) if folder else (collections.Counter(), [])
    if not folder:
        print("not read by JavaScript: CONNDECK_JAVASCRIPT is not set")
    with multiprocessing.Pool() as pool, CASES.open(encoding="utf-8") as lines:
        for found in pool.imap_unordered(judge, itertools.islice(lines, 0, None, options.every), chunksize=20):
            counts += found[0]
            differences += found[1]
    for difference in differences[:20]:
        print(difference)
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    checks = sum(count for what, count in counts.items() if what.startswith("checks"))
    print(f"scalars: {counts['texts']} texts, {checks} checks, {counts['refused']} refused as keys or as `???`, "
          f"{len(differences)} differ")
    return 1 if differences or counts["texts"] < options.least else 0


if __name__ == "__main__":
    sys.exit(main())
