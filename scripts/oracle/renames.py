#!/usr/bin/env python3
"""Compares renames in generated workflow files with what PyYAML and OmegaConf load before and after.

    renames.py BINARY [--files 150] [--seed N]

The files are those of references.py. After `rename OLD NEW` the loaded data may differ in the
places only that the truth of references.py calls certain uses of OLD (and, for an anchor's sake,
below top-level keys that Dynamiq does not read); there NEW must stand. A refused rename must leave
every byte. At the end the counts: enough of both, or the run fails.
"""

import argparse
import collections
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import warnings

import yaml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import references  # noqa: E402

NEWS = ["fresh", "no", "123", "a.b-c"]
READ_KEYS = ("connections", "prompts", "nodes", "flows", "workflows")


def leaves(value, path=()):
    """Every scalar with its path, keys included."""
    if isinstance(value, dict):
        for key, child in value.items():
            # A number as a key is not a place in a list.
            yield from leaves(child, (*path, key if isinstance(key, str) else ("key", key)))
    elif isinstance(value, list):
        for at, child in enumerate(value):
            yield from leaves(child, (*path, at))
    else:
        yield path, value
    if isinstance(value, (dict, list)):
        yield path, len(value)


def load(text):
    return yaml.load(text.lstrip("\ufeff"), Loader=references.LOADER)


def fault(before, after, old, new, truth):
    """What is wrong with a rename, or nothing."""
    uses = {path + ".$id" if form == "requirement" else path
            for kind, identity, path, form, *_ in truth if kind == "certain" and identity == old}
    was, now = dict(leaves(load(before))), dict(leaves(load(after)))
    if was.keys() != now.keys():
        return f"other places: {was.keys() ^ now.keys()}"
    for path, value in was.items():
        shown = references.show(list(path)) if path else ""
        if now[path] == value and type(now[path]) is type(value):
            if shown in uses:
                return f"{shown} still has {value!r}"
        # What is no string (`012`) counts by its text, which the loaded value does not show.
        elif (value != old and isinstance(value, str)) or now[path] != new:
            return f"{shown}: {value!r} became {now[path]!r}"
        elif shown not in uses and path[0] in READ_KEYS:
            return f"{shown} changed and is no use"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("binary")
    parser.add_argument("--files", type=int, default=150)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    os.environ.update(references.ENVIRONMENT)
    os.environ.pop(references.UNSET, None)
    binary = os.path.abspath(options.binary)
    counts = collections.Counter()
    faults = 0
    directory = tempfile.mkdtemp()
    store, workflow = os.path.join(directory, "connections.d"), os.path.join(directory, "workflows/w.yaml")
    os.mkdir(os.path.dirname(workflow))
    with open(os.path.join(directory, "conndeck.yaml"), "w", encoding="utf-8") as file:
        file.write("reference_keys: [conn_id]\n")
    for number in range(options.files):
        rng = random.Random(f"{seed}/{number}")
        text = references.Maker(rng).file()
        truth = references.truth_of(text, collections.Counter())
        if truth is None:
            # A file of which nothing can be said without loading it: nothing to rename in it.
            continue
        ids = sorted({use[1] for use in truth if use[0] == "certain" and use[3] != "interpolation"})
        for old in ids:
            new = rng.choice(NEWS)
            shutil.rmtree(store, ignore_errors=True)
            os.mkdir(store)
            with open(os.path.join(store, f"{old}.yaml"), "w", encoding="utf-8") as file:
                file.write("type: x\n")
            with open(workflow, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            if old == new:
                continue
            command = [binary, "rename", old, new, "--allow-possible"]
            run = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
            with open(workflow, encoding="utf-8", newline="") as file:
                after = file.read()
            if run.returncode == 0:
                try:
                    problem = fault(text, after, old, new, truth)
                except yaml.YAMLError as error:
                    # Files that the loader refuses stay refused; what they say is not comparable.
                    problem = None
                    counts["refused by the loader"] += 1
                    try:
                        load(text)
                        problem = f"no longer loaded: {error}"
                    except yaml.YAMLError:
                        pass
                counts["renamed"] += 1
            else:
                problem = None if after == text and run.returncode == 1 else "refused, and changed"
                counts["refused"] += 1
                message = run.stderr.strip().split("\n")[1:]
                for line in message:
                    counts[re.sub(r"`[^`]*`", "`…`", line.split(": ", 1)[-1])[:60]] += 1
            if problem:
                faults += 1
                if faults <= 3:
                    print(f"--- seed {seed}, file {number}, {old} to {new}\n{text}\n{problem}\n{run.stderr}")
    shutil.rmtree(directory)
    print(f"seed {seed}: {faults} renames differ")
    for what, count in counts.most_common():
        print(f"{count:7} {what}")
    if counts["renamed"] < options.files // 4 or counts["refused"] < options.files // 10:
        print("too few of one kind: the generator does not test this")
        return 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
