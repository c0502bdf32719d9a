"""Our client as the tests call it: with a home of its own, never the user's."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from server import REPORTS, ROOT, environment

PROGRAM = ROOT / "build" / "asan" / "src" / "tarry"


class Done:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def lines(self):
        return self.out.splitlines()

    def objects(self):
        return [json.loads(line) for line in self.lines()]


class Client:
    """client("ls", url).code; everything it keeps is in client.home."""

    def __init__(self, program=PROGRAM):
        self.program = program
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="tarry-client-"))
        self.work = self.home / "work"
        self.work.mkdir()
        self.environment = {
            name: value for name, value in environment().items()
            if not name.startswith("XDG_") and "proxy" not in name.lower()}
        self.environment["HOME"] = str(self.home)

    def start(self, *words, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(
            [str(self.program), *map(str, words)], cwd=self.work,
            env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, **options)

    def end(self, process, timeout_s=60, text=None):
        try:
            out, err = process.communicate(text, timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        for report in REPORTS:
            assert report not in err, err.decode(errors="replace")
        return Done(process.returncode, out.decode(errors="replace"),
                    err.decode(errors="replace"))

    def __call__(self, *words, text=None, timeout_s=60):
        options = {} if text is None else {"stdin": subprocess.PIPE}
        return self.end(self.start(*words, **options), timeout_s, text)

    def interrupt(self, process):
        os.kill(process.pid, signal.SIGINT)

    def close(self):
        shutil.rmtree(self.home, ignore_errors=True)
