#!/usr/bin/env python3
"""Checks that workflows survive the way into the store and back, with PyYAML and OmegaConf.

    bridge.py [--files 400] [--seed N] [--keep DIR] BINARY

`import --rewrite` of a copy, then `render`, must give a file whose loaded data are those of the
original, but for definitions that nothing used; once with interpolations as they are and once
resolved. Outside the removed definitions every line stays, a second import changes nothing, and an
import that ends with a clash has written nothing. Done on Dynamiq's own files, where
CONNDECK_SHARED (default: ../shared) has them, one by one and all together, and on generated ones.
"""

import argparse
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import yaml
from omegaconf import OmegaConf
from omegaconf._utils import get_yaml_loader

ROOT = Path(__file__).resolve().parent.parent.parent
LOADER = get_yaml_loader()
OPAQUE = ("prompt", "schema", "response_format")
REFERENCE_KEYS = ("connection", "connection_id")
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", ""),
    "ORACLE_ID": "openai",
    "ORACLE_KEY": "key ${from} the environment",
    "ORACLE_HOST": "db.example",
}
COUNTS = collections.Counter()


class Difference(Exception):
    """What is not as it should be."""


# -- reading


def load(path, resolve=False):
    data = OmegaConf.load(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return OmegaConf.to_container(data, resolve=resolve)


def is_definition(value):
    return isinstance(value, dict) and isinstance(value.get("type"), str) and value["type"] != ""


def path_of(steps):
    """A node path as Conndeck writes it."""
    text = ""
    for step in steps:
        if isinstance(step, int) and not isinstance(step, bool):
            text += f"[{step}]"
            continue
        step = str(step)
        if step == "" or any(c in step for c in ".[]"):
            text += '["' + step.replace("\\", "\\\\").replace('"', '\\"') + '"]'
        else:
            text += ("." if text else "") + step
    return text


def is_scope(steps, value):
    return steps and steps[-1] == "agent_factory" and isinstance(value, dict)


def uses(value, scope=(), steps=()):
    """Every string in the place of a reference: its steps, and the steps of its scope."""
    if isinstance(value, dict):
        if not steps or is_scope(steps, value):
            scope = steps
        for key, inner in value.items():
            here = (*steps, key)
            if key in OPAQUE:
                continue
            if key == "connections" and steps == scope:
                # An entry's name is no key that means anything.
                for name, entry in inner.items() if isinstance(inner, dict) else []:
                    if isinstance(entry, dict):
                        for field, below in entry.items():
                            yield from uses({field: below}, scope, (*here, name))
                continue
            if key in REFERENCE_KEYS and isinstance(inner, str):
                yield here, scope, inner
            elif key == "connections" and isinstance(inner, list):
                for index, item in enumerate(inner):
                    if isinstance(item, str):
                        yield (*here, index), scope, item
            yield from uses(inner, scope, here)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from uses(inner, scope, (*steps, index))


def at(data, steps):
    for step in steps:
        if isinstance(data, dict) and step in data:
            data = data[step]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


# -- what should come out


def expected(raw, resolved, moved, inline, stored):
    """The data that a rendered workflow should have: `raw` or `resolved` values, without the moved
    definitions that nothing uses, under the ids that they have now."""

    used, renamed = set(), {}
    # The original resolved says what a reference means, whatever it is written as.
    for steps, scope, name in uses(resolved):
        definition = path_of((*scope, "connections", name))
        used.add(definition)
        if definition in moved and moved[definition] != name:
            renamed[steps] = moved[definition]
    text = json.dumps(raw, ensure_ascii=False)

    def definitions(entries, steps):
        result = {}
        for name, entry in entries.items():
            path = path_of((*steps, "connections", name))
            # An interpolation that names it keeps it.
            is_named = not steps and re.search(rf"connections\.{re.escape(str(name))}(?![\w-])", text)
            if path in moved and path not in used and not is_named:
                COUNTS["dropped definitions"] += 1
                continue
            new = moved.get(path, name)
            result[new] = nameless(walk(entry, (*steps, "connections", name)), name)
        return result

    def walk(value, steps):
        if steps in renamed:
            return renamed[steps]
        path = path_of(steps)
        if path in inline:
            return inline[path]
        if isinstance(value, list):
            return [walk(inner, (*steps, index)) for index, inner in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if value.get("$type") == "connection" and "$id" in value:
            return stored[value["$id"]]
        result = {}
        holds_definitions = not steps or is_scope(steps, value)
        for key, inner in value.items():
            if holds_definitions and key == "connections" and isinstance(inner, dict):
                inner = definitions(inner, steps)
            else:
                inner = walk(inner, (*steps, key))
            result[key] = inner
        extra = {
            name: nameless(at(CURRENT[0], split), own)
            for split, scope, name, own in inline_definitions(inline)
            if scope == steps and holds_definitions
        }
        if extra:
            result["connections"] = {**(result.get("connections") or {}), **extra}
        if holds_definitions and not result.get("connections", True):
            del result["connections"]
        return result

    def inline_definitions(inline):
        for split, scope in INLINE_PLACES.get(id(inline), []):
            entry = at(CURRENT[0], split)
            yield split, scope, inline[path_of(split)], entry.get("id")

    CURRENT[0] = raw
    return walk(raw, ())


CURRENT = [None]
INLINE_PLACES = {}


def nameless(entry, name):
    """An `id` that repeats the name is the loader's to give."""
    if isinstance(entry, dict) and entry.get("id") == name and name is not None:
        return {**entry, "id": None}
    return entry


def rendered_form(value, steps=()):
    """The same for what was rendered."""
    if isinstance(value, list):
        return [rendered_form(inner, (*steps, index)) for index, inner in enumerate(value)]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, inner in value.items():
        if key == "connections" and (not steps or is_scope(steps, value)) and isinstance(inner, dict):
            if inner:
                result[key] = {
                    name: nameless(rendered_form(entry, (*steps, key, name)), name)
                    for name, entry in inner.items()
                }
        elif key == "connections" and (not steps or is_scope(steps, value)) and inner is None:
            pass
        else:
            result[key] = rendered_form(inner, (*steps, key))
    return result


def definition_lines(text):
    """The numbers of the lines that belong to the `connections:` of a document or a factory, the
    comments between and behind their entries included."""
    lines = set()
    total = text.split("\n")

    def visit(node, is_scope_root, seen):
        if id(node) in seen:
            return
        seen = seen | {id(node)}
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                visit(item, False, seen)
        if not isinstance(node, yaml.MappingNode):
            return
        for key, value in node.value:
            if is_scope_root and key.value == "connections":
                last = value.end_mark.line
                if value.end_mark.column > 0:
                    last += 1
                lines.update(range(key.start_mark.line, last))
                continue
            if key.value not in OPAQUE:
                visit(value, key.value == "agent_factory", seen)

    visit(yaml.compose(text, LOADER), True, frozenset())
    return lines, total


def check_layout(before, after, renames):
    """Whether what is left are the lines outside the definitions, as they were."""
    own, lines = definition_lines(before)
    rest = iter(enumerate(lines))
    for line in after.split("\n"):
        for number, old in rest:
            if old == line:
                break
            if number in own:
                # Of several between brackets, one may have gone.
                if "{" in old and line.split("{")[0] == old.split("{")[0]:
                    break
                continue
            if any(token(old, a) == token(line, b) for a, b in renames):
                break
            raise Difference(f"line {number + 1} went: {old!r}, at {line!r}")
        else:
            raise Difference(f"a line is new: {line!r}")
    for number, old in rest:
        if number not in own and old.strip():
            raise Difference(f"line {number + 1} went: {old!r}")


def token(line, name):
    """The line with a mark in the place of a name, quoted or not."""
    return re.sub(rf"""(?<=[ \[])["']?{re.escape(name)}["']?(?=$|[ \],\r])""", "@", line)


# -- the program


class Project:
    def __init__(self, binary, folder, texts, store):
        self.binary, self.folder = binary, folder
        (folder / "workflows").mkdir()
        (folder / "connections.d").mkdir()
        for name, text in texts.items():
            (folder / "workflows" / name).write_bytes(text.encode())
        for name, text in store.items():
            (folder / "connections.d" / name).write_text(text, encoding="utf-8")
        self.names = sorted(texts)

    def run(self, *arguments, codes=(0,)):
        command = [self.binary, *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=ENVIRONMENT, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode not in codes:
            raise Difference(f"{' '.join(arguments)}: exit {done.returncode}\n{done.stderr}{done.stdout[-2000:]}")
        return done

    def files(self):
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}


def check(binary, folder, texts, store, flags):
    """One import of `texts` and back. Returns what the import said."""
    project = Project(binary, folder, texts, store)
    paths = [f"workflows/{name}" for name in project.names]
    before = project.files()
    raw = {path: load(folder / path) for path in paths}
    resolved = {path: load_resolved(folder / path) for path in paths}
    rendered_before = {
        path: project.run("render", path, codes=(0, 1)).returncode == 0 for path in paths
    }

    dry = json.loads(project.run("import", *paths, "--dry-run", "--json", *flags, codes=(0, 1)).stdout)
    if project.files() != before:
        raise Difference("a dry run wrote something")
    answer = json.loads(project.run("import", *paths, "--json", *flags, codes=(0, 1)).stdout)
    if dry["definitions"] != answer["definitions"]:
        raise Difference("a dry run said something else")
    for row in answer["definitions"]:
        COUNTS[f"{row['form']} {row['outcome']}"] += 1
        if row["outcome"] == "refused":
            reason = re.sub(r"`[^`]*`", "…", row["message"])
            COUNTS["refused: " + re.sub(r"line \d+", "line …", reason)] += 1
    if any(row["outcome"] == "clash" for row in answer["definitions"]):
        if project.files() != before:
            raise Difference("a clash, and something was written")
        return answer

    for path in paths:
        rows = [row for row in answer["definitions"] if row["file"] == path and row["connection"]]
        moved = {row["path"]: row["connection"] for row in rows if row["form"] == "definition"}
        inline = {row["path"]: row["connection"] for row in rows if row["form"] == "inline"}
        if "--rewrite" not in flags:
            continue
        INLINE_PLACES.clear()
        INLINE_PLACES[id(inline)] = list(places(raw[path], inline))
        renames = [(row["id"], row["connection"]) for row in rows if row["id"] not in (None, row["connection"])]
        after = (folder / path).read_bytes().decode()
        if not inline:
            check_layout(texts[path.split("/")[1]], after, renames)
        if not rendered_before[path]:
            COUNTS["not rendered before"] += 1
            continue
        out = folder / "out.yaml"
        project.run("render", path, "--output", "out.yaml")
        stored = {file.stem: yaml.load(file.read_bytes(), LOADER) for file in (folder / "connections.d").iterdir()}
        meaning = rename(resolved[path] or raw[path], resolved[path] or raw[path], moved)
        want = expected(raw[path], resolved[path] or raw[path], moved, inline, stored)
        found = rendered_form(load(out))
        check_answers(want, found, meaning, stored, f"{path}: raw")
        compare(want, found, f"{path}: raw")
        # A requirement's data come from the store, where this reads nothing resolved.
        if resolved[path] is not None and not inline and "$id" not in texts[path.split("/")[1]]:
            want = expected(resolved[path], resolved[path], moved, inline, stored)
            found = load_resolved(out)
            if found is None:
                raise Difference(f"{path}: OmegaConf can no longer resolve it")
            found = rendered_form(found)
            without_extra(found, want)
            compare(want, found, f"{path}: resolved")
            COUNTS["resolved files compared"] += 1
        out.unlink()
        COUNTS["files compared"] += 1
        if moved:
            COUNTS["… with moved definitions"] += 1

    for row in answer["definitions"]:
        if row["outcome"] in ("created", "same"):
            files = [folder / "connections.d" / f"{row['connection']}{ending}" for ending in (".yaml", ".yml")]
            saved = yaml.load(next(file for file in files if file.exists()).read_bytes(), LOADER)
            steps = next(split for split in walk_steps(raw[row["file"]]) if path_of(split) == row["path"])
            original = nameless(at(raw[row["file"]], steps), row["id"])
            saved = nameless(saved, row["connection"])
            missing = {key: value for key, value in original.items() if key not in saved or saved[key] != value}
            if missing:
                raise Difference(f"{row['connection']} is not what {row['path']} was: {list(missing)}")

    done = project.files()
    project.run("import", *paths, "--json", *flags, codes=(0, 1))
    if project.files() != done:
        raise Difference("a second import changed something")
    return answer


def walk_steps(value, steps=()):
    yield steps
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from walk_steps(inner, (*steps, key))


def places(data, inline):
    """The steps of the inline maps that went, and those of their scopes."""
    for steps in walk_steps(data):
        if path_of(steps) in inline:
            scope = ()
            for end in range(len(steps)):
                if is_scope(steps[: end + 1], at(data, steps[: end + 1])):
                    scope = steps[: end + 1]
            yield steps, scope


def check_answers(want, found, meaning, stored, where):
    """Every reference has a definition; those that the original did not have are the store's, and
    are taken out of `found`."""
    for _, scope, name in uses(meaning):
        entries = at(found, (*scope, "connections"))
        if "${" not in name and not (isinstance(entries, dict) and is_definition(entries.get(name))):
            raise Difference(f"{where}: `{name}` has no definition at `{path_of(scope)}`")
    scopes = [steps for steps in walk_steps(found) if not steps or is_scope(steps, at(found, steps))]
    for scope in scopes:
        holder = at(found, scope)
        own = at(want, (*scope, "connections"))
        entries = holder.get("connections")
        if not isinstance(entries, dict):
            continue
        for name in list(entries):
            if name in (own or {}) and (is_definition(own[name]) or entries[name] == own[name]):
                continue
            if entries[name] != nameless(stored.get(name), name):
                raise Difference(f"{where}: `{name}` at `{path_of(scope)}` is not the store's")
            if name in (own or {}):
                # What is no definition answers nothing.
                entries[name] = own[name]
            else:
                del entries[name]
        if not entries:
            del holder["connections"]


def without_extra(found, want):
    """Takes out definitions that the original did not have: the raw data say whether they are right."""
    for steps in [steps for steps in walk_steps(found) if not steps or is_scope(steps, at(found, steps))]:
        holder, own = at(found, steps), at(want, (*steps, "connections"))
        if isinstance(holder.get("connections"), dict):
            for name in list(holder["connections"]):
                if name not in (own or {}):
                    del holder["connections"][name]
                elif not is_definition(own[name]):
                    holder["connections"][name] = own[name]
            if not holder["connections"]:
                del holder["connections"]


def rename(data, meaning, moved):
    """The data with the references that `expected` renames."""
    data = json.loads(json.dumps(data, default=str))
    for steps, scope, name in uses(meaning):
        new = moved.get(path_of((*scope, "connections", name)))
        if new not in (None, name):
            holder = at(data, [str(step) if not isinstance(step, int) else step for step in steps[:-1]])
            if holder is not None:
                holder[steps[-1]] = new
    return data


def compare(want, found, where):
    if want != found:
        want, found = json.dumps(want, default=str), json.dumps(found, default=str)
        raise Difference(f"{where}: data differ\nexpected {want}\nfound    {found}")


def load_resolved(path):
    """The data with interpolations resolved, if they can be."""
    saved = dict(os.environ)
    os.environ.update(ENVIRONMENT)
    try:
        return load(path, resolve=True)
    except Exception:  # whatever OmegaConf raises: there is nothing to compare
        return None
    finally:
        os.environ.clear()
        os.environ.update(saved)


# -- making files


class Maker:
    IDS = ["openai", "openai-dev", "pg", "Anthropic", "my conn", "ünï", "x.y", "no", "123", "con", "agent_factory"]
    STORED = {
        "stored.yaml": "# of the store\nname: Stored\ntype: dynamiq.connections.OpenAI\napi_key: a\n",
        "openai.yml": "type: dynamiq.connections.OpenAI\napi_key: ${oc.env:ORACLE_KEY}\ntags: [x]\n",
        "Shared.yaml": "type: dynamiq.connections.Http\nurl: ${connections.stored.api_key}\n",
    }

    def __init__(self, rng):
        self.rng = rng
        self.anchors = []
        self.serial = 0

    def workflow(self):
        rng = self.rng
        self.anchors, self.serial = [], 0
        lines = []
        if rng.random() < 0.4:
            lines += ["# a workflow", ""]
        lines += ["defaults:", "  conn: openai", "  base: &base", "    type: dynamiq.connections.OpenAI",
                  "  url: http://d"]
        head, lines = lines, []
        ids = []
        if rng.random() < 0.9:
            ids, lines = self.definitions(0)
        self.top = [name for name in ids if name.isidentifier()]
        nodes = ["nodes:"]
        for index in range(rng.randrange(1, 5)):
            nodes += [f"  node-{index}:  # {index}"] + self.node(4, ids, 0)
        order = [lines, nodes, ["", "flows:", "  f:", "    nodes: [node-0]"]]
        if rng.random() < 0.3:
            order = [nodes, lines, order[2]]
        text = "\n".join(sum([head, *order], [])) + "\n"
        if rng.random() < 0.15:
            text = text.replace("\n", "\r\n")
        if rng.random() < 0.1:
            text = "\ufeff" + text
        if rng.random() < 0.1:
            text = text.rstrip("\r\n")
        return text

    def key(self, name):
        if name in ("no", "123") or self.rng.random() < 0.15:
            return json.dumps(name, ensure_ascii=False)
        return name

    def definitions(self, indent):
        rng = self.rng
        ids = rng.sample(self.IDS, rng.choice((1, 1, 2, 3)))
        step = rng.choice((2, 2, 4))
        pad = " " * indent
        if rng.random() < 0.1:
            inside = ", ".join(f"{self.key(name)}: {{type: dynamiq.connections.Http, method: GET}}" for name in ids)
            return ids, [f"{pad}connections: {{{inside}}}"]
        lines = [f"{pad}connections:" + rng.choice(("", "  # ours"))]
        for name in ids:
            if rng.random() < 0.2:
                lines.append(f"{pad}{' ' * step}# about {name}")
            lines += self.definition(indent + step, name, step)
            if rng.random() < 0.3:
                lines.append("")
        return ids, lines

    def definition(self, indent, name, step):
        rng, pad = self.rng, " " * indent
        key = f"{pad}{self.key(name)}:"
        kind = rng.randrange(24)
        if kind == 0:
            return [f"{key} *base"]
        if kind == 1:
            return [f"{key} {{type: dynamiq.connections.Http, url: 'http://x', method: GET}}"]
        if kind == 2:
            return [f"{key} {{$type: connection, $id: stored}}"]
        if kind == 3:
            return [f"{key} null"]
        lines = [key + rng.choice(("", "", "  # id"))]
        if rng.random() < 0.1:
            lines.append("# at the margin")
        inner = pad + " " * step
        fields = [f"{inner}type: dynamiq.connections.{rng.choice(('OpenAI', 'OpenAI', 'Http', 'PostgreSQL'))}"]
        if kind == 4:
            fields = [f"{inner}<<: *base"]
        for field in rng.sample(range(20), rng.randrange(0, 4)):
            fields += self.field(field, inner, step, name)
        return lines + fields

    def field(self, number, pad, step, name):
        more = pad + " " * step
        self.serial += 1
        anchor = f"a{self.serial}"
        choices = [
            [f"{pad}api_key: ${{oc.env:ORACLE_KEY}}"],
            [f'{pad}url: "https://example.com/\\u00e9"  # where'],
            [f"{pad}port: {self.rng.choice(('5432', '012', '1_000', '0x1F'))}"],
            [f"{pad}timeout: {self.rng.choice(('1e3', '1.5', '.inf', '12:30'))}"],
            [f"{pad}ssl: yes"],
            [f"{pad}numbers:", f"{more}{self.rng.choice((1, 'yes', '~1'))}: a"],
            [f"{pad}headers:", f"{more}X-A: a", f"{more}# inside", f"{more}X-B: ${{..url2}}", f"{pad}url2: u"],
            [f"{pad}args: [a, 'b', {{c: d}}]"],
            [f"{pad}list:", f"{pad}- a", f"{pad}-   b: c"],
            [f"{pad}key: |", f"{more}-----BEGIN", "", f"{more}  two", f"{more}-----END"],
            [f"{pad}key2: >-", f"{more}folded", f"{more}text"],
            [f'{pad}long: "a', f"{more}b", "", f'{more}  c"'],
            [f"{pad}plain: a", f"{more}b"],
            [f"{pad}host: ${{.region}}", f"{pad}region: ${{oc.env:ORACLE_HOST}}"],
            [f"{pad}first: &{anchor} v", f"{pad}second: *{anchor}"],
            [f"{pad}id: {self.key(name)}"],
            [f"{pad}name: A name", f"{pad}tags: [a]"],
            [f"{pad}escaped: '\\${{not}}'"],
        ]
        if number < len(choices):
            return choices[number]
        if number == len(choices):
            self.anchors.append(anchor)
            return [f"{pad}shared: &{anchor} v"]
        out = self.rng.choice(("${defaults.url}", "${connections.openai.type}", "${..openai.type}"))
        return [f"{pad}out: {out}"]

    def reference(self, ids):
        rng = self.rng
        name = rng.choice(ids) if ids and rng.random() < 0.8 else rng.choice(("stored", "Shared", "nowhere"))
        if name == "nowhere" and rng.random() < 0.8:
            name = "stored"
        kind = rng.randrange(14)
        if kind == 0:
            return "${defaults.conn}"
        if kind == 1:
            return "${oc.env:ORACLE_ID}"
        if kind == 2:
            return "'" + name + "'"
        if kind == 3:
            self.serial += 1
            self.anchors.append(f"r{self.serial}")
            return f"&r{self.serial} {self.key(name)}"
        if kind == 4 and any(anchor.startswith("r") for anchor in self.anchors):
            return "*" + rng.choice([anchor for anchor in self.anchors if anchor.startswith("r")])
        return self.key(name)

    def node(self, indent, ids, depth):
        rng, pad = self.rng, " " * indent
        lines = []
        if rng.random() < 0.8:
            lines.append(f"{pad}connection: {self.reference(ids)}" + rng.choice(("", "  # uses it")))
        elif rng.random() < 0.6:
            lines += [f"{pad}connection:", f"{pad}  type: dynamiq.connections.Http", f"{pad}  method: GET"]
            if rng.random() < 0.5:
                lines.append(f"{pad}  id: {rng.choice(('in', 'openai', 'my conn'))}")
        if rng.random() < 0.15:
            lines.append(f"{pad}connections: [{self.reference(ids).split(' ')[-1]}]")
        if rng.random() < 0.3:
            lines += [f"{pad}role: |", f"{pad}  connection: openai", ""]
        if rng.random() < 0.2:
            lines.append(f"{pad}prompt: {{connection: openai}}")
        if self.anchors and rng.random() < 0.2:
            lines.append(f"{pad}other: *{rng.choice(self.anchors)}")
        if rng.random() < 0.15:
            lines.append(f"{pad}seen: " + rng.choice((
                "${connections.openai.type}", "x-${connections.pg.type}", "${connections.stored.type}",
                "${nodes.node-0.seen2}",
                "${oc.select:connections.%s.type,none}" % rng.choice(self.top or ["nothing"]),
            )))
        if rng.random() < 0.1:
            lines.append(f"{pad}seen2: ok")
        if depth < 2 and rng.random() < 0.3:
            lines += [f"{pad}llm:"] + self.node(indent + 2, ids, depth + 1)
        if depth < 2 and rng.random() < 0.35:
            lines += [f"{pad}tools:", f"{pad}  - id: t", f"{pad}    agent_factory:"]
            own = []
            if rng.random() < 0.7:
                own, definitions = self.definitions(indent + 6)
                lines += definitions
            lines += [f"{' ' * (indent + 6)}role: x"] + self.node(indent + 6, own, depth + 1)
        return lines or [f"{pad}type: nothing"]


def is_loadable(text):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        try:
            data = load(file.name)
            yaml.compose(text.removeprefix("\ufeff"), LOADER)
            return isinstance(data, dict)
        except Exception:
            return False


# -- the whole


def attempt(binary, keep, name, texts, store, flags):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder).resolve()
        try:
            return check(binary, folder, texts, store, flags)
        except Difference as difference:
            print(f"{name}: {' '.join(flags)}: {difference}", file=sys.stderr)
            if keep:
                target = Path(keep) / name
                shutil.rmtree(target, ignore_errors=True)
                target.mkdir(parents=True)
                for file, text in texts.items():
                    (target / file).write_bytes(text.encode())
            return None


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("binary", nargs="?", default=str(ROOT / "target/debug/conndeck"))
    arguments.add_argument("--files", type=int, default=300, help="how many generated imports")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--keep", metavar="DIR", help="where the files of a difference go")
    arguments = arguments.parse_args()
    binary = str(Path(arguments.binary).resolve())
    failures = 0

    shared = Path(os.environ.get("CONNDECK_SHARED", ROOT.parent / "shared")) / "dynamiq" / "workflows"
    real = {path.name: path.read_bytes().decode() for path in sorted(shared.glob("*.yaml"))}
    if not real:
        print(f"skipped: no workflows of Dynamiq's at {shared}")
    for name, text in real.items():
        answer = attempt(binary, arguments.keep, name, {name: text}, {}, ["--rewrite"])
        failures += answer is None
    if real:
        for flags in (["--rewrite"], ["--rewrite", "--rename-clashes"], ["--rename-clashes"],
                      ["--rewrite", "--rename-clashes", "--merge-equal"]):
            answer = attempt(binary, arguments.keep, "all", real, {}, flags)
            failures += answer is None
            if answer:
                kinds = collections.Counter(row["outcome"] for row in answer["definitions"])
                print(f"{len(real)} files of Dynamiq's together, {' '.join(flags)}: {dict(kinds)}")
    COUNTS.clear()

    rng = random.Random(arguments.seed)
    made = 0
    while made < arguments.files:
        maker = Maker(rng)
        texts = {f"{letter}.yaml": maker.workflow() for letter in "abc"[: rng.randrange(1, 4)]}
        if not all(is_loadable(text) for text in texts.values()):
            COUNTS["not loadable"] += 1
            continue
        flags = ["--rewrite"] if rng.random() < 0.9 else []
        flags += ["--rename-clashes"] if rng.random() < 0.8 else []
        flags += ["--inline"] if rng.random() < 0.3 else []
        flags += ["--merge-equal"] if rng.random() < 0.2 else []
        made += 1
        failures += attempt(binary, arguments.keep, f"generated-{made}", texts, Maker.STORED, flags) is None
        if failures > 10:
            break
    for what, count in sorted(COUNTS.items()):
        print(f"{count:6} {what}")
    print(f"{made} generated imports, {failures} differences")
    if COUNTS["files compared"] < made / 3 or COUNTS["… with moved definitions"] < made / 3:
        print("too few files were compared", file=sys.stderr)
        return 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
