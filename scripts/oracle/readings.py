#!/usr/bin/env python3
"""Finds texts that PyYAML (as OmegaConf uses it) and Conndeck both read, and read differently.

    readings.py [--cases 20000] [--seed N] [--refused]

The texts go through the test binary (a program's argument is not looked at): `refs` shows no trees.
Without `--seed` a fixed seed is used and then a fresh one. What Conndeck refuses, or does not trust, is on the safe side. `--refused` also prints what only
PyYAML refuses: there, a reference still counts. Needs the packages `pyyaml` and `omegaconf`.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import yaml
from omegaconf._utils import get_yaml_loader

TOKENS = ["a", "b", "connection", "openai", ":", ": ", " :", "- ", "-", "? ", "\n", "\n  ", "\n    ", "\n- ", "\n\n",
          "[", "]", "{", "}", ",", ", ", "'", '"', "#", " #", "# ", "|", ">", "|-\n", ">-\n", "|+\n", "|2\n", ">2-\n",
          "&x ", "*x", "*x ", "&x", "!!str ", "!foo ", "! ", "!", "%", "@", "`", "\t", " ", "  ", "\r\n", "\r", "\x85",
          "\u2028", "\ufeff", "---\n", "--- ", "...\n", "...", "---", "<<", "<<: ", "~", "null", "1", "0x1", "é", "\\",
          "\\n", "\\x41", "\\\n", "\\u0041", "=", "yes", "\"a\"", "'a'", "\"a\":", "a: b\n", "k: v", "- a\n", "&", "*",
          "!!int ", "\x07", "\U0001f600", "\\/", "\\ ", "\\\t", "''", "%YAML 1.2\n---\n", "%TAG ! tag:x,2000:\n---\n",
          "!<tag:yaml.org,2002:str> ", "\xa0", "\u3000", "?", "a:b", "a: 'x", "a: \"x", "a: |\n  x\n"]
TEMPLATES = ["a: {0}\n{1}", "connection: {0}{1}\nb: c\n", "a:\n  - {0}\n  - {1}\n", "{{a: {0}, b: {1}}}\n", "[{0}, {1}]\n",
             "a: \"{0}{1}\"\n", "a: '{0}{1}'\n", "a: |\n  {0}\n  {1}\nb: c\n", "a: >\n  {0}\n\n  {1}\nb: c\n",
             "? {0}\n: {1}\n", "a: &x {0}\nb: *x\n{1}", "# {0}\na: b {1}\n", "a:\n  b: {0}\n  c: {1}\nd: e\n", "{0}{1}",
             "a: b\n{0}c: d\n{1}", "{0}: {1}\n", "a: x\n  {0}\n {1}\nb: c\n", "- {0}\n- {1}\n", "a: [x\n{0},\n{1}]\n",
             "a: &x{0} y\nb: *x{1} \n", "a: |{0}\n  x\n {1}\n"]


def make(rng):
    def piece():
        return "".join(rng.choice(TOKENS) for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4))))
    return rng.choice(TEMPLATES).format(piece(), piece())


LOADER = get_yaml_loader()
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
KINDS = {"str": "str", "null": "null", "bool": "bool", "int": "int", "float": "float", "merge": "merge"}


def outline(node, depth=0):
    if depth > 30:
        return "…"
    if isinstance(node, yaml.ScalarNode):
        kind = node.tag.removeprefix("tag:yaml.org,2002:") if node.tag.startswith("tag:yaml.org,2002:") else "refused"
        if kind in ("binary",):
            kind = "str"
        return f"{KINDS.get(kind, 'refused')} {json.dumps(node.value, ensure_ascii=False)}"
    if isinstance(node, yaml.SequenceNode):
        return "[" + ", ".join(outline(child, depth + 1) for child in node.value) + "]"
    return "{" + ", ".join(f"{outline(key, depth + 1)}: {outline(value, depth + 1)}" for key, value in node.value) + "}"


def truth(text):
    try:
        return "\n".join(outline(node) for node in yaml.compose_all(text, Loader=LOADER))
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def plain(outlined):
    """Rust and Python write the same control characters differently."""
    return outlined.replace("\\u007f", "\x7f")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--cases", type=int, default=20000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--refused", action="store_true")
    parser.add_argument("--show", type=int, default=25)
    options = parser.parse_args()
    seeds = (1, random.SystemRandom().randrange(10**9)) if options.seed is None else (options.seed,)
    faults = sum(compare(seed, options) for seed in seeds)
    return 1 if faults else 0


def compare(seed, options):
    rng = random.Random(seed)
    texts = list(dict.fromkeys(make(rng) for _ in range(options.cases)))
    with tempfile.TemporaryDirectory() as directory:
        files = {"ORACLE_INPUT": os.path.join(directory, "in"), "ORACLE_OUTPUT": os.path.join(directory, "out")}
        with open(files["ORACLE_INPUT"], "w", encoding="utf-8") as file:
            json.dump(texts, file)
        subprocess.run(["cargo", "test", "--locked", "-q", "--lib", "--", "--exact", "reference::tests::dump_readings"],
                       check=True, cwd=REPOSITORY, env=os.environ | files, stdout=subprocess.DEVNULL)
        with open(files["ORACLE_OUTPUT"], encoding="utf-8") as file:
            actual = json.load(file)
    counts, shown = collections.Counter(), 0
    for text, result in sorted(zip(texts, actual), key=lambda pair: len(pair[0])):
        expected = truth(text)
        if expected is None:
            kind = "refused by both" if result is None else "refused by PyYAML"
        elif result is None:
            kind = "refused by Conndeck"
        else:
            kind = "read alike" if plain(expected) == plain(result) else "READ DIFFERENTLY"
            # A document that is one string is not trusted anyway.
            if kind == "READ DIFFERENTLY" and result.startswith("str "):
                kind = "one string"
        counts[kind] += 1
        if kind == "READ DIFFERENTLY" or kind == "refused by PyYAML" and options.refused:
            shown += 1
            if shown <= options.show:
                print(f"{kind}: {text!r}\n   PyYAML   {expected}\n   Conndeck {result}")
    print(f"seed {seed}: {len(texts)} texts, {dict(counts)}", flush=True)
    return counts["READ DIFFERENTLY"]


if __name__ == "__main__":
    sys.exit(main())
