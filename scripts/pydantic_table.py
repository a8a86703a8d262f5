#!/usr/bin/env python3
"""Writes src/check/kind/pydantic.tsv: which scalars pydantic takes for which kind of field.

Needs the packages pydantic and omegaconf. The scalars are read by OmegaConf's own YAML loader, as
Dynamiq reads them, then validated in pydantic's lax mode, as Dynamiq does.
"""

import json
from datetime import datetime
from pathlib import Path

import yaml
from omegaconf._utils import get_yaml_loader
from pydantic import TypeAdapter, ValidationError

TARGET = Path(__file__).resolve().parent.parent / "src" / "check" / "kind" / "pydantic.tsv"

SCALARS = """
0 1 2 -1 +1 007 0o7 0x1f 0b11 1_000 12:30 6379 99999999999999999999 0.0 1.0 2.0 1.5 -0.0 5. .5 1e3 1.0e3
1.5e3 1e400 -1e400 .inf -.Inf .nan true True TRUE yes no on off y n Y t f null ~ abc abc1 1abc 2024-01-31
2024-02-30 2024-02-29 2023-02-29 2024-01-31T12:00:00Z 2024-13-01
'0' '1' '2' '-1' '+1' '007' '6379' ' 6379 ' '6 379' '1_000' '_1' '1_' '1__0' '+_1' '1.0' '1.00' '1.5' '1.' '.5'
'.0' '1e3' '1E3' '1e-3' '1e400' '0x1f' '0b1' '1,000' 'inf' '-inf' 'Infinity' 'nan' 'NaN' '.inf' '' ' ' 'abc' '٣'
'true' 'True' 'TRUE' ' true' 'tRuE' 'false' 'yes' 'Yes' 'no' 'on' 'off' 'y' 'n' 't' 'f' 'null' 'enabled' 'T' '1.0 '
'2024-01-31' '2024-1-31' '2024-02-30' '2024-02-29' '2023-02-29' '1900-02-29' '2000-02-29' '2024-04-31' '2024-13-01'
'0000-01-01' '0001-01-01' '9999-12-31' '20240131' '2024-01-31T' '2024-01-31T12' '2024-01-31T12:00' '2024-01-31 12:00'
'2024-01-31_12:00' '2024-01-31t12:00:00z' '2024-01-31T12:00:00Z' '2024-01-31T12:00:00.5Z' '2024-01-31T12:00:00,5Z'
'2024-01-31T12:00:00.Z' '2024-01-31T12:00:00.123456789Z' '2024-01-31T12:00:00+01:00' '2024-01-31T12:00:00+0100'
'2024-01-31T12:00:00+01' '2024-01-31T12:00:00-23:59' '2024-01-31T12:00:00+24:00' '2024-01-31T12:00:00+01:60'
'2024-01-31T24:00:00' '2024-01-31T23:59:60' '2024-01-31T23:60:00' '2024-01-31T12:00:00 Z' '2024-01-31T12:00:00Zx'
' 2024-01-31T12:00:00Z ' '2024/01/31' '31.01.2024' '12:00' 'now' '1706702400' '1706702400.5' '-1706702400'
'1706702400000' '1e10' '+1' '-' '1.5.' '253402300799999' '253402300800000' '-62135596800000' '-62135596800001' '99999999999999999999' '2024-01-31é' 'é' '2024-01-31T12:00:00é' '2024-01-3é1T12:00'
"""


def scalars():
    """One scalar in each piece; quoted ones may hold blanks."""
    rest = SCALARS.replace("\n", " ")
    while rest := rest.lstrip():
        if rest[0] == "'":
            end = rest.index("'", 1) + 1
        else:
            end = rest.index(" ")
        yield rest[:end]
        rest = rest[end:]


def main():
    readings = {type(None): "null", bool: "bool", int: "int", float: "float", str: "text"}
    adapters = [TypeAdapter(kind) for kind in (str, int, float, bool, datetime)]
    lines = ["# Made by scripts/pydantic_table.py: scalar, how it is read, taken as text, whole number, number, switch, time.\n"]
    for scalar in scalars():
        value = yaml.load(scalar, Loader=get_yaml_loader())
        taken = ""
        for adapter in adapters:
            try:
                adapter.validate_python(value)
                taken += "1"
            except ValidationError:
                taken += "0"
        text = value if isinstance(value, str) else scalar
        lines.append("\t".join([json.dumps(text), readings[type(value)], taken]) + "\n")
    TARGET.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
