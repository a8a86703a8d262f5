#!/usr/bin/env python3
"""Writes src/check/dynamiq.jsonl: connections, and whether Dynamiq takes them.

Needs the package dynamiq. Each line is [type, fields, taken without any variable set, taken with
all of them set]. Made of the facts in the package by a fixed seed, so that it changes only with
the package or with this file.
"""

import json
import logging
import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from catalogue import facts_of_package  # noqa: E402

TARGET = Path(__file__).resolve().parent.parent / "src" / "check" / "dynamiq.jsonl"
GOOD = {
    "string": ["abc", "x.db", ""],
    "integer": [5, "5", True, 2.0],
    "number": [1.5, "1.5", 3],
    "boolean": [True, "off", 0],
    "map": [{}, {"a": "b"}, {"a": 1}],
    "list": [[], ["a"]],
    "datetime": ["2030-01-31T12:00:00Z", 5],
}
BAD = {
    "string": [5, True, 1.5, ["a"], {"a": "b"}],
    "integer": ["abc", 1.5, "1.5", [1]],
    "number": ["abc", {}],
    "boolean": ["abc", 2, "2"],
    "enum": ["abc", 5, True],
    "map": ["abc", 5, ["a"]],
    "list": ["abc", [1], {}],
    "datetime": ["abc", True],
}


def cases(facts, chance):
    """Fields for one type: what is required, then some more, now and then a wrong one."""
    for _ in range(10):
        fields = {}
        for field in facts["fields"]:
            if not field.get("required") and chance.random() < 0.55:
                continue
            if field.get("required") and chance.random() < 0.05:
                continue
            good = field["choices"] if field["kind"] == "enum" else GOOD[field["kind"]]
            value = chance.choice(good)
            if chance.random() < 0.08:
                value = chance.choice([None, *BAD[field["kind"]]])
            fields[field["name"]] = value
        if chance.random() < 0.1:
            fields["not_a_field"] = "abc"
        yield fields


def is_taken(cls, fields):
    try:
        # A copy: some types change the maps that they are given.
        cls(**json.loads(json.dumps(fields)))
        return 1
    except Exception:
        return 0


def main():
    logging.disable(logging.CRITICAL)
    import dynamiq.connections

    chance = random.Random(0)
    facts = facts_of_package()
    variables = {name for kind in facts["types"] for field in kind["fields"] for name in field.get("env", [])}
    for name in variables:
        os.environ.pop(name, None)
    lines = []
    for kind in facts["types"]:
        cls = getattr(dynamiq.connections, kind["type"].rsplit(".", 1)[1])
        for fields in cases(kind, chance):
            without = is_taken(cls, fields)
            os.environ.update(dict.fromkeys(variables, "abc"))
            taken = is_taken(cls, fields)
            for name in variables:
                del os.environ[name]
            lines.append(json.dumps([cls.__name__, fields, without, taken], separators=(",", ":")) + "\n")
    TARGET.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
