#!/usr/bin/env python3
"""Compares Conndeck's reading of `${...}` with OmegaConf's, over generated strings.

    interpolations.py BINARY [--cases 20000] [--seed N]

Each string is the `connection` of a small document. Compared are whether it parses, whether it
resolves, and to what text. Without `--seed` a fixed seed is used and then a fresh one. Needs the
package `omegaconf`.
"""

import argparse
import collections
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import warnings

from omegaconf import DictConfig, ListConfig, OmegaConf

VARIABLES = {"SET": "value", "KEY": "b", "OC": "oc.env"}
OTHERWISE = {"SET": "other", "KEY": "e", "OC": "oc.nothing"}
MASK = "••••••••"
DOCUMENT = {"a": {"b": "text", "c-d": 5, "l": ["one", {"k": "two"}], "s": "${.b}", "e": "", "t": True,
                  "f": 1.5}, "m": "???", "n": None}
WHOLE = ["${a.b}", "${a[b]}", "${.a.b}", "${a.l[0]}", "${a.l.1.k}", "${a.l}", "${n}", "${m}", "${a.c-d}",
         "${a.t}", "${a.f}", "${a.s}", "${nothing}", "${oc.env:SET}", "${oc.env:UNSET,d}", "${oc.env:UNSET}",
         "${oc.select:a.b}", "${oc.select:nothing,d}", "${oc.select:m,d}", "${oc.select:a.b.c, d}",
         "${oc.select:n,d}", "${oc.decode:'\"q\"'}", "${oc.decode:\"[1, 2]\"}", "${oc.decode:1.50}",
         "${oc.decode:'1e3'}", "${oc.decode:null}", "${oc.create:{a:b}}", "${oc.dict.keys:a}",
         "${oc.env:SET,${a.b}}", "${oc.env:UNSET, ${a.c-d} }", "${a.${oc.env:KEY}}", "${${oc.env:OC}:SET}"]
TOKENS = ["${", "}", "a", "b", ".", ":", "[", "]", "{", ",", "'", '"', "\\", "\\\\", "$", " ", "\t", "\n", "é",
          "-", "1", "0", "1.5", "1e3", "+", "null", "TRUE", "inf", "_", "oc.env:", "oc.decode:", "oc.env", "SET",
          "UNSET", "l", "=", "(", ")", "?", "|", "@", "/", "%", "*", "#", "\\,", "\\:", "\\ ", "\\'", "\\${", "a.b",
          "oc.select:", "x", "1_0", "007", "-0", "a.l", "${a.b}", "${oc.env:UNSET,"]


def make(rng):
    kind = rng.random()
    if kind < 0.35:
        return "".join(rng.choice(TOKENS) for _ in range(rng.randint(1, 9)))
    if kind < 0.6:
        inner = "".join(rng.choice(TOKENS) for _ in range(rng.randint(1, 5)))
        start = rng.choice(("${", "${a.", "${oc.decode:", "${oc.env:UNSET,", "${oc.env:UNSET,'", "${oc.select:nothing,",
                            "${oc.decode:'"))
        return start + inner + ("'" if start.endswith("'") else "") + "}"
    text = rng.choice(WHOLE)
    while rng.random() < 0.5:
        text = rng.choice((text + rng.choice(TOKENS), rng.choice(TOKENS) + text, text + rng.choice(WHOLE)))
    if rng.random() < 0.4:
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(TOKENS) + text[at + rng.randint(0, 2):]
    return text


def truth(text):
    if "${" not in text:
        return "str " + text
    try:
        config = OmegaConf.create(DOCUMENT | {"connection": text})
    except Exception:
        return "refused"
    try:
        value = config["connection"]
    except Exception:
        return "error"
    if value is None:
        return "none"
    if isinstance(value, str):
        return "str " + value
    if isinstance(value, (DictConfig, ListConfig, list, dict)):
        return "collection"
    return f"other {value}"


def is_accepted(text, expected, result):
    """Where Conndeck says less on purpose, and never more."""
    # A collection is no id; unverifiable, as we say of some, blocks all the same.
    if result == "error" and expected == "collection":
        return True
    if result == "error" and re.search(r"\{'|\['|\[[^]]*, ", expected):
        return True
    # OmegaConf checks simple interpolations by a pattern that takes a line break for a blank and no
    # name for a resolver's; the grammar then fails on it. Either way the file does not load.
    return result == "refused" and expected == "error" and ("\n" in text or "${:" in text) \
        or "[\n" in text


def is_masked_rightly(text, expected, result):
    """An id that a variable of the environment has a part in is not shown, and no other is hidden."""
    if result != "is " + MASK or not as_answer(expected).startswith("is "):
        return False
    before = {name: os.environ[name] for name in VARIABLES}
    os.environ.update(OTHERWISE)
    depends = truth(text) != expected
    os.environ.update(before)
    return depends


def loads_elsewhere(text, expected, result):
    """A default that can't be resolved makes OmegaConf fail although its variable is set. We name what
    the variable gives all the same, and that blocks: it is what loads where the default can be resolved."""
    if expected != "error" or not result.startswith("is "):
        return False
    unset = {name for name in re.findall(r"oc\.env:([\w.]+)", text) if name not in os.environ}
    os.environ.update(dict.fromkeys(unset, "x"))
    there = truth(text)
    same = as_answer(there) == result or is_masked_rightly(text, there, result)
    for name in unset:
        del os.environ[name]
    return bool(unset) and same


def answers(binary, texts):
    """What `conndeck refs` says about each string, in the words of the truth."""
    results = ["none"] * len(texts)
    with tempfile.TemporaryDirectory() as directory:
        os.mkdir(os.path.join(directory, "workflows"))
        for number, text in enumerate(texts):
            document = {"connections": {"own": {"type": "t"}}, "known": {"connection": "own"}}
            document |= DOCUMENT | {"connection": text}
            with open(os.path.join(directory, "workflows", f"{number}.json"), "w", encoding="utf-8") as file:
                json.dump(document, file)
        done = subprocess.run([os.path.abspath(binary), "refs", "--json", "--dir", "connections.d"], check=True,
                              cwd=directory, stdout=subprocess.PIPE)
    report = json.loads(done.stdout)
    number_of = lambda use: int(os.path.basename(use["file"]).removesuffix(".json"))
    refused = set()
    for use in report["references"] + report["shadowed"]:
        if use["path"] == "known.connection":
            # Nothing shadows in a file that does not load.
            if use["certainty"] == "certain":
                refused.add(number_of(use))
        elif use["path"] == "connection" and use["certainty"] == "certain":
            results[number_of(use)] = "is " + use["id"]
        elif use["path"] == "connection" and use["id"] is None and results[number_of(use)] == "none":
            # What is certain comes first; then this is the default of a variable that is set.
            results[number_of(use)] = "error"
    for use in report["unverifiable"]:
        results[number_of(use)] = "error"
    for number in refused:
        results[number] = "refused"
    return results


def as_answer(expected):
    """The truth, as far as a use tells it: a use has no type, and a map here names nothing."""
    kind, _, text = expected.partition(" ")
    return {"str": "is " + text, "other": "is " + text, "collection": "none"}.get(kind, expected)


def compare(binary, seed, cases, is_fixed):
    """The number of faults. What a fresh seed finds to be unverifiable here, and is not there, is printed
    and no fault: it blocks where it need not. Of a fixed seed it is one."""
    rng = random.Random(seed)
    texts = list(dict.fromkeys(make(rng) for _ in range(cases)))
    counts, faults = collections.Counter(), 0
    for text, result in zip(texts, answers(binary, texts)):
        expected = truth(text)
        counts[expected.split(" ")[0]] += 1
        if is_masked_rightly(text, expected, result):
            counts["masked"] += 1
        elif loads_elsewhere(text, expected, result):
            counts["default fails"] += 1
        elif as_answer(expected) != result and not is_accepted(text, expected, result):
            is_fault = is_fixed or result != "error"
            faults += is_fault
            if faults <= 25:
                word = "" if is_fault else " (blocks where it need not)"
                print(f"{text!r}: OmegaConf {expected!r}, we {result!r}{word}")
    print(f"seed {seed}: {len(texts)} strings, {dict(counts)}, {faults} differ", flush=True)
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("binary")
    parser.add_argument("--cases", type=int, default=10000)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ.update(VARIABLES)
    for name in ("UNSET", "CONNDECK_DIR"):
        os.environ.pop(name, None)
    seeds = (1, random.SystemRandom().randrange(10**9)) if options.seed is None else (options.seed,)
    faults = sum(compare(options.binary, seed, options.cases, number == 0) for number, seed in enumerate(seeds))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
