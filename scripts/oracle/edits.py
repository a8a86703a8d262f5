#!/usr/bin/env python3
"""Asks PyYAML, as OmegaConf configures it, whether an edit changed what it should and no more.

    edits.py [--every N] [--python-every N] [--least N]

Two readers are asked: libyaml by PyYAML's binding, and PyYAML's own parser in Python. The cases are
those of the tests in `src/document/edit`, which write them to `target/oracle` if `CONNDECK_DUMP` is
set. If it is set here, that has been done. A program's argument is not looked at. Needs the
packages `pyyaml` and `omegaconf`.

A case is left out for a reader that refuses the text before the edit (an unknown tag, a tab).
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
from omegaconf._utils import get_yaml_loader

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "target/oracle"
PYTHON = get_yaml_loader()


class Libyaml(yaml.CSafeLoader):
    """OmegaConf's loader on libyaml: the same rules for plain scalars and for keys."""

    yaml_implicit_resolvers = PYTHON.yaml_implicit_resolvers
    yaml_constructors = PYTHON.yaml_constructors

    def construct_mapping(self, node, deep=False):
        own = [(key.tag, key.value) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        if len(own) != len(set(own)):
            raise yaml.constructor.ConstructorError("", node.start_mark, "a key stands twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


READERS = {"libyaml": Libyaml, "PyYAML": PYTHON}


def load(text, reader):
    return unshared(yaml.load(text, Loader=READERS[reader]))


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
        return yaml.load(content, Loader=PYTHON)
    return content


def key_in(data, step):
    """The key that a step names: `123` and `true` are keys that are no strings."""
    return next((key for key in data if key == step or str(key).lower() == step.lower()), step)


def edited(data, case):
    return at_path(data, case["path"], case["deed"], case["value"])


def at_path(data, path, deed, value):
    if not path:
        return meant(value)
    step, rest = path[0], path[1:]
    if data is None:
        data = {} if isinstance(step, str) else []
    if isinstance(step, str):
        step = key_in(data, step)
        if deed == "unset" and not rest:
            data.pop(step, None)
        elif deed == "rename" and not rest:
            data[value] = data.pop(step)
        else:
            data[step] = at_path(data.get(step), rest, deed, value)
    elif deed == "unset" and not rest:
        del data[step]
    elif deed == "insert" and not rest:
        data.insert(step, meant(value))
    elif step < len(data):
        data[step] = at_path(data[step], rest, deed, value)
    else:
        data.append(at_path(None, rest, deed, value))
    return data


def judge(cases, readers):
    """Counts, reasons for what is left out, and what differs, of cases of one text or of several."""
    counts = collections.Counter()
    reasons = collections.Counter()
    differences = []
    seen = {}
    for case in cases:
        if "refused" in case:
            counts["refused"] += 1
            reasons[case["refused"]] += 1
            continue
        counts["cases"] += 1
        before = case["before"]
        for reader in readers:
            if seen.get(reader, (None,))[0] != before:
                try:
                    seen[reader] = (before, load(before, reader))
                except (yaml.YAMLError, ValueError) as error:
                    seen[reader] = (before, error)
            data = seen[reader][1]
            if isinstance(data, Exception):
                counts["left out"] += 1
                continue
            counts[f"checks by {reader}"] += 1
            expected = canonical(edited(unshared(data), case))
            try:
                found = canonical(load(case["after"], reader))
            except (yaml.YAMLError, ValueError) as error:
                found = f"{error}"
            if found != expected:
                differences.append((reader, case, found[:2000], expected[:2000]))
    return counts, reasons, differences


def judge_lines(job):
    number, lines, python_every = job
    readers = list(READERS) if number % python_every == 0 else ["libyaml"]
    return judge(map(json.loads, lines), readers)


def jobs(files, every, python_every):
    lines = itertools.chain.from_iterable(file.open(encoding="utf-8") for file in files)
    lines = itertools.islice(lines, 0, None, every)
    for number in itertools.count():
        some = list(itertools.islice(lines, 200))
        if not some:
            return
        yield number, some, python_every


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--every", type=int, default=1, help="only every Nth case")
    parser.add_argument("--python-every", type=int, default=1, help="only every Nth case by PyYAML's own parser")
    parser.add_argument("--least", type=int, default=10_000, help="fewer cases are a failure")
    parser.add_argument("--folder", type=pathlib.Path, default=FOLDER, help="where the cases are")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if "CONNDECK_DUMP" not in os.environ:
        subprocess.run(["cargo", "test", "--locked", "-q", "--lib", "document::edit"], check=True, cwd=REPOSITORY,
                       env=os.environ | {"CONNDECK_DUMP": "1"}, stdout=subprocess.DEVNULL)
    counts = collections.Counter()
    reasons = collections.Counter()
    differences = []
    with multiprocessing.Pool(options.processes) as pool:
        work = jobs(sorted(options.folder.glob("edits-*.jsonl")), options.every, options.python_every)
        for found in pool.imap_unordered(judge_lines, work):
            counts += found[0]
            reasons += found[1]
            differences += found[2]
    for reader, case, found, expected in differences[:10]:
        print(f"{reader}: {case['deed']} {case['path']} {case['value']}\n{case['before']!r}\n{case['after']!r}")
        print(f"  is     {found}\n  should {expected}\n")
    for reason, count in reasons.most_common():
        print(f"  {count:7} refused: {reason}")
    asked = counts["cases"] + counts["refused"]
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    print(f"edits: {asked} cases, {counts['refused']} refused ({counts['refused'] * 100 / max(asked, 1):.2f} %), "
          f"{len(differences)} differ")
    return 1 if differences or asked < options.least else 0


if __name__ == "__main__":
    sys.exit(main())
