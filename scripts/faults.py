#!/usr/bin/env python3
"""Faults under every system call of the commands that write, and a kill at each.

    faults.py BINARY [--all] [--seconds N] [--jobs N] [--only SCENARIO,…] [--verbose]

Each scenario is a command on a small project. It runs once undisturbed under `strace`, which gives
its system calls; then once for every one of them with each error that the call can have, and once
with a SIGKILL in its place. After each run this must hold:

- every connection and workflow is its old or its new whole, with its mode; without a kill all of
  them are old or all are new;
- exit code 0 means new; every other one means old, or the message says that it was done;
- a message that says that nothing was written is true, and no message shows a secret;
- nothing hidden stays after an error; after a kill at most one temporary file and the journal;
- the next start ends what was cut short, the same command works then, and `undo` takes it back.

Without `--all` the calls are those on the project and its state, and those that write.
"""

import argparse
import collections
import concurrent.futures
import fcntl
import os
import pty
import random
import re
import resource
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

SECRET = "sk-canary-fault-0123456789"

# What is wrong with each kind of call. An error that a call can't have proves nothing.
READS = ["EIO", "EINTR"]
LOOKS = ["EIO", "EACCES"]
CHANGES = ["ENOSPC", "EIO", "EACCES", "EROFS", "EINTR"]
FAULTS = {
    "open": ["EIO", "EACCES", "EMFILE", "EINTR"],
    "openat": ["ENOSPC", "EIO", "EACCES", "EROFS", "EMFILE", "EINTR"],
    "read": READS,
    "pread64": READS,
    "write": ["ENOSPC", "EIO", "EINTR", "retval=1"],
    "writev": ["ENOSPC", "EIO", "EINTR"],
    "fsync": ["EIO", "ENOSPC", "EROFS", "EINTR"],
    "fdatasync": ["EIO", "ENOSPC"],
    "rename": CHANGES + ["EXDEV"],
    "renameat": CHANGES + ["EXDEV"],
    "renameat2": CHANGES + ["EXDEV", "EINVAL"],
    "linkat": CHANGES + ["EXDEV"],
    "link": CHANGES + ["EXDEV"],
    "symlinkat": CHANGES,
    "unlinkat": ["EIO", "EACCES", "EROFS", "EINTR"],
    "unlink": ["EIO", "EACCES", "EROFS", "EINTR"],
    "mkdir": CHANGES,
    "mkdirat": CHANGES,
    "rmdir": ["EIO", "EACCES"],
    "fchmod": ["EIO", "EACCES", "EROFS"],
    "fchown": ["EIO", "EACCES", "EROFS"],
    "fsetxattr": ["ENOSPC", "EIO", "EACCES"],
    "fremovexattr": ["EIO", "EACCES"],
    "ftruncate": ["EIO", "EINTR"],
    "flock": ["EIO", "EINTR", "ENOLCK"],
    "getdents64": ["EIO", "EACCES"],
    "statx": LOOKS,
    "stat": LOOKS,
    "fstat": LOOKS,
    "lstat": LOOKS,
    "newfstatat": LOOKS,
    "faccessat2": LOOKS + ["EROFS"],
    "readlink": LOOKS,
    "readlinkat": LOOKS,
    "getcwd": ["EACCES"],
    "fcntl": ["EMFILE"],
    "flistxattr": ["EIO"],
    "fgetxattr": ["EIO"],
    "mmap": ["ENOMEM"],
    "brk": ["ENOMEM"],
    "mprotect": ["ENOMEM"],
    "clone": ["EAGAIN"],
    "clone3": ["EAGAIN"],
    "getrandom": ["EINTR"],
    "poll": ["EINTR"],
}
OTHERS = ["EIO"]
# These can't fail, or only in a program that is wrong.
UNFAILING = {"exit", "exit_group", "execve", "arch_prctl"}
WRITING = {
    "open", "openat", "write", "writev", "fsync", "fdatasync", "rename", "renameat", "renameat2", "linkat",
    "link", "symlinkat", "unlink", "unlinkat", "mkdir", "mkdirat", "flock", "fchmod", "fchown",
}

CHANGING = WRITING - {"open", "openat", "flock"}

SAYS_UNTOUCHED = re.compile(
    r"nothing (was|is) (written|deleted|changed|touched|imported|renamed)|everything is back as it was"
)
SAYS_DONE = re.compile(r"it was done|it was imported")
SAYS_CUT_SHORT = re.compile(r"could not be (put|brought) back|the next start")
SAYS_NO_HISTORY = re.compile(r"undo history")


class Wrong(Exception):
    """Something that must hold does not."""


OPENAI = f"""# the one of the support bots
type: dynamiq.connections.OpenAI
api_key: {SECRET}   # to be rotated
url: https://api.openai.com/v1
"""
SPARE = f"type: dynamiq.connections.Redis\nhost: r.example\npassword: {SECRET}\n"
PARCELS = f"type: dynamiq.connections.Http\nurl: https://p.example\nheaders: {{X: {SECRET}}}\n"
USES = "nodes:\n  a:\n    connection: openai   # x\n  b: {connection: \"openai\"}\n"
DEFINES = """connections:
  %s:
    type: dynamiq.connections.Http
    url: https://%s.example
    api_key: %s
nodes:
  n: {connection: %s}
"""

FILES = {
    "connections.d/openai.yaml": (OPENAI, 0o640),
    "connections.d/spare.yaml": (SPARE, 0o600),
    "connections.d/parcels.yaml": (PARCELS, 0o604),
    "shared/linked.yaml": ("type: dynamiq.connections.OpenAI\nurl: https://l.example\n", 0o644),
    "workflows/a.yaml": (USES, 0o644),
    "workflows/deep/b.yaml": (USES, 0o600),
    "workflows/c.yaml": (DEFINES % ("mail", "mail", SECRET, "mail"), 0o640),
    "workflows/d.yaml": (DEFINES % ("maps", "maps", SECRET, "maps"), 0o644),
}


class Scenario:
    def __init__(self, name, command, before=(), kill=None, never=False, like=None):
        self.name = name
        self.command = command.split()
        self.before = [one.split() for one in before]  # runs undisturbed, first
        self.kill = kill  # the last of `before` is killed at this call: (name, which)
        self.never = never  # the command must never change anything
        self.like = like  # reads what that one reads: without `--all` only its writes are hit


SCENARIOS = [
    Scenario("set", "set openai url https://eu.example/v1"),
    Scenario("set through a link", "set linked url https://eu.example/v1", like="set"),
    Scenario("add", "add fresh --type OpenAI"),
    Scenario("rm", "rm spare parcels --yes"),
    Scenario("rm in use", "rm openai --yes", never=True),
    Scenario("rename", "rename openai openai-prod"),
    Scenario("rename case", "rename openai OpenAI", like="rename"),
    Scenario("import", "import workflows/c.yaml workflows/d.yaml", like="import --rewrite"),
    Scenario("import --rewrite", "import workflows/c.yaml workflows/d.yaml --rewrite"),
    Scenario("render", "render workflows/a.yaml --output workflows/rendered.yaml"),
    Scenario("undo set", "undo", ["set openai url https://eu.example/v1"]),
    Scenario("undo add", "undo", ["add fresh --type OpenAI"]),
    Scenario("undo rm", "undo", ["rm spare parcels --yes"]),
    Scenario("undo rename", "undo", ["rename openai openai-prod"], like="undo import"),
    Scenario("undo import", "undo", ["import workflows/c.yaml workflows/d.yaml --rewrite"]),
    Scenario("recover", "list", ["rename openai openai-prod"], kill=("renameat2", -1)),
]


class Project:
    """A project on disk, made afresh for each run."""

    def __init__(self, binary, parent):
        self.binary = binary
        self.dir = tempfile.mkdtemp(prefix="p", dir=parent)

    def fill(self):
        os.mkdir(self.path(".git"))
        for name, (text, mode) in FILES.items():
            path = self.path(name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
            os.chmod(path, mode)
        os.symlink("../shared/linked.yaml", self.path("connections.d/linked.yaml"))

    def path(self, name):
        return os.path.join(self.dir, name)

    def log(self):
        return self.dir + ".strace"

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        if os.path.exists(self.log()):
            os.unlink(self.log())

    def environment(self):
        return {
            "PATH": os.environ["PATH"],
            "XDG_STATE_HOME": self.path("state"),
            "XDG_CONFIG_HOME": self.path("config"),
            "HOME": self.dir,
            "RUST_BACKTRACE": "0",
        }

    def run(self, arguments, strace=(), **more):
        """Runs the program, under strace if told so. Returns exit code and all it said."""
        command = [self.binary, *arguments]
        if strace:
            command = ["strace", "-f", "-qq", "-o", self.log(), *strace, "--", *command]
        done = subprocess.run(
            command, cwd=self.dir, env=self.environment(), stdin=subprocess.DEVNULL, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more,
        )
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def calls(self, arguments):
        """The system calls of an undisturbed run: name, which of that name, whether it is about
        the project, the text."""
        code, said = self.run(arguments, ["-y", "-s", "64"])
        seen = collections.Counter()
        calls = []
        with open(self.log(), errors="replace") as log:
            for line in log:
                match = re.match(r"(\d+) +([a-z0-9_]+)\((.*)", line)
                if not match:
                    continue
                thread, name, rest = match.groups()
                seen[thread, name] += 1
                which = seen[thread, name]
                about = re.sub(r"AT_FDCWD<[^>]*>", "", rest)
                ours = self.dir in about or re.search(r'^(, )?"(\.|connections|workflows|shared)', about)
                calls.append((name, which, bool(ours), line.strip()))
        return code, said, calls

    def state(self):
        """What is in the project, and which hidden files of ours."""
        files, hidden = {}, []
        for top in ("connections.d", "workflows", "shared"):
            for dir, _, names in os.walk(self.path(top)):
                for name in names:
                    path = os.path.join(dir, name)
                    short = os.path.relpath(path, self.dir)
                    if name.startswith(".conndeck-"):
                        hidden.append(short)
                    elif os.path.islink(path):
                        files[short] = ("link", os.readlink(path))
                    else:
                        with open(path, "rb") as file:
                            files[short] = (os.stat(path).st_mode & 0o7777, file.read())
        return files, hidden


class Run:
    """One scenario with its calls, and what is right before and after."""

    def __init__(self, scenario, binary, parent):
        self.scenario, self.binary, self.parent = scenario, binary, parent
        project = self.fresh()
        self.begin = project.state()[0]
        self.code, said, self.calls = project.calls(scenario.command)
        self.end, hidden = project.state()
        if hidden:
            raise Wrong(f"{scenario.name}: undisturbed, it leaves {hidden}")
        if scenario.never != (self.code != 0) or scenario.never != (self.begin == self.end):
            if scenario.kill is None:
                raise Wrong(f"{scenario.name}: undisturbed, exit {self.code}: {said}")
        self.project_files = set(self.begin) | set(self.end)
        project.remove()

    def fresh(self, parent=None):
        project = Project(self.binary, parent or self.parent)
        project.fill()
        for number, arguments in enumerate(self.scenario.before):
            if self.scenario.kill and number + 1 == len(self.scenario.before):
                name, which = self.scenario.kill
                if which < 0:
                    if not hasattr(self, "kill_at"):
                        probe = Project(self.binary, self.parent)
                        probe.fill()
                        count = sum(call[0] == name for call in probe.calls(arguments)[2])
                        # The last of that name is the history's.
                        self.kill_at = count + which
                        probe.remove()
                    which = self.kill_at
                project.run(arguments, [f"-etrace={name}", f"-einject={name}:signal=KILL:when={which}"])
                continue
            code, said = project.run(arguments)
            if code != 0:
                raise Wrong(f"{self.scenario.name}: {arguments}: exit {code}: {said}")
        return project

    def cases(self, everything):
        """(call, which, fault): each once."""
        known = set()
        self.everything = everything
        for name, which, ours, text in self.calls:
            if (name, which) in known:
                continue
            known.add((name, which))
            writes = name in WRITING
            if not everything and not ours and not writes:
                continue
            if not everything and self.scenario.like and not (ours and writes):
                continue
            # Between two calls that change nothing, a kill finds what it found before.
            changes = name in CHANGING or "O_CREAT" in text
            # The call that starts the program is none of its own.
            if name != "execve" and (everything or (ours and changes)):
                yield name, which, "KILL"
            if name in UNFAILING or (name == "close" and not everything):
                continue
            faults = FAULTS.get(name, OTHERS)
            if not everything:
                # The errors take turns; what changes files has two of them.
                turn = which + len(self.scenario.name)
                count = 2 if ours and changes else 1
                faults = {faults[(turn + more) % len(faults)] for more in range(count)}
            for fault in sorted(faults):
                yield name, which, fault
        for size in (0, 1, 60, 100, 150, 200, 400, 1000) if everything else (0, 100, 400):
            yield "limit", size, "EFBIG"
            yield "limit", size, "SIGXFSZ"
        for pages in range(12) if everything else (0, 1, 2, 4):
            yield "full", pages, "ENOSPC"

    def hit(self, name, which, fault):
        """Runs the scenario with one fault. Raises `Wrong`, or says what came of it."""
        if name == "limit":
            return self.limited(which, fault)
        if name == "full":
            return self.full(which)
        what = {"KILL": "signal=KILL"}.get(fault, fault if "=" in fault else f"error={fault}")
        strace = [f"-etrace={name}", f"-einject={name}:{what}:when={which}"]
        project = self.fresh()
        try:
            code, said = project.run(self.scenario.command, strace)
            with open(project.log(), errors="replace") as log:
                was_hit = "INJECTED" in (text := log.read()) or "killed by SIGKILL" in text
            if not was_hit:
                return "missed"
            is_brief = not self.everything and fault != "KILL" and name not in CHANGING
            return self.judge(project, code, said, fault == "KILL", is_brief)
        finally:
            project.remove()

    def limited(self, size, fault):
        """No file may get longer than so many bytes: a real short write, then an error or a kill."""
        project = self.fresh()
        ignored = {"EFBIG": signal.SIG_IGN, "SIGXFSZ": signal.SIG_DFL}[fault]

        def limit():
            signal.signal(signal.SIGXFSZ, ignored)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        try:
            code, said = project.run(
                self.scenario.command, preexec_fn=limit, restore_signals=False)
            return self.judge(project, code, said, code == -signal.SIGXFSZ)
        finally:
            project.remove()

    def full(self, pages):
        """A file system with so many pages left: a real short write, then no space."""
        mount = tempfile.mkdtemp(prefix="m", dir=self.parent)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=755", "conndeck-full", mount]
        if subprocess.run(command, **quiet).returncode != 0:
            return "not tried: no file system can be mounted"
        try:
            project = self.fresh(mount)
            free = os.statvfs(mount)
            filler = os.path.join(mount, "filler")
            with open(filler, "wb") as file:
                file.write(b"x" * ((free.f_bfree - pages) * free.f_bsize))
            code, said = project.run(self.scenario.command)
            os.unlink(filler)
            return self.judge(project, code, said, False)
        finally:
            subprocess.run(["umount", mount], **quiet)
            os.rmdir(mount)

    def judge(self, project, code, said, killed, is_brief=False):
        scenario = self.scenario
        if SECRET in said:
            raise Wrong(f"the secret is shown: {said}")
        state, hidden = project.state()
        for name in set(state) | self.project_files:
            if state.get(name) not in (self.begin.get(name), self.end.get(name)):
                raise Wrong(f"{name} is neither old nor new (exit {code}): {said}")
        is_old, is_new = state == self.begin, state == self.end
        journal = "connections.d/.conndeck-journal.tmp" in hidden
        temporaries = [name for name in hidden if "journal" not in name]
        if len(temporaries) > 1:
            raise Wrong(f"several temporary files: {hidden}: {said}")
        # Without memory it may be the system that ends it, before its first own step.
        killed = killed or code < 0
        if scenario.kill:
            # What is half done is ended, or the note of it stays.
            if not is_new and not (journal and (killed or said.strip())):
                raise Wrong(f"half is done (exit {code}), and there is no note of it: {said}")
            if SAYS_UNTOUCHED.search(said) and not is_new:
                raise Wrong(f"it says what is not true (exit {code}): {said}")
        elif not killed:
            self.judge_words(code, said, is_old, is_new, journal)
        if is_brief and is_old and not hidden:
            # As if it had never run: the next one is the undisturbed one.
            return "refused"
        return self.afterwards(project, code, said, is_old, is_new, hidden, killed)

    def judge_words(self, code, said, is_old, is_new, journal):
        if code < 0 or code == 101:
            if not is_old:
                raise Wrong(f"exit {code} and something was done: {said}")
            return
        if SAYS_UNTOUCHED.search(said) and not is_old:
            raise Wrong(f"it says what is not true (exit {code}): {said}")
        if not is_old and not is_new and not (SAYS_CUT_SHORT.search(said) and journal):
            raise Wrong(f"half is done (exit {code}): {said}")
        if code == 0 and not is_new:
            raise Wrong(f"exit 0, and it was not done: {said}")
        if code != 0 and not is_old and not SAYS_DONE.search(said) and not SAYS_CUT_SHORT.search(said):
            raise Wrong(f"exit {code}, and it was done: {said}")
        if code not in (0, 1, 2, 3, 4, 5, 6, 127):
            raise Wrong(f"exit {code}: {said}")
        if code != 0 and not said.strip():
            raise Wrong(f"exit {code} without a word")

    def afterwards(self, project, code, said, is_old, is_new, hidden, killed):
        """The next starts: the same command, and undo."""
        scenario = self.scenario
        what = "killed" if killed else ("done" if is_new and not is_old else "refused")
        if hidden:
            what += ", " + ("journal" if any("journal" in name for name in hidden) else "temporary file") + " left"
        if scenario.never:
            if not is_old:
                raise Wrong(f"it must never be done (exit {code}): {said}")
            return what
        again, now_said = project.run(scenario.command)
        state, hidden = project.state()
        if hidden:
            raise Wrong(f"the next start leaves {hidden} (exit {again}): {now_said}")
        if scenario.kill:
            if state != self.end:
                raise Wrong(f"it was not ended: {now_said}")
            return what
        if state != self.end:
            if not (scenario.command == ["undo"] and is_new):
                raise Wrong(f"the same command again, exit {again}: {now_said}; before: exit {code}, {said}")
        if is_old and again != 0:
            raise Wrong(f"the same command again, exit {again}: {now_said}; before: {said}")
        if code == 0 and not killed and scenario.command[0] not in ("undo", "render"):
            undone, undo_said = project.run(["undo"])
            state, hidden = project.state()
            if undone != 0 and not SAYS_NO_HISTORY.search(said):
                raise Wrong(f"undo: exit {undone}: {undo_said}; before: {said}")
            if undone == 0 and state != self.begin:
                raise Wrong(f"undo does not bring back what was: {undo_said}")
        return what


class Screen:
    """The interface on a pseudo-terminal."""

    def __init__(self, project, strace=()):
        self.keyboard, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        command = [project.binary]
        if strace:
            command = ["strace", "-f", "-qq", "-o", project.log(), *strace, "--", *command]
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *command], cwd=project.dir,
            env={**project.environment(), "TERM": "xterm-256color"},
            stdin=terminal, stdout=terminal, stderr=terminal,
        )
        os.close(terminal)
        self.drawn = b""

    def send(self, keys):
        try:
            os.write(self.keyboard, keys)
        except OSError:
            pass  # it has ended

    def wait(self, what, condition, seconds=30):
        """Reads what is drawn until the condition holds: True; False if the program ended first."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise Wrong(f"the screen never shows {what}: {self.drawn[-2000:]!r}")
            if select.select([self.keyboard], [], [], 0.02)[0]:
                try:
                    self.drawn += os.read(self.keyboard, 65536)
                    continue
                except OSError:
                    pass
            if self.process.poll() is not None:
                return condition()
        return True

    def wait_for(self, text):
        return self.wait(repr(text), lambda: text in self.drawn)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.keyboard)


# Name, keys, what is drawn before each, and what the list shows in the end.
SCREENS = [
    ("screen save", [(b"spare", b"j\r"), (b"[ Update ]", b"new-name\x13")], b"updated"),
    ("screen delete", [(b"spare", b"Gd"), (b"Delete ]", b"y")], b"deleted"),
]


class ScreenRun:
    """A save or a delete in the interface, killed at the calls that change names and files."""

    CALLS = ("renameat2", "fsync", "openat", "unlinkat", "write")

    def __init__(self, name, keys, done, binary, parent):
        self.scenario = Scenario(name, "")
        self.keys, self.done, self.binary, self.parent = keys, done, binary, parent
        self.calls = []
        project = self.fresh()
        self.begin = project.state()[0]
        if not self.drive(project, ["-y", "-e", "trace=" + ",".join(self.CALLS)]):
            raise Wrong(f"{name}: undisturbed, it ends")
        self.end, hidden = project.state()
        if hidden or self.begin == self.end:
            raise Wrong(f"{name}: undisturbed, it leaves {hidden}, {self.begin == self.end}")
        seen = collections.Counter()
        with open(project.log(), errors="replace") as log:
            for line in log:
                match = re.match(r"(\d+) +([a-z0-9]+)\((.*)", line)
                if match and self.is_watched(project, match[2], match[3]):
                    seen[match[1], match[2]] += 1
        for (_, call), count in seen.items():
            for which in range(1, count + 1):
                if (call, which) not in self.calls:
                    self.calls.append((call, which))
        project.remove()

    def is_watched(self, project, call, rest):
        if call == "openat":
            return any(f"{path}>" in rest or f'{path}"' in rest for path in self.watched(project))
        return call != "write"

    def watched(self, project):
        names = ["connections.d", "connections.d/openai.yaml", "connections.d/spare.yaml"]
        return [project.path(name) for name in names]

    def fresh(self):
        project = Project(self.binary, self.parent)
        project.fill()
        return project

    def drive(self, project, strace):
        """True if it was done, False if the program ended before that."""
        screen = Screen(project, strace)
        try:
            for text, keys in self.keys:
                if not screen.wait_for(text):
                    return False
                screen.drawn = b""
                screen.send(keys)
            if not screen.wait_for(self.done):
                return False
            screen.send(b"q")
            screen.wait("its end", lambda: screen.process.poll() is not None)
            return True
        finally:
            screen.end()

    def cases(self, _):
        for call, which in self.calls:
            yield call, which, "KILL"

    def hit(self, call, which, _):
        project = self.fresh()
        try:
            strace = [f"-etrace={call}", f"-einject={call}:signal=KILL:when={which}"]
            if call == "openat":
                for path in self.watched(project):
                    strace += ["-P", path]
            self.drive(project, strace)
            with open(project.log(), errors="replace") as log:
                if "killed by SIGKILL" not in log.read():
                    return "not reached this time"
            state, hidden = project.state()
            if state not in (self.begin, self.end):
                raise Wrong("a file is neither old nor new")
            if len(hidden) > 1:
                raise Wrong(f"several temporary files: {hidden}")
            again = Screen(project)
            try:
                again.wait_for(b"Connections")
                again.wait("a clean store", lambda: not project.state()[1])
                again.send(b"q")
            finally:
                again.end()
            state = project.state()[0]
            if state not in (self.begin, self.end):
                raise Wrong("after the next start a file is neither old nor new")
            return "killed, temporary file left" if hidden else "killed"
        finally:
            project.remove()


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("binary")
    options.add_argument("--all", action="store_true", help="every call, every fault")
    options.add_argument("--seconds", type=float, default=110, help="stop after so long; 0 never")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--only", help="scenarios, by name, with commas between them")
    options.add_argument("--count", action="store_true", help="only say how many runs it would be")
    options.add_argument("--verbose", action="store_true", help="say what is wrong at once")
    options = options.parse_args()
    binary = os.path.abspath(options.binary)
    probe = shutil.which("strace") and subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL)
    if not probe or probe.returncode != 0:
        print("faults: skipped: strace is missing, or may not trace here")
        return 0
    parent = tempfile.mkdtemp(prefix="conndeck-faults-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    try:
        return inject(options, binary, parent)
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def inject(options, binary, parent):
    begin = time.monotonic()
    names = options.only.split(",") if options.only else None
    runs = []
    for scenario in SCENARIOS:
        if names is None or scenario.name in names:
            runs.append(Run(scenario, binary, parent))
    for name, keys, done in SCREENS:
        if names is None or name in names:
            runs.append(ScreenRun(name, keys, done, binary, parent))
    cases = [(run, case) for run in runs for case in run.cases(options.all)]
    if options.count:
        for run in runs:
            print(run.scenario.name, sum(one is run for one, _ in cases))
        print(len(cases))
        return 0
    if not options.all:
        # What is left out when the time is over is of every scenario, and changes nothing on disk.
        random.Random(0).shuffle(cases)
        cases.sort(key=lambda one: one[1][0] not in CHANGING and one[1][2] != "KILL")
    counts, wrong, late = collections.Counter(), [], 0
    outcomes = collections.defaultdict(collections.Counter)
    hit = set()

    def one(entry):
        run, case = entry
        if options.seconds and not options.all and time.monotonic() - begin > options.seconds:
            return "late"
        for _ in range(3):
            try:
                outcome = run.hit(*case)
            except subprocess.TimeoutExpired:
                raise Wrong("it did not end within a minute") from None
            if outcome != "missed":
                break
        return outcome

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = {pool.submit(one, entry): entry for entry in cases}
        for future in concurrent.futures.as_completed(waiting):
            run, (name, which, fault) = waiting[future]
            try:
                outcome = future.result()
            except Wrong as error:
                wrong.append(f"{run.scenario.name}: {fault} at {name} {which}: {error}")
                if options.verbose:
                    print("wrong:", wrong[-1], flush=True)
                continue
            if outcome == "late":
                late += 1
                continue
            if outcome == "missed":
                wrong.append(f"{run.scenario.name}: {fault} at {name} {which}: was never reached")
                continue
            if name not in ("limit", "full") and not outcome.startswith("not"):
                hit.add((run.scenario.name, name, which))
            if not outcome.startswith("not"):
                counts["kills" if fault in ("KILL", "SIGXFSZ") else "faults"] += 1
            outcomes[run.scenario.name][outcome] += 1
    for run in runs:
        said = ", ".join(f"{count} {what}" for what, count in sorted(outcomes[run.scenario.name].items()))
        print(f"  {run.scenario.name}: {len(run.calls)} calls: {said}")
    for line in sorted(wrong):
        print("wrong:", line)
    if late:
        print(f"  {late} of {len(cases)} were left out: the time was over")
    print(
        f"faults: {len(hit)} calls, {counts['faults']} faults, {counts['kills']} kills, "
        f"{len(wrong)} losses ({time.monotonic() - begin:.0f} s)"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
