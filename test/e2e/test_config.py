"""Options from a file, what check-config says of them, and SIGHUP."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest

from peer import Client
from relay import trusting
from server import ROOT, environment, free_port, small_tree
from test_tls import Authority, Load, shown_to

PROGRAM = ROOT / "build" / "asan" / "src" / "tarry"


def run(*words, **variables):
    """Exit status, standard output and standard error."""
    done = subprocess.run(
        [str(word) for word in (PROGRAM, *words)], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
        env={**environment(), **variables})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def until(is_so, what, timeout_s=20):
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@pytest.fixture
def conf(tmp_path):
    """conf(key=value, ...): a file that says that, and serves a directory."""
    directory = tmp_path / "served"
    directory.mkdir()
    path = tmp_path / "tarry.conf"

    def write(*lines, serves=directory):
        first = ["directory = %s" % serves] if serves else []
        path.write_text("".join(line + "\n" for line in [*first, *lines]))
        return path
    write.directory = directory
    return write


def reload(server):
    """SIGHUP, and what the server then says of it."""
    seen = len(server.said())
    server.process.send_signal(signal.SIGHUP)

    def news():
        return server.said()[seen:]
    until(lambda: re.search("configuration (was read|stays).*\n", news()),
          "nothing was said of SIGHUP")
    return news()


# ---- What the options say -------------------------------------------------


def test_serves_what_the_file_says(conf, serve, connect):
    path = conf("read-only = yes", serves=None)
    server = serve("--config", path)
    client = connect(server)
    assert client.request("GET", "/file.txt").status == 200
    assert client.request("PUT", "/new", body=b"x").status == 403


def test_flag_wins_over_variable_over_file_over_default(conf):
    path = conf("interim = on", "interim-after = 1s", "interim-every = 2s",
                "listen = 127.0.0.1:1", "listen = 127.0.0.1:2",
                "read-only = yes")
    code, said, errors = run(
        "check-config", "--config", path, "--print", "--interim-after", "3s",
        "--read-only=no", TARRY_INTERIM_EVERY="4s", TARRY_INTERIM_AFTER="5s",
        TARRY_LISTEN="127.0.0.1:3")
    assert (code, errors) == (0, "")
    pairs = re.findall(r"^# (\S+:|)(?: ?)(\S+)\n([a-z-]+ = .*)$", said, re.M)
    values = [value for _, _, value in pairs]
    assert "interim = on" in values
    assert "interim-after = 3s" in values
    assert "interim-every = 4s" in values
    assert "read-only = no" in values
    assert [v for v in values if v.startswith("listen")] == [
        "listen = 127.0.0.1:3"]
    for place, value in (("%s:2: interim" % path, "interim = on"),
                         ("--interim-after", "interim-after = 3s"),
                         ("TARRY_INTERIM_EVERY", "interim-every = 4s")):
        assert "# %s\n%s\n" % (place, value) in said
    assert "# keep-results = 1d\n" in said.partition("# Defaults:")[2]


def test_print_is_a_file_that_means_the_same(conf, tmp_path):
    path = conf("listen = 127.0.0.1:1", "listen = [::1]:2", "max-body = 10m",
                "read-only = yes", "wait-limit = 90s", "threads = 2",
                "anonymous-tree-max = 0", "min-rate = 0",
                'access-log = " a # b "', serves=str(conf.directory))
    _, first, _ = run("check-config", "--config", path, "--print")
    again = tmp_path / "again.conf"
    again.write_text(first)
    code, second, errors = run("check-config", "--config", again, "--print")
    assert (code, errors) == (0, "")

    def meaning(text):
        return [line for line in text.partition("# Defaults:")[0].splitlines()
                if line and line[0] != "#"]
    assert meaning(first) == meaning(second)
    assert 'access-log = " a # b "' in meaning(first)
    assert first.partition("# Defaults:")[2] == \
        second.partition("# Defaults:")[2]


WRONG = [
    (["interim-aftr = 20s"], 2,
     ':2: unknown key "interim-aftr": did you mean "interim-after"?'),
    (["read-only = maybe"], 2,
     ':2: read-only: "maybe" cannot be: write yes or no'),
    (["listen = 127.0.0.1:1", "listen = here"], 2,
     ':3: listen: "here" is not an address to listen on'),
    (["interim-after = 2h"], 2, ":2: interim-after: it can be 0 to 1h"),
    (["interim-every = 0s"], 2, ":2: interim-every: it can be 1s to 1h"),
    (["threads = 0"], 2, ":2: threads: it can be 1 to 64"),
    (["threads = 65"], 2, ":2: threads: it can be 1 to 64"),
    (["interim-trust-proxy = 10.0.0.0/33"], 2,
     ':2: interim-trust-proxy: "10.0.0.0/33" cannot be'),
    (["max-streams = 0"], 2, ":2: max-streams: it can be 1 or more"),
    (["max-connections = 0"], 2, ":2: max-connections: it can be 1 or"),
    (["cors-origin = *", "cors-origin = app.example"], 2,
     ':3: cors-origin: "app.example" cannot be'),
    (["tls-cert = /none"], 2, "TLS: each --tls-cert needs its --tls-key"),
    (["listen = https://127.0.0.1:1"], 2,
     "TLS: an address with https:// needs --tls-cert"),
    (["tls-cert = /none", "tls-key = /none"], 1,
     "/none: No such file or directory"),
    (["access-log = /none/log"], 1, ":2: access-log: /none/log: No such"),
    (["state = /none/state"], 1, ":2: state: /none/state: No such"),
]


@pytest.mark.parametrize("lines,code,said", WRONG)
def test_says_what_is_wrong_with_its_line(conf, lines, code, said):
    path = conf(*lines)
    got, out, errors = run("check-config", "--config", path)
    assert got == code
    at = str(path) if said[0] == ":" else ""
    assert "tarry: " + at + said in errors
    assert len(errors.splitlines()) == 1
    assert list(conf.directory.iterdir()) == []
    if code == 2:  # and so does the server, with the same words
        assert run("serve", "--config", path) == (2, "", errors)
    else:
        assert run("serve", "--config", path)[0] == 1


def test_tells_all_that_is_wrong(conf):
    path = conf("interim-every = 0s", "tls-cert = /none", "tls-key = /none",
                "access-log = /none/log", "threads = 0")
    code, out, errors = run("check-config", "--config", path)
    assert code == 2 and len(errors.splitlines()) == 4
    assert out == "4 errors, 0 warnings\n"


def test_flags_that_cannot_be_exit_with_2(conf):
    directory = conf.directory
    for words, said in (
            (["--interim-after", "2h"], "--interim-after: it can be"),
            (["--threads", "0"], "--threads: it can be"),
            (["--listen", "x"], '--listen: "x" is not an address'),
            (["--interim-trust-proxy", "x"], "--interim-trust-proxy: "),
            (["--interim-trust-proxie", "x"],
             "did you mean --interim-trust-proxy?"),
            (["--directory", "/tmp"], "one directory is served"),
            (["/tmp"], "one directory is served")):
        code, _, errors = run("serve", directory, *words)
        assert code == 2 and said in errors, words
        assert run("check-config", directory, *words)[::2] == (2, errors)
    code, _, errors = run("serve", directory, TARRY_THREADS="0")
    assert code == 2 and "TARRY_THREADS: it can be" in errors
    for word in ("false", "off"):
        code, _, errors = run("serve", directory,
                              TARRY_BASIC_OVER_PLAIN_TEXT=word)
        assert code == 2 and "write yes or no" in errors
    code, _, errors = run("check-config", directory, TARRY_READONLY="yes",
                          TARRY_TIMEOUT="5s", TARRYSTATE="/x")
    assert code == 0 and errors.splitlines() == [
        "tarry: TARRY_READONLY: warning: there is no such option: did you "
        "mean TARRY_READ_ONLY?"]
    assert run("serve")[0] == 2
    assert run("serve", "/none")[0] == 1
    assert run("serve", directory, "--config", "/none")[0] == 1


def test_warns_of_a_directory_that_cannot_be_written():
    if os.geteuid() == 0:
        pytest.skip("root can write everywhere but on what is read-only")
    code, out, errors = run("check-config", "/usr")
    assert code == 0 and "read-only" in errors


def test_state_must_be_outside(conf, tmp_path):
    inside = conf.directory / "state"
    assert run("check-config", conf.directory, "--state", inside)[0] == 1
    inside.mkdir()
    code, _, errors = run("check-config", conf.directory, "--state", inside)
    assert code == 1 and "must be outside of what is served" in errors
    outside = tmp_path / "served-state"  # whose name only begins alike
    assert run("check-config", conf.directory, "--state", outside)[0] == 0
    assert not outside.exists()


def test_example_is_right(tmp_path):
    text = (ROOT / "examples" / "tarry.conf").read_text()
    lines = [line.lstrip("# ") if re.match(r"# [a-z-]+ = ", line) else line
             for line in text.splitlines()]
    assert len(lines) > 20
    known = run("serve", "--help")[1]
    for key in re.findall(r"^([a-z-]+) =", "\n".join(lines), re.M):
        assert "--" + key in known
    mine = tmp_path / "tarry.conf"
    mine.write_text(text.replace("/srv/files", str(tmp_path)))
    assert run("check-config", "--config", mine) == (
        0, "0 errors, 0 warnings\n", "")


def test_checks_a_server_that_runs(serve):
    server = serve()
    assert run("check-config", server.directory, "--listen",
               server.address)[0] == 0


# ---- SIGHUP ---------------------------------------------------------------


def test_log_is_opened_again(serve, connect, tmp_path):
    server = serve()
    client = connect(server)
    old = tmp_path / "old.log"
    assert client.request("GET", "/one").status == 404
    until(lambda: "/one" in server.access_log.read_text(), "no line")
    server.access_log.rename(old)
    assert client.request("GET", "/two").status == 404
    until(lambda: "/two" in old.read_text(), "no line in what was moved")
    assert "was read again" in reload(server)
    assert client.request("GET", "/three").status == 404
    until(lambda: "/three" in server.access_log.read_text(), "no new line")
    assert "/three" not in old.read_text()


def test_no_line_is_lost_when_the_log_is_moved(serve, connect, tmp_path):
    server = serve(build="release")
    client = connect(server)
    for i in range(200):
        if i % 20 == 10:
            server.access_log.rename(tmp_path / ("log.%d" % i))
            reload(server)
        assert client.request("GET", "/%d." % i).status == 404

    def lines():
        return [line for path in [*tmp_path.glob("log.*"), server.access_log]
                for line in path.read_text().splitlines()]
    until(lambda: len(lines()) >= 200, "lines are missing")
    assert sorted(int(re.search(r"/(\d+)\.", line).group(1))
                  for line in lines()) == list(range(200))


def test_log_goes_where_the_new_file_says(conf, tmp_path):
    other = tmp_path / "other.log"
    first = tmp_path / "first.log"  # its folder is in the sandbox with it
    server = Served(conf, "access-log = %s" % first)
    with server, Client(server.address) as client:
        for path in ("/one", "/next"):  # when it comes, /one was logged
            assert client.request("GET", path).status == 404
        server.write("access-log = %s" % other)
        reload(server)
        assert client.request("GET", "/two").status == 404
        until(lambda: "/two" in other.read_text(), "no line")
        assert "/one" not in other.read_text()


class Served:
    """A server that has all it knows from its file."""

    def __init__(self, conf, *lines):
        self.conf, self.port = conf, free_port()
        self.address = "127.0.0.1:%d" % self.port
        self.path = self.write(*lines)
        self.log = pathlib.Path(str(self.path) + ".said")
        if not any(conf.directory.iterdir()):
            small_tree(conf.directory)
        self.process = None

    def write(self, *lines):
        return self.conf("listen = " + self.address, *lines)

    def said(self):
        return self.log.read_text()

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", "--config", self.path], stdout=log,
                stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                env=environment())
        until(lambda: "Try:" in self.said(), "it does not serve")
        return self

    def __exit__(self, kind, error, trace):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0, self.said()
        assert "ERROR: " not in self.said(), self.said()


def tls_lines(*pairs):
    return [line for crt, key in pairs
            for line in ("tls-cert = %s" % crt, "tls-key = %s" % key)]


def test_new_certificates_by_the_file(conf, tmp_path):
    authority = Authority(tmp_path)
    first, second = authority.sign("first"), authority.sign("second")
    named = authority.sign("named", "named.test", "DNS:named.test")
    server = Served(conf, *tls_lines(first))
    with server:
        load = Load(server)
        assert shown_to(server) == "first"
        server.write(*tls_lines(second, named))
        assert "was read again" in reload(server)
        assert shown_to(server) == "second"
        assert shown_to(server, "named.test") == "named.test"
        server.write(*tls_lines(first))
        reload(server)
        assert shown_to(server, "named.test") == "first"
        # They are still watched by the names of the newest file.
        authority.sign("first", "third")
        until(lambda: shown_to(server) == "third", "not read when it changed")
        load.end()
        assert not load.failures and load.count > 10


def test_wrong_file_changes_nothing(conf, tmp_path):
    authority = Authority(tmp_path)
    first, second = authority.sign("first"), authority.sign("second")
    log, other = tmp_path / "a.log", tmp_path / "b.log"
    server = Served(conf, *tls_lines(first), "access-log = %s" % log)
    new = tls_lines(second)
    with server, Client(server.address, tls=trusting()) as client:
        for lines, said in (
                ([*new, "access-log = %s" % other, "interim-aftr = 1s"],
                 ":6: unknown key"),
                ([*new, "access-log = %s" % other, "threads = 0"],
                 ":6: threads: it can be"),
                ([*tls_lines((second[0], first[1])),
                  "access-log = %s" % other], "is not the key of"),
                ([*new, "access-log = /none/log"], "/none/log: No such"),
                (["access-log = %s" % other], "needs a restart"),
                ([*new, "access-log = %s" % other, "state = /none/s"],
                 "/none/s: No such")):
            server.write(*lines)
            news = reload(server)
            assert said in news and "old configuration stays" in news
            assert shown_to(server) == "first"
            assert client.request("GET", "/file.txt").status == 200
        server.path.unlink()
        assert "No such file" in reload(server)
        assert not other.exists()
        # And what is right again is taken.
        server.write(*new, "access-log = %s" % other)
        assert "was read again" in reload(server)
        assert shown_to(server) == "second"
        assert client.request("GET", "/late").status == 404
        until(lambda: "/late" in other.read_text(), "no line")
        assert "/late" not in log.read_text()


def test_names_what_waits_for_a_restart(conf):
    server = Served(conf)
    with server:
        server.write("read-only = yes", "interim-after = 1s")
        news = reload(server)
        for line in ("%s:3: read-only: this change waits" % server.path,
                     "%s:4: interim-after: this change" % server.path):
            assert line in news
        assert news.count("waits for a restart") == 2
        with Client(server.address) as client:
            assert client.request("PUT", "/x", body=b"x").status == 201
        assert "waits" in reload(server)  # for as long as it does
        server.write("# nothing")
        assert "waits" not in reload(server)


def test_many_signals_cost_nothing(conf):
    server = Served(conf)
    with server:
        def descriptors():
            return len(os.listdir("/proc/%d/fd" % server.process.pid))
        before = descriptors()
        for i in range(30):
            server.write("interim-after = %ds" % i if i % 3 else "wrong = 1")
            reload(server)
        assert descriptors() == before


def test_signal_before_a_listener_can_be_reached(conf):
    """Not even one that comes at once is missed, or ends it."""
    server = Served(conf)
    with server:
        for _ in range(5):
            server.process.send_signal(signal.SIGHUP)
        until(lambda: "was read again" in server.said(), "it was not read")
        socket.create_connection(("127.0.0.1", server.port)).close()


def test_no_client_can_write_a_line_of_the_log(serve):
    server = serve()
    octets = bytes(range(1, 256)).replace(b"\n", b"").replace(b"\r", b"")
    for agent in (b'" 200 0 0 "', b"\\", b"\x1b[2J", octets, b"a" * 20000):
        with socket.create_connection(("127.0.0.1", server.port)) as peer:
            peer.sendall(b"GET /%22%0a\"\\ HTTP/1.1\r\nHost: a\r\nUser-Agent: "
                         + agent + b"\r\nConnection: close\r\n\r\n")
            while peer.recv(4096):
                pass
    until(lambda: server.access_log.read_bytes().count(b"\n") >= 5, "lines")
    text = server.access_log.read_bytes() + server.log.read_bytes()
    lines = server.access_log.read_bytes().split(b"\n")[:-1]
    assert len(lines) == 5
    for line in lines:
        assert re.fullmatch(rb'\S+ 127\.0\.0\.1 - "[^"]*" \d{3} \d+ \d+ \d+ms'
                            rb' interim=\d+\S* "[^"]*"', line), line
        assert len(line) < 4096
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", text)
