#!/usr/bin/env python3
"""Compares what Conndeck says about generated workflow files with what PyYAML and OmegaConf load.

    references.py BINARY                                 what CI runs: all of the below
    references.py BINARY --files 2000 [--seed N] [--keep DIR]
    references.py --rules                                only the test of the test

The files mix every form of reference at random depth with decoys; the truth is a plain walk over
the loaded data, value by value, so that one variable that is not set hides nothing else. Positions
come from PyYAML's tokens. A difference prints the file. The program is asked without its cache and
with it. Without `--seed` there are two runs, one with a fixed seed and one with a fresh one, and
each form must be there often enough. Then each rule of the scan (`src/reference/rule.rs`) is
switched off in turn, in the test binary, and has to make a difference. Needs the packages `pyyaml` and `omegaconf`.
"""

import argparse
import collections
import json
import multiprocessing
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import warnings

import yaml
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf._utils import get_yaml_loader

IDS = ["openai", "openai-2", "open", "anthropic", "é-ï", "prod.eu", "123", "no", "a b", "x_y"]
ENVIRONMENT = {"ORACLE_SET": "openai", "ORACLE_OTHER": "prod.eu"}
UNSET = "ORACLE_UNSET"
RESERVED = ("prompt", "schema", "response_format")
REFERENCE_KEYS = ("connection", "connection_id", "conn_id")
LOADER = get_yaml_loader()
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FIXED_SEED = 20250101
AT_LEAST = 200
# So many seconds after a change a file may be kept in the cache.
SETTLED = 5
# What has to be there that often, in both runs together.
FORMS = ["certain string", "certain list", "certain requirement", "certain interpolation", "certain alias",
         "possible interpolation", "unverifiable", "shadowed string", "shadowed list",
         "shadowed interpolation", "shadowed alias", "late merge", "UTF-16", "JSON", "several documents",
         "duplicate key", "unknown tag", "agent_factory scope", "requirement definition", "value_path",
         "reserved key", "non-string scalar", "merge", "definition that is none", "byte order mark",
         "CRLF", "configured key", "configured list", "path with a quoted key", "decoy"]


# -- making files


class Raw:
    """Text that stands for a value as it is."""

    def __init__(self, text, anchor=None, block=None):
        self.text, self.anchor, self.block = text, anchor, block


class Maker:
    """One file: `kind` says why the loader refuses it, or that it does not."""

    def __init__(self, rng):
        self.rng = rng
        self.counts = collections.Counter()
        self.kind = rng.choices(("fine", "duplicate key", "unknown tag", "several documents", "late merge"),
                                (0.6, 0.1, 0.1, 0.1, 0.1))[0]
        self.format = rng.choices(("YAML", "JSON", "UTF-16"),
                                  (0.7, 0.18 if self.kind == "fine" else 0, 0.12))[0]
        self.anchors = []
        self.maps = []
        self.lists = []
        self.serial = 0
        self.refused = self.kind != "fine"

    def scalar(self, text):
        """A string in one of the ways that give it back."""
        rng = self.rng
        plain_is_safe = text not in ("123", "no") and text[0].isalpha()
        kind = rng.randrange(8)
        quoted = '"' + text + '"'
        if kind == 0 and plain_is_safe:
            return Raw("!!str " + text)
        if kind == 1:
            return Raw("'" + text + "'")
        if kind == 2:
            return Raw(quoted)
        if kind == 3:
            at = rng.randrange(len(text))
            return Raw('"' + text[:at] + f"\\x{ord(text[at]):02x}" + text[at + 1:] + '"')
        if kind == 4:
            return Raw(quoted, block=(rng.choice(("|-", ">-")), text))
        if kind == 5:
            name = self.name("s")
            self.anchors.append(name)
            return Raw((text if plain_is_safe else quoted), anchor=name)
        return Raw(text if plain_is_safe else quoted)

    def name(self, what):
        self.serial += 1
        return f"{what}{self.serial}"

    def identity(self):
        return self.rng.choice(IDS)

    def reference(self):
        """A value for a reference key."""
        rng = self.rng
        kind = rng.randrange(20)
        if kind < 8:
            return self.scalar(self.identity())
        if kind < 11 and self.anchors:
            return Raw("*" + rng.choice(self.anchors))
        if kind == 11:
            return self.requirement(rng.choice(("connection", "secret")))
        if kind == 12:
            return {"type": Raw("dynamiq.connections.OpenAI"), "id": self.scalar(self.identity())}
        if kind == 13:
            return Raw(rng.choice(("123", "no", "1.5", "null", "~", "012")))
        if self.refused:
            return self.scalar(self.identity())
        return Raw(json.dumps(self.expression(), ensure_ascii=False))

    def expression(self):
        rng = self.rng
        identity = rng.choice(("openai", "anthropic", "x_y"))
        return rng.choice((
            "${defaults.one}", "${defaults.list[0]}", "${defaults.list.1}", "${defaults[two]}",
            "${.sibling}", "${..sibling}", "open${defaults.ai}", "${defaults.o}-${defaults.n}",
            "${oc.env:ORACLE_SET}", "${oc.env:ORACLE_OTHER}", "${oc.env:%s}" % UNSET,
            "openai-${oc.env:%s}" % UNSET, "${oc.env:%s,%s}" % (UNSET, identity),
            "${oc.env:%s, '%s'}" % (UNSET, identity), "${oc.env:ORACLE_SET,%s}" % identity,
            "${oc.select:defaults.one}", "${oc.select:nothing.here,%s}" % identity,
            "${oc.decode:${defaults.quoted}}", "${oc.decode:%s}" % identity, "${defaults.chain}",
            "${nothing.here}", "${defaults.cycle}", "${foo:bar}", "\\${defaults.one}",
            "${defaults.missing}", "${defaults.${defaults.which}}", "${defaults.number}",
            "${defaults.from_env}", "${defaults.nil}", "${defaults.list[7]}",
        ))

    def requirement(self, kind):
        entries = {"$type": Raw(kind), "$id": self.scalar(self.identity())}
        if self.rng.random() < 0.3:
            entries["value_path"] = Raw("$.api_key")
        return entries

    def decoy(self):
        self.counts["decoy"] += 1
        rng, identity = self.rng, self.identity()
        return rng.choice((
            Raw(json.dumps(f"connection: {identity}", ensure_ascii=False)),
            Raw("text", block=("|", f"connection: {identity}\n$id: {identity}")),
            {"$type": Raw("secret"), "$id": Raw("other")},
            {"connections_of": [Raw("openai")]},
            [Raw("openai"), Raw("anthropic")],
            Raw("openai"),
            Raw('"${oc.env:ORACLE_UNSET}"'),
        ))

    def node(self, depth):
        """A map with references, decoys and more maps."""
        rng = self.rng
        entries = {}
        if rng.random() < 0.2 and self.maps and depth > 0:
            names = rng.sample(self.maps, min(len(self.maps), rng.randint(1, 2)))
            entries["<<"] = Raw("*" + names[0]) if len(names) == 1 else [Raw("*" + n) for n in names]
        for _ in range(rng.randint(1, 4)):
            kind = rng.random()
            if kind < 0.31:
                entries[rng.choice(REFERENCE_KEYS)] = self.reference()
            elif kind < 0.35:
                entries["conn_id"] = [self.item() for _ in range(rng.randint(1, 2))]
            elif kind < 0.42:
                entries["connections"] = [self.item() for _ in range(rng.randint(1, 3))]
            elif kind < 0.5:
                entries[rng.choice(RESERVED)] = {"connection": self.scalar(self.identity()),
                                                 "x": self.requirement("connection")}
            elif kind < 0.58:
                entries[rng.choice(("memory", "key"))] = self.requirement("connection")
            elif kind < 0.65:
                entries[rng.choice(("description", "role"))] = self.decoy()
            elif kind < 0.7 and not self.refused:
                identity = rng.choice(("openai", "anthropic"))
                entries[rng.choice(("url", "api_key"))] = Raw(json.dumps(rng.choice((
                    "${connections.%s.url}", "a ${connections[%s].url}", "${connections.%s}"))
                    % identity))
            elif kind < 0.73 and self.maps:
                entries["shared"] = Raw("*" + rng.choice(self.maps))
            elif kind < 0.76 and not self.refused:
                entries["base"] = Raw('"${defaults.node}"')
            elif depth < 5:
                if kind < 0.82:
                    inner = self.node(depth + 1)
                    if rng.random() < 0.5:
                        inner["connections"] = self.definitions()
                    entries["agent_factory"] = inner
                elif kind < 0.9:
                    entries["tools"] = [self.node(depth + 1) for _ in range(rng.randint(1, 3))]
                else:
                    entries[rng.choice(("llm", "a.b", "text[0]", "fallback"))] = self.node(depth + 1)
        if rng.random() < 0.3:
            entries["sibling"] = self.scalar(self.identity())
        return entries

    def item(self):
        kind = self.rng.random()
        if kind < 0.7:
            return self.scalar(self.identity())
        if kind < 0.8 and self.anchors:
            return Raw("*" + self.rng.choice(self.anchors))
        if kind < 0.9 and not self.refused:
            return Raw(json.dumps(self.expression(), ensure_ascii=False))
        return self.requirement("secret")

    def definitions(self):
        rng = self.rng
        made = {}
        for identity in rng.sample(IDS, rng.randint(1, 5)):
            key = json.dumps(identity, ensure_ascii=False) if identity in ("123", "no") else identity
            if identity == "123" and rng.random() < 0.5:
                key = identity
            made[key] = rng.choice((
                {"type": Raw("dynamiq.connections.OpenAI"), "url": Raw("https://x.example")},
                {"type": Raw("dynamiq.connections.OpenAI"), "url": Raw("u")},
                {}, {"url": Raw("https://x.example")}, self.requirement("connection")))
        return made

    def file(self):
        rng = self.rng
        top = {}
        if rng.random() < 0.75:
            top["connections"] = self.definitions()
        for _ in range(rng.choice((0, 0, 1, 2, 3))):
            name = self.name("m")
            entry = (name, self.node(rng.choice((3, 4))))
            # Deeper than what merges it: PyYAML then rewrites it before it is read.
            top["base_" + name] = {"deep": {"er": entry}} if rng.random() < 0.3 else entry
            self.maps.append(name)
        top["defaults"] = {
            "one": Raw("openai"), "two": Raw("'anthropic'"), "ai": Raw("ai"), "o": Raw("openai"),
            "n": Raw("2"), "list": [Raw("open"), Raw("x_y")], "which": Raw("two"),
            "quoted": Raw("\"'prod.eu'\""), "chain": Raw('"${.one}"'),
            "cycle": Raw('"${defaults.cycle2}"'), "cycle2": Raw('"${defaults.cycle}"'),
            "missing": Raw("'???'"), "number": Raw("0x10"), "nil": Raw("null"),
            "from_env": Raw('"p-${oc.env:ORACLE_UNSET}"'),
            "node": {"connection": Raw("anthropic"), "deep": [{"connection": Raw('"${...name}"')}],
                     "name": Raw("x_y"), "out": {"connection": Raw('"${...one}"')}},
        } if not self.refused else {"one": Raw("x")}
        aliased = {}
        if self.kind == "fine" and rng.random() < 0.4:
            identity = rng.choice(IDS)
            top.setdefault("connections", {})[json.dumps(identity, ensure_ascii=False)] = {"type": Raw("x")}
            top["known"] = Raw(json.dumps(identity, ensure_ascii=False), anchor="known")
            aliased = {"by_alias": {"connection": Raw("*known"), "inner": {"connections": [Raw("*known")]}}}
        top["nodes"] = aliased | {self.name("node-"): self.node(0) for _ in range(rng.randint(1, 5))}
        top["workflows"] = {self.name("flow-"): {"flow": Raw("f")} for _ in range(rng.randint(0, 2))}
        if self.kind == "late merge":
            top["late_1"] = ("late1", {"connection": self.scalar(self.identity()), "x": Raw("y")})
            own = {"<<": Raw("*late1"), "connection": self.scalar(self.identity())}
            top["late_2"] = {"deep": {"er": ("late2", own)}}
            top["late_3"] = {"<<": Raw("*late2")}
        text = "".join(self.block(top, 0))
        text = without_dangling(text)
        text += {
            "duplicate key": "twice: {connection: first}\ntwice: {connection: second}\n",
            "unknown tag": "other: !unknown {connection: tagged}\n",
            "several documents": "---\nnodes: {x: {connection: openai}}\n",
        }.get(self.kind, "")
        self.counts["merge"] += text.count("<<")
        if self.format == "JSON":
            try:
                data = yaml.load(text, Loader=LOADER)
                text = json.dumps(data, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 1, 2)))
            except yaml.YAMLError:
                # A late merge that came about by itself.
                self.format = "YAML"
        if rng.random() < 0.12:
            self.counts["CRLF"] += 1
            text = text.replace("\n", "\r\n")
        if self.format == "YAML" and rng.random() < 0.15:
            self.counts["byte order mark"] += 1
            text = "\ufeff" + text
        self.counts[self.kind] += 1
        self.counts[self.format] += 1
        return text

    def encoded(self, text):
        if self.format != "UTF-16":
            return text.encode()
        order = self.rng.choice(("le", "be"))
        return ("\ufeff" + text).encode("utf-16-" + order)

    # -- writing them

    def block(self, value, indent):
        pad = " " * indent
        if isinstance(value, dict):
            if not value:
                yield pad + "{}\n"
            for key, child in value.items():
                yield from self.entry(pad + key_text(key) + ":", child, indent)
        elif isinstance(value, list):
            for child in value:
                yield from self.entry(pad + "-", child, indent)

    def entry(self, start, child, indent):
        rng = self.rng
        anchor = ""
        if isinstance(child, tuple):
            anchor, child = " &" + child[0], child[1]
        comment = "  # connection: openai" if rng.random() < 0.1 else ""
        if isinstance(child, Raw):
            anchor = f" &{child.anchor}" if child.anchor else anchor
            if child.block:
                yield f"{start}{anchor} {child.block[0]}{comment}\n"
                for line in child.block[1].split("\n"):
                    yield " " * (indent + 2) + line + "\n"
            else:
                yield f"{start}{anchor} {child.text}{comment}\n"
        elif not child or rng.random() < 0.15:
            yield f"{start}{anchor} {self.flow(child)}{comment}\n"
        else:
            yield f"{start}{anchor}{comment}\n"
            yield from self.block(child, indent + 2)

    def flow(self, value):
        if isinstance(value, tuple):
            return f"&{value[0]} {self.flow(value[1])}"
        if isinstance(value, Raw):
            return f"&{value.anchor} {value.text}" if value.anchor else value.text
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(child) for child in value) + "]"
        return "{" + ", ".join(f"{key_text(key)} : {self.flow(child)}" if key == "<<" else
                               f"{key_text(key)}: {self.flow(child)}"
                               for key, child in value.items()) + "}"


def without_dangling(text):
    """An anchored value may have been replaced by another of its key: its aliases go, too."""
    def kept(match):
        name = match.group(1)
        if re.search(f"&{name}\\b", text[:match.start()]):
            return match.group(0)
        return "{}" if name[0] == "m" else "openai"
    return re.sub(r"(?<=[ \[])\*([sm]\d+)\b", kept, text)


def key_text(key):
    return f'"{key}"' if "[" in key else key


# -- the truth: tokens


class Node:
    def __init__(self, kind, place, value=None, tag=None, plain=False):
        self.kind, self.place, self.value, self.tag, self.plain = kind, place, value, tag, plain
        self.children = []
        self.target = None


def tree(text):
    """The documents as nodes with the places of their tokens, aliases kept."""
    starts = []
    for token in yaml.scan(text):
        if isinstance(token, (yaml.ScalarToken, yaml.AliasToken)):
            starts.append(token.start_mark)
    starts.reverse()
    documents, stack, anchors = [], [], {}

    def add(node):
        if stack:
            stack[-1].children.append(node)
        else:
            documents.append(node)

    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.ScalarEvent):
            mark = event.start_mark
            while starts and starts[-1].index < mark.index:
                starts.pop()
            empty = event.start_mark.index == event.end_mark.index
            mark = mark if empty or not starts else starts[-1]
            if event.tag and not event.value:
                mark = event.end_mark
            node = Node("scalar", place(mark), event.value, event.tag, event.implicit[0])
            if event.anchor:
                anchors[event.anchor] = node
            add(node)
        elif isinstance(event, yaml.AliasEvent):
            node = Node("alias", place(event.start_mark))
            node.target = anchors[event.anchor]
            add(node)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            kind = "map" if isinstance(event, yaml.MappingStartEvent) else "list"
            node = Node(kind, place(event.start_mark))
            if event.anchor:
                anchors[event.anchor] = node
            add(node)
            stack.append(node)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            stack.pop()
    return documents


def place(mark):
    return (mark.line + 1, mark.column + 1)


def real(node):
    return node.target if node.kind == "alias" else node


def pairs(node):
    node = real(node)
    return list(zip(node.children[::2], node.children[1::2])) if node.kind == "map" else []


def is_merge(key):
    return key.kind == "scalar" and key.value == "<<" and key.plain


def lookup(node, key):
    """The entry of a map under a key, merges followed."""
    own = [value for own_key, value in pairs(node)
           if real(own_key).value == str(key) and not is_merge(own_key)]
    if own:
        return own[-1]
    for own_key, value in pairs(node):
        if is_merge(own_key):
            value = real(value)
            for source in value.children if value.kind == "list" else [value]:
                found = lookup(source, key)
                if found is not None:
                    return found
    return None


def step(node, key):
    if node is None:
        return None
    if isinstance(key, int):
        children = real(node).children if real(node).kind == "list" else []
        return children[key] if key < len(children) else None
    return lookup(node, key[1] if isinstance(key, tuple) else key)


# -- the truth: data


class Truth:
    def __init__(self, counts):
        self.found = []
        self.counts = counts

    def add(self, kind, identity, path, form, node, variables=()):
        self.counts[f"{kind} {form}" if form else kind] += 1
        if '["' in show(path):
            self.counts["path with a quoted key"] += 1
        definition = None
        if node is not None and node.kind == "alias" and form != "interpolation":
            definition = node.target.place
            self.counts[f"{kind} alias"] += 1
        self.found.append((kind, identity, show(path), form, node.place if node else None,
                           definition, tuple(variables)))

    def document(self, config, root):
        self.root = config
        self.top = self.scope(config)
        self.map(config, [], root, self.top, "root")

    def get(self, container, key):
        """The value, resolved; what kind of failure; the raw text."""
        node = container._get_node(key)
        raw = node._value() if node is not None else None
        if not (isinstance(raw, str) and "${" in raw):
            return (None if node is None else raw if not isinstance(
                node, (DictConfig, ListConfig)) else node), None, None
        try:
            value = container[key]
            return value, None, raw
        except Exception as error:
            return None, error, raw

    def scope(self, container):
        defined = {}
        value, _, _ = self.get(container, "connections")
        if isinstance(value, DictConfig) and value._content is not None:
            for key in value:
                if not isinstance(key, str):
                    continue
                entry, _, _ = self.get(value, key)
                if not isinstance(entry, DictConfig):
                    continue
                texts = {name: self.get(entry, name)[0] for name in ("type", "$type", "$id")}
                is_text = lambda name: isinstance(texts[name], str) and texts[name]
                if is_text("type") or (key not in RESERVED and is_text("$type") and is_text("$id")):
                    defined[key] = True
                else:
                    self.counts["definition that is none"] += 1
        return defined

    def map(self, container, path, node, scope, place):
        keys = list(container)
        if "$id" in keys and "$type" in keys:
            ours = place in ("reference", "item", "definition")
            if ours or self.get(container, "$type")[0] == "connection":
                self.counts["value_path"] += "value_path" in keys
                self.counts["requirement definition"] += place == "definition"
                self.reference(container, "$id", path, step(node, "$id"), {}, "requirement")
        for key in keys:
            here = path + [key if isinstance(key, str) else ("key", key)]
            below = step(node, yaml_key(key))
            if isinstance(key, str) and key in RESERVED:
                self.counts["reserved key"] += 1
                continue
            inner = scope
            if isinstance(key, str) and key in REFERENCE_KEYS:
                next_place = "reference"
            elif key == "connections" and place in ("root", "factory"):
                next_place = "definitions"
            elif key == "connections":
                next_place = "list"
            elif place == "definitions":
                next_place = "definition"
            elif key == "agent_factory":
                next_place = "factory"
            else:
                next_place = "other"
            self.value(container, key, here, below, inner, next_place)

    def value(self, container, key, path, node, scope, place):
        value, error, raw = self.get(container, key)
        if raw is not None:
            self.store_use(container, raw, path, node)
        if isinstance(value, DictConfig):
            if place == "factory":
                scope = self.scope(value)
            self.map(value, path, None if raw else node, scope, place)
        elif isinstance(value, ListConfig):
            inner = "item" if place in ("list", "definitions") else "other"
            if place == "reference" and key == "conn_id":
                inner = "item"
                self.counts["configured list"] += 1
            for index in range(len(value)):
                below = step(node, index) if not raw else None
                self.value(value, index, path + [index], below, scope, inner)
        elif place in ("reference", "item"):
            form = "interpolation" if raw is not None else \
                "list" if place == "item" else "string"
            self.reference(container, key, path, node, scope, form)

    def store_use(self, container, raw, path, node):
        for name in dict.fromkeys(re.findall(r"\$\{connections[.[](\w+)", raw)):
            connections, _, _ = self.get(self.root, "connections")
            if not (isinstance(connections, DictConfig) and name in connections):
                self.add("certain", name, path, "interpolation", node)

    def reference(self, container, key, path, node, scope, form):
        value, error, raw = self.get(container, key)
        if error is not None:
            with_value = self.with_sentinel(container, key)
            if isinstance(with_value, str):
                self.add("possible", None, path, form, node, [UNSET])
            else:
                self.add("unverifiable", None, [], None, node)
            return
        if value is None or isinstance(value, (DictConfig, ListConfig)):
            return
        self.counts["configured key"] += key == "conn_id"
        self.counts["agent_factory scope"] += "agent_factory" in path and scope is not self.top
        self.counts["non-string scalar"] += not isinstance(value, str)
        if raw is None and not isinstance(value, str) and node is not None:
            identity = real(node).value
        else:
            identity = str(value)
        variables = ()
        if raw is not None:
            variables = sorted(name for name in [*ENVIRONMENT, UNSET] if self.reads(container, key, name))
        kind = "shadowed" if isinstance(value, str) and identity in scope else "certain"
        self.add(kind, identity, path, form, node, variables)
        if raw is not None:
            for name in ENVIRONMENT:
                if name + "," in raw:
                    kept = os.environ.pop(name)
                    other = container[key]
                    os.environ[name] = kept
                    if other != identity:
                        kind = "shadowed" if other in scope else "possible"
                        self.add(kind, other, path, form, node, [name])

    def with_sentinel(self, container, key):
        os.environ[UNSET] = "sentinel"
        try:
            return container[key]
        except Exception:
            return None
        finally:
            del os.environ[UNSET]

    def reads(self, container, key, name):
        """Whether a value depends on a variable: another value of it gives another result."""
        kept = os.environ.pop(name, None)
        os.environ[name] = "sentinel"
        try:
            other = container[key]
        except Exception:
            other = None
        finally:
            del os.environ[name]
            if kept is not None:
                os.environ[name] = kept
        return other != container[key]


def yaml_key(key):
    return key if isinstance(key, str) else ("key", {True: "true", False: "no"}.get(key, str(key))
                                              if isinstance(key, bool) else str(key))


def show(path):
    text = ""
    for part in path:
        if isinstance(part, tuple):
            part = yaml_key(part[1])[1]
        if isinstance(part, int):
            text += f"[{part}]"
        elif not part or any(c in part for c in ".[]"):
            text += f'["{part}"]'
        else:
            text += ("." if text else "") + part
    return text


def refused_walk(truth, node, path, place):
    """Every use in a file that the loader refuses: no scopes, no interpolations."""
    node_real = real(node)
    if node_real.kind == "list":
        inner = "item" if place in ("list", "definitions") or place == "conn_id" else "other"
        for index, child in enumerate(node_real.children):
            refused_walk(truth, child, path + [index], inner)
    elif node_real.kind == "map":
        entries = all_entries(node)
        keys = {key: value for key, value in entries}
        if "$id" in keys and "$type" in keys:
            if place in ("reference", "conn_id", "item", "definition") or \
                    real(keys["$type"]).value == "connection":
                refused_use(truth, keys["$id"], path, "requirement")
        for key, value in entries:
            if key in RESERVED:
                continue
            if key in REFERENCE_KEYS:
                next_place = "conn_id" if key == "conn_id" else "reference"
            elif key == "connections":
                next_place = "definitions" if place in ("root", "factory") else "list"
            elif place == "definitions":
                next_place = "definition"
            else:
                next_place = "factory" if key == "agent_factory" else "other"
            refused_walk(truth, value, path + [key], next_place)
    elif place in ("reference", "conn_id", "item"):
        refused_use(truth, node, path, "list" if place == "item" else "string")


def refused_use(truth, node, path, form):
    scalar = real(node)
    if scalar.plain and scalar.value in ("", "~", "null"):
        return
    truth.add("certain", scalar.value, path, form, node)


def all_entries(node):
    """Own entries with their duplicates; of what is merged, what nothing before it overrides."""
    entries = [(real(key).value, value) for key, value in pairs(node) if not is_merge(key)]
    for key, value in pairs(node):
        if is_merge(key):
            for source in real(value).children if real(value).kind == "list" else [value]:
                taken = {key for key, _ in entries}
                entries += [(key, value) for key, value in all_entries(source) if key not in taken]
    return entries


def truth_of(text, counts):
    truth = Truth(counts)
    text = text.lstrip("\ufeff")
    roots = tree(text)
    try:
        data = yaml.load(text, Loader=LOADER)
        config = OmegaConf.create(data)
    except yaml.YAMLError:
        if "${" in text.replace("${oc.env:ORACLE_UNSET}", ""):
            # Refused for a map that is merged before it is read: nothing shadows, and that is all
            # that can be said without loading it.
            counts["late merge that is only known to shadow nothing"] += 1
            return None
        for root in roots:
            refused_walk(truth, root, [], "root")
        return truth.found
    truth.document(config, roots[0])
    return truth.found


# -- comparing


def said(report):
    """The answers by file, in the form of the truth."""
    files = collections.defaultdict(list)
    for kind in ("references", "shadowed"):
        for use in report[kind]:
            definition = use["definition"] and (use["definition"]["line"], use["definition"]["column"])
            files[os.path.basename(use["file"])].append((
                use["certainty"], use["id"], use["path"], use["form"],
                (use["line"], use["column"]),
                definition if use["form"] != "interpolation" else None,
                tuple(sorted(use["variables"]))))
    for use in report["unverifiable"]:
        files[os.path.basename(use["file"])].append(("unverifiable", None, "", None, (use["line"], use["column"]), None, ()))
    return files


def differences(expected, actual):
    left = list(actual)
    missing = []
    for use in expected:
        match = next((other for other in left if other[:4] == use[:4] and other[6] == use[6] and
                      (use[4] is None or (other[4] == use[4] and other[5] == use[5]))), None)
        if match is None:
            missing.append(use)
        else:
            left.remove(match)
    return missing, left


def case(work):
    """One file, what it should say, and the forms in it."""
    warnings.simplefilter("ignore")
    seed, number = work
    maker = Maker(random.Random(f"{seed}/{number}"))
    text = maker.file()
    name = f"{number:05d}.{'json' if maker.format == 'JSON' else 'yaml'}"
    try:
        return name, text, maker.encoded(text), truth_of(text, maker.counts), maker.counts
    except Exception:
        print(f"seed {seed}: the truth of file {number} is not known\n{text}", file=sys.stderr)
        raise


class Run:
    """Files in a directory, with the truth about them."""

    def __init__(self, seed, files, directory):
        self.seed, self.directory = seed, directory
        self.counts = collections.Counter()
        self.texts, self.expected = {}, {}
        os.makedirs(os.path.join(directory, "workflows"), exist_ok=True)
        with open(os.path.join(directory, "conndeck.yaml"), "w", encoding="utf-8") as file:
            file.write("reference_keys: [conn_id]\n")
        with multiprocessing.Pool() as pool:
            work = [(seed, number) for number in range(files)]
            for name, text, data, uses, counts in pool.imap(case, work, 16):
                with open(os.path.join(directory, "workflows", name), "wb") as file:
                    file.write(data)
                self.texts[name], self.expected[name] = text, uses
                self.counts.update(counts)

    def compare(self, report, show_at_most=3):
        """The number of files that the report has otherwise."""
        actual = said(report)
        faults = 0
        for name, uses in self.expected.items():
            said_here = actual.get(name, [])
            if uses is None:
                missing, invented = [], [use for use in said_here if use[0] == "shadowed"]
            else:
                missing, invented = differences(uses, said_here)
            if missing or invented:
                faults += 1
                if faults <= show_at_most:
                    print(f"--- seed {self.seed}, {name}\n{self.texts[name]}")
                    for use in missing:
                        print("  missing ", use)
                    for use in invented:
                        print("  invented", use)
        return faults

    def by_program(self, binary, cache="off"):
        command = [os.path.abspath(binary), "refs", "--json", "--dir", "connections.d"]
        own = {"CONNDECK_CACHE": cache, "XDG_CACHE_HOME": os.path.join(self.directory, "cache")}
        done = subprocess.run(command, cwd=self.directory, check=True, stdout=subprocess.PIPE, env=os.environ | own)
        return json.loads(done.stdout)

    def through_cache(self, binary):
        """What the program says once it remembers the files. It keeps none that has just changed."""
        newest = max(os.stat(file).st_ctime for file in pathlib.Path(self.directory, "workflows").iterdir())
        time.sleep(max(0, newest + SETTLED - time.time()))
        self.by_program(binary, "on")
        if not list(pathlib.Path(self.directory, "cache").rglob("*.scans")):
            raise SystemExit("the cache was not written")
        return self.by_program(binary, "on")

    def without(self, rule, tests):
        """What the test binary says without one of the rules."""
        output = os.path.join(self.directory, "report.out")
        environment = {"ORACLE_DIRECTORY": os.path.join(self.directory, "workflows"), "ORACLE_OUTPUT": output,
                       "CONNDECK_WITHOUT": rule}
        subprocess.run([tests, "--exact", "workflow::tests::dump_references"], check=True, cwd=REPOSITORY,
                       env=os.environ | environment, stdout=subprocess.DEVNULL)
        with open(output, encoding="utf-8") as file:
            return json.load(file)


def compare(binary, seed, files, directory):
    started = time.monotonic()
    run = Run(seed, files, directory)
    report = run.by_program(binary)
    faults = run.compare(report)
    if run.through_cache(binary) != report:
        print(f"seed {seed}: with the cache the answer is another one")
        faults += 1
    uses = sum(len(uses or ()) for uses in run.expected.values())
    print(f"seed {seed}: {files} files, {uses} uses, {faults} files differ ({time.monotonic() - started:.0f} s)",
          flush=True)
    return faults, run.counts


def test_of_the_test(files):
    """Whether each rule, switched off, makes a difference."""
    build = subprocess.run(["cargo", "test", "--locked", "--lib", "--no-run", "--message-format=json"], check=True,
                           cwd=REPOSITORY, stdout=subprocess.PIPE)
    messages = [json.loads(line) for line in build.stdout.splitlines()]
    tests = next(message["executable"] for message in messages
                 if message.get("executable") and message["target"]["name"] == "conndeck")
    source = (REPOSITORY / "src/reference/rule.rs").read_text(encoding="utf-8")
    rules = re.findall(r"^    ([A-Z]\w+),$", source, re.MULTILINE)
    with tempfile.TemporaryDirectory() as directory:
        run = Run(FIXED_SEED, files, directory)
        faults = run.compare(run.without("", tests))
        if faults:
            print(f"with all rules {faults} files differ")
            return 1
        found = {rule: run.compare(run.without(rule, tests), 0) for rule in rules}
    print(f"{files} files, {len(rules)} rules; without each of them that many files differ:")
    for rule, count in found.items():
        print(f"{count:7} {rule}{'' if count else '   <- the oracle does not see it'}")
    return 0 if rules and all(found.values()) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--files", type=int, default=1300)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", metavar="DIR")
    parser.add_argument("--rules", action="store_true")
    options = parser.parse_args()
    if not (options.binary or options.rules):
        parser.error("which binary?")
    os.environ.update(ENVIRONMENT)
    for name in (UNSET, "CONNDECK_DIR"):
        os.environ.pop(name, None)
    if options.rules:
        return test_of_the_test(400)
    if options.seed is not None or options.keep:
        with tempfile.TemporaryDirectory() as scratch:
            faults, counts = compare(options.binary, options.seed or FIXED_SEED, options.files,
                                     options.keep or scratch)
        print(dict(sorted(counts.items())))
        return 1 if faults else 0
    faults, counts = 0, collections.Counter()
    for seed in (FIXED_SEED, random.SystemRandom().randrange(10**9)):
        with tempfile.TemporaryDirectory() as directory:
            more, forms = compare(options.binary, seed, options.files, directory)
        faults += more
        counts.update(forms)
    rare = [form for form in FORMS if counts[form] < AT_LEAST]
    for form, count in sorted(counts.items()):
        print(f"{count:7} {form}")
    if rare:
        print(f"fewer than {AT_LEAST} cases: {', '.join(rare)}")
    return 1 if test_of_the_test(400) or faults or rare else 0


if __name__ == "__main__":
    sys.exit(main())
