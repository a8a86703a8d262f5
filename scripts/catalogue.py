#!/usr/bin/env python3
"""Regenerates src/catalog/dynamiq.yaml, the facts about Dynamiq's connection types.

    python3 scripts/catalogue.py                  # from the installed `dynamiq` package
    python3 scripts/catalogue.py --check          # exit 1 if the file is not what would be written
    python3 scripts/catalogue.py --from-json F    # from a JSON file of the same facts
    python3 scripts/catalogue.py --json           # the facts as JSON, to stdout

The facts are read off the pydantic models: no connection is opened and no variable is read. What
people wrote about the types (labels, groups, help, secrets) is in src/catalog/labels.yaml, so that
a new version of the package is a small diff here.
"""

import argparse
import difflib
import enum
import functools
import inspect
import json
import os
import re
import sys
import types
import typing
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "src" / "catalog" / "dynamiq.yaml"

HEADER = """\
# Facts about the connection types of Dynamiq {version}, in the format of a project's `types.d/*.yaml`.
#
# Made by scripts/catalogue.py from the package itself. Not edited by hand: what people say about
# the types is in labels.yaml, which is laid over this file.
"""


def facts_of_package():
    """Reads the facts off the installed package."""
    from importlib.metadata import version

    import dynamiq.connections as package
    from dynamiq.connections import connections as module

    found = []
    for name, cls in vars(package).items():
        if not (inspect.isclass(cls) and issubclass(cls, module.BaseConnection)):
            continue
        if inspect.isabstract(cls) or name != cls.__name__:
            continue
        found.append(facts_of_type(cls, module))
    found.sort(key=lambda facts: facts["type"])
    return {"source": "dynamiq", "version": version("dynamiq"), "types": found}


def facts_of_type(cls, module):
    fields = [
        facts_of_field(name, field, module)
        for name, field in cls.model_fields.items()
        if name != "id"
    ]
    return {
        # The path that Dynamiq itself writes into `type`, without the last module.
        "type": f"{cls.__module__.rsplit('.', 1)[0]}.{cls.__name__}",
        "fields": fields,
        "vector_store": callable(getattr(cls, "connect_to_vector_store", None)),
        "cross_field_rules": list(cls.__pydantic_decorators__.model_validators),
    }


def facts_of_field(name, field, module):
    facts = {"name": name}
    kind, choices, nullable = kind_of(field.annotation)
    facts["kind"] = kind
    if choices:
        facts["choices"] = choices
    if nullable:
        facts["nullable"] = True
    if field.is_required():
        facts["required"] = True
        return facts
    if field.default_factory is None:
        facts["default"] = plain(field.default)
        return facts
    variables, default = factory(field.default_factory, module)
    if variables:
        facts["env"] = variables
    if default is not None:
        facts["default"] = default
    elif not nullable:
        facts["required_unless_env"] = True
    return facts


def kind_of(annotation):
    """The kind of a field, its choices, and whether it takes null."""
    nullable = False
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        members = list(typing.get_args(annotation))
        nullable = type(None) in members
        members = [member for member in members if member is not type(None)]
        # `str | Path`: in a file both are text.
        annotation = str if str in members else members[0]
    origin = typing.get_origin(annotation) or annotation
    if origin is typing.Literal:
        return "enum", [plain(value) for value in typing.get_args(annotation)], nullable
    if inspect.isclass(origin) and issubclass(origin, enum.Enum):
        return "enum", [plain(member) for member in origin], nullable
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "map", list: "list"}
    if origin in kinds:
        return kinds[origin], None, nullable
    return {"datetime": "datetime"}[origin.__name__], None, nullable


def factory(function, module):
    """The variables that a default is read from, and the default without them."""
    variables = []

    def record(variable, default=None):
        variables.append(variable)
        return default

    if isinstance(function, functools.partial) and function.func is module.get_env_var:
        default = record(*function.args, **function.keywords)
        return variables, plain(default)
    original, environment = module.get_env_var, dict(os.environ)
    module.get_env_var = record
    os.environ.clear()
    try:
        default = function()
    finally:
        module.get_env_var = original
        os.environ.update(environment)
    return variables, plain(default)


def plain(value):
    return value.value if isinstance(value, enum.Enum) else value


def yaml_of(facts):
    """The file's text. Values are JSON, which every YAML reader takes for what it is."""
    lines = [HEADER.format(version=facts["version"]), f"source: {facts['source']} {facts['version']}\n", "types:\n"]
    for kind in facts["types"]:
        lines.append(f"  {kind['type']}:\n")
        # Dynamiq's own checks across fields. The ones that people must know are rules in labels.yaml.
        if kind["cross_field_rules"]:
            lines.append(f"    # checked by: {', '.join(kind['cross_field_rules'])}\n")
        if kind["vector_store"]:
            lines.append("    vector_store: true\n")
        lines.append("    fields:\n")
        for field in kind["fields"]:
            # A field whose kind is not said is a string, as nearly all are.
            entries = ", ".join(
                f"{key}: {flow(value)}"
                for key, value in field.items()
                if key != "name" and (key, value) != ("kind", "string")
            )
            lines.append(f"      {field['name']}: {{{entries}}}\n")
    return "".join(lines)


def flow(value):
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    # Words that no YAML reader takes for anything but text stay bare, for the eye.
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{2,}", value):
        if value.lower() not in {"yes", "true", "off", "false", "null", "inf", "nan"}:
            return value
    return json.dumps(value, ensure_ascii=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from-json", metavar="FILE", help="read the facts from FILE")
    parser.add_argument("--json", action="store_true", help="print the facts as JSON")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    if arguments.from_json:
        facts = json.loads(Path(arguments.from_json).read_text(encoding="utf-8"))
    else:
        facts = facts_of_package()
    if arguments.json:
        json.dump(facts, sys.stdout, indent=1, ensure_ascii=False)
        print()
        return 0
    text = yaml_of(facts)
    if not arguments.check:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    present = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
    sys.stdout.writelines(
        difflib.unified_diff(present.splitlines(True), text.splitlines(True), "dynamiq.yaml", "regenerated")
    )
    return 0 if present == text else 1


if __name__ == "__main__":
    sys.exit(main())
