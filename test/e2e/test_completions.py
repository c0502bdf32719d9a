"""The completions, in the shells they are for: keys are pressed, and what is
then on the line is run."""

import contextlib
import os
import pty
import select
import shutil
import signal
import time

import pytest

from command import PROGRAM, Client

WAIT_S = 30

# How each shell is started, and told of the completions.
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             "bind 'set bell-style none'; . ./completions"),
    "zsh": (["zsh", "-f", "-i"],
            "unsetopt zle_bracketed_paste beep prompt_sp; "
            "autoload -Uz compinit; compinit -u -D; . ./completions"),
    "zsh, from its folder": (
        ["zsh", "-f", "-i"],
        "unsetopt zle_bracketed_paste beep prompt_sp; fpath=($PWD $fpath); "
        "autoload -Uz compinit; compinit -u -D"),
    "fish": (["fish", "--no-config", "-i"], "source ./completions"),
}


def fill(top):
    """Names that a shell would take apart."""
    for name in ("empty", "two words"):
        (top / name).mkdir()
    (top / "empty" / "deep").mkdir()
    (top / "empty" / "deep" / "f").write_text("found it\n")
    (top / "one file.txt").write_text("first\n")
    (top / "two words" / "x y").write_text("second\n")
    (top / "100%.txt").write_text("percent\n")
    (top / "gr\u00fcn").write_text("green\n")


class Shell:
    def __init__(self, name, client):
        self.seen = b""
        environment = dict(client.environment)
        environment["PATH"] = "%s:%s" % (PROGRAM.parent, environment["PATH"])
        environment.update(TERM="xterm", LC_ALL="C.UTF-8", PS1="$ ")
        command, prepare = SHELLS[name]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(client.work)
            os.execvpe(command[0], command, environment)
        self.type(prepare + "; echo rea''dy\n")
        self.until(b"ready")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def until(self, wanted):
        """Reads until this was shown."""
        end = time.monotonic() + WAIT_S
        while wanted not in self.seen:
            ready, _, _ = select.select([self.terminal], [], [], 1)
            if ready:
                self.seen += os.read(self.terminal, 4096)
            if b"\033[c" in self.seen:  # fish asks who we are
                self.seen = self.seen.replace(b"\033[c", b"")
                self.type("\033[?1;2c")
            assert time.monotonic() < end, self.seen
        self.seen = self.seen.partition(wanted)[2]

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


@pytest.fixture(params=SHELLS)
def shell(request, client):
    name = request.param.partition(",")[0]
    if shutil.which(name) is None:
        pytest.skip("%s is not installed" % name)
    done = client("completions", name)
    (client.work / "completions").write_text(done.out)
    (client.work / "_tarry").write_text(done.out)
    shell = Shell(request.param, client)
    yield shell
    shell.close()


@pytest.fixture
def client():
    client = Client()
    yield client
    client.close()


def test_commands(shell):
    shell.type("tarry mkd\t--help\n")
    shell.until(b"usage: tarry mkdir")


def test_options(shell):
    shell.type("tarry cp --no-ov\t --help\n")
    shell.until(b"usage: tarry cp")


@pytest.mark.parametrize(("typed", "shown"), [
    ("/em\tde\tf", "found it"),
    ("/empty/de\tf", "found it"),
    ("/on\t", "first"),
    ("/two\\ words/\t", "second"),
    ("/tw\tx\t", "second"),
    ("/100\t", "percent"),
    ("/gr\t", "green"),
])
def test_remote_paths(shell, serve, typed, shown):
    url = serve(fill=fill).url
    shell.type("tarry cat %s%s\n" % (url, typed))
    shell.until(shown.encode())


def test_remote_paths_by_short_names(shell, client, serve):
    config = client.home / ".config" / "tarry"
    config.mkdir(parents=True)
    (config / "config").write_text("home = %s/\n" % serve(fill=fill).url)
    shell.type("tarry cat home:em\tde\tf\n")
    shell.until(b"found it")
    shell.type("tarry cat home:one\\ f\t\n")
    shell.until(b"first")


def test_local_files(shell, client, serve):
    (client.work / "local file").write_text("octets\n")
    url = serve(fill=fill).url
    shell.type("tarry put lo\t %s/new; tarry cat %s/new\n" % (url, url))
    shell.until(b"octets")
