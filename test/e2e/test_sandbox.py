"""From within the sandbox: what cannot be opened or done, what a kernel may
lack, who the server is then, and what a reload can still name."""

import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile

import pytest

from peer import Client
from server import ROOT, Server, environment, free_port
from test_config import Served, conf, reload, tls_lines, until  # noqa: F401
from test_tls import Authority, shown_to

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = ROOT / "build" / "release" / "src" / "tarry"
TRIED = ("read it", "write to it", "list it", "run a program", "trace",
         "mount", "bind")
INSIDE = "cannot be opened inside the sandbox"
KEYS = {"keys": [{"kty": "oct", "kid": "one", "alg": "HS256",
                  "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldC0xMjM0"}]}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def outcomes(server):
    """What --try-open told of each attempt."""
    until(lambda: "tried to bind: " in server.said(), "it did not try")
    return dict(re.findall(r"^tried to (.*?): (.*)$", server.said(), re.M))


def lacking(wall):
    return (sys.executable, HERE / "lacking.py", wall)


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_text("not for anybody\n")
    path.chmod(0o666)
    return path


def test_nothing_outside_can_be_opened_or_done(serve, secret):
    server = serve("--try-open", secret, build="release")
    assert outcomes(server) == {
        "read it": "Permission denied", "write to it": "Permission denied",
        "list it": "Not a directory",
        "run a program": "Operation not permitted",
        "trace": "Operation not permitted",
        "mount": "Operation not permitted", "bind": "Permission denied"}


@pytest.mark.parametrize("path", [
    "/", "/etc", "/root", "/proc", "/proc/1", "/proc/self/root/etc", "/dev",
    "{secret.parent}", "{directory}/..", "{directory}/link"])
def test_no_directory_outside_can_be_listed(serve, secret, tmp_path, path):
    directory = tmp_path / "served"
    directory.mkdir()
    (directory / "link").symlink_to("/etc")
    server = serve("--try-open",
                   path.format(secret=secret, directory=directory),
                   build="release", directory=directory)
    assert outcomes(server)["list it"] == "Permission denied"


def test_without_it_all_of_that_is_possible(serve, secret):
    server = serve("--sandbox", "off", "--try-open", secret, build="release")
    said = outcomes(server)
    assert {said[what] for what in (
        "read it", "write to it", "run a program", "bind")} == {"it was done"}
    assert said["trace"] == "No such process"


def test_what_is_served_can_be_opened(serve, tmp_path):
    directory = tmp_path / "served"
    directory.mkdir()
    server = serve("--try-open", directory, build="release",
                   directory=directory)
    assert outcomes(server)["list it"] == "it was done"


def test_all_of_it_is_here_when_it_is_required(serve, secret):
    server = serve("--sandbox", "require", "--try-open", secret,
                   build="release")
    assert outcomes(server)["read it"] == "Permission denied"
    status = pathlib.Path("/proc/%d/status" % server.process.pid).read_text()
    assert re.search(r"^NoNewPrivs:\t1$", status, re.M)
    assert re.search(r"^Seccomp:\t2$", status, re.M)


@pytest.mark.parametrize("wall, possible, impossible", [
    ("landlock", "read it", "run a program"),
    ("seccomp", "run a program", "read it")])
def test_warns_of_what_a_kernel_lacks(serve, secret, wall, possible,
                                      impossible):
    server = serve("--try-open", secret, build="release", under=lacking(wall))
    said = outcomes(server)
    # A program would start; here it cannot be opened.
    assert (said[possible] == "it was done" or wall == "seccomp"), said
    assert said[impossible] in ("Permission denied",
                                "Operation not permitted"), said
    assert server.said().count("tarry: warning: no ") == 1
    assert "tarry: warning: no %s: " % wall in server.said()


@pytest.mark.parametrize("wall", ["landlock", "seccomp"])
def test_does_not_serve_without_what_is_required(tmp_path, wall):
    done = subprocess.run(
        [*lacking(wall), PROGRAM, "serve", tmp_path, "--sandbox", "require",
         "--listen", "127.0.0.1:%d" % free_port()], env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 1
    assert b"--sandbox require: no %s: " % wall.encode() in done.stderr
    assert not (tmp_path / ".tarry").exists()


def test_does_not_serve_where_a_path_could_lead_out(tmp_path):
    done = subprocess.run(
        [*lacking("openat2"), PROGRAM, "serve", tmp_path, "--listen",
         "127.0.0.1:%d" % free_port()], env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 1
    assert b"there is no openat2(2)" in done.stderr
    assert b"RestrictSUIDSGID=" in done.stderr


# --- as another user

NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def theirs():
    """A folder that nobody's user can work in."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="tarry-test-"))
    os.chown(top, NOBODY.pw_uid, NOBODY.pw_gid)
    (top / "served").mkdir()
    os.chown(top / "served", NOBODY.pw_uid, NOBODY.pw_gid)
    yield top
    shutil.rmtree(top)


def low_port():
    for port in range(1023, 600, -1):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    pytest.skip("no port below 1024 is free")


def status_of(server):
    text = pathlib.Path("/proc/%d/status" % server.process.pid).read_text()
    return dict(re.findall(r"^(\w+):\t(.*)$", text, re.M))


@as_root
def test_becomes_the_user_for_good(serve, theirs):
    log = theirs / "access.log"
    server = serve("--user", "nobody", "--access-log", log, build="release",
                   directory=theirs / "served")
    status = status_of(server)
    assert status["Uid"].split() == [str(NOBODY.pw_uid)] * 4
    assert status["Gid"].split() == [str(NOBODY.pw_gid)] * 4
    assert set(status["Groups"].split()) <= {str(NOBODY.pw_gid)}
    for key in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
        assert int(status[key], 16) == 0, key
    with Client(server.address) as client:
        assert client.request("PUT", "/a", body=b"hello").status == 201
        assert client.request("MKCOL", "/b").status == 201
    made = [log, theirs / "served" / "a", theirs / "served" / "b",
            *(theirs / "served" / ".tarry").rglob("*"),
            theirs / "served" / ".tarry"]
    assert len(made) > 4
    for path in made:
        assert path.lstat().st_uid == NOBODY.pw_uid, path
        assert path.lstat().st_gid == NOBODY.pw_gid, path
    # Its log can be rotated all the same.
    log.rename(theirs / "access.log.1")
    server.process.send_signal(1)
    until(lambda: "was read again" in server.said(), "it was not reloaded")
    with Client(server.address) as client:
        client.request("GET", "/rotated")
    until(lambda: "/rotated" in log.read_text(), "no line")


@as_root
def test_keeps_a_port_that_only_root_can_open(theirs):
    address = "127.0.0.1:%d" % low_port()
    server = Server("--user", "nobody", "--listen", address, "--access-log",
                    "off", build="release", directory=theirs / "served")
    with server, Client(address) as client:
        assert client.request("OPTIONS", "/").status == 200
        assert status_of(server)["Uid"].split()[0] == str(NOBODY.pw_uid)


@as_root
@pytest.mark.parametrize("under, user, says", [
    ((), "no.such.user", "--user no.such.user: there is no such user"),
    ((), "nobody:no.such", "there is no such group"),
    ((), "54321", "a number without a name needs its group"),
    (("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"),
     "root", "--user: only root can become another user"),
])
def test_does_not_serve_as_somebody_else(theirs, under, user, says):
    done = subprocess.run(
        [*under, PROGRAM, "serve", theirs / "served", "--user", user,
         "--listen", "127.0.0.1:%d" % free_port()], env=environment(),
        cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 1
    assert says in done.stderr.decode()
    assert not (theirs / "served" / ".tarry").exists()


# --- what a reload can name

@pytest.fixture
def elsewhere():
    top = pathlib.Path(tempfile.mkdtemp(prefix="tarry-test-"))
    yield top
    shutil.rmtree(top)


def is_refused(server, path, option):
    said = reload(server)
    assert "stays" in said and "was read again" not in said, said
    assert "tarry: %s: %s %s: restart" % (option, path, INSIDE) in said, said


def test_no_log_elsewhere(conf, tmp_path, elsewhere):  # noqa: F811
    log, other = tmp_path / "access.log", elsewhere / "other.log"
    server = Served(conf, "access-log = %s" % log)
    with server, Client(server.address) as client:
        server.write("access-log = %s" % other, "rule = * / none")
        is_refused(server, other, "--access-log")
        assert not other.exists()
        assert client.request("GET", "/file.txt").status == 200  # no rule
        until(lambda: "/file.txt" in log.read_text(), "no line")
        server.write("access-log = %s" % log)  # and it recovers
        assert "was read again" in reload(server)


def test_no_users_elsewhere(conf, tmp_path, elsewhere):  # noqa: F811
    old, new = tmp_path / "users", elsewhere / "users"
    for path in (old, new):
        path.write_text("")
        path.chmod(0o600)
    server = Served(conf, "users = %s" % old)
    with server:
        server.write("users = %s" % new)
        is_refused(server, new, "--users")


def test_no_keys_of_tokens_elsewhere(conf, tmp_path,  # noqa: F811
                                     elsewhere):
    old, new = tmp_path / "keys.json", elsewhere / "keys.json"
    for path in (old, new):
        path.write_text(json.dumps(KEYS))
    lines = ("jwt-issuer = i", "jwt-audience = a", "jwt-algorithms = HS256")
    server = Served(conf, *lines, "jwt-keys = %s" % old)
    with server:
        server.write(*lines, "jwt-keys = %s" % new)
        is_refused(server, new, "--jwt-keys")


def test_no_certificate_elsewhere(conf, tmp_path, elsewhere):  # noqa: F811
    first = Authority(tmp_path).sign("first")
    second = Authority(elsewhere).sign("second")
    server = Served(conf, *tls_lines(first))
    with server:
        server.write(*tls_lines(second))
        is_refused(server, second[0], "--tls-cert")
        assert shown_to(server) == "first"


def test_the_same_log_after_it_was_moved(conf, tmp_path):  # noqa: F811
    log = tmp_path / "access.log"
    server = Served(conf, "access-log = %s" % log)
    with server, Client(server.address) as client:
        assert client.request("GET", "/before").status == 404
        until(lambda: "/before" in log.read_text(), "no line")
        log.rename(tmp_path / "access.log.1")
        assert "was read again" in reload(server)
        assert client.request("GET", "/after").status == 404
        until(lambda: "/after" in log.read_text(), "no line")
        assert "/before" not in log.read_text()


def test_a_certificate_that_is_renamed_over_the_old(conf,  # noqa: F811
                                                    tmp_path):
    authority = Authority(tmp_path)
    first, second = authority.sign("first"), authority.sign("second")
    server = Served(conf, *tls_lines(first))
    with server:
        for old, new in zip(first, second):
            new.rename(old)
        assert "was read again" in reload(server)
        assert shown_to(server) == "second"


def test_a_certificate_behind_links_as_certbot_makes_them(
        conf, elsewhere):  # noqa: F811
    authority = Authority(elsewhere)
    live, archive = (elsewhere / name / "host" for name in ("live", "archive"))
    live.mkdir(parents=True)
    archive.mkdir(parents=True)

    def renew(number):
        made = authority.sign("number%d" % number)
        names = ("fullchain", "privkey")
        for name, path in zip(names, made):
            target = archive / ("%s%d.pem" % (name, number))
            path.rename(target)
            link = live / (name + ".new")
            link.symlink_to("../../archive/host/" + target.name)
            link.rename(live / (name + ".pem"))
        return [live / (name + ".pem") for name in names]

    server = Served(conf, *tls_lines(renew(1)))
    with server:
        assert shown_to(server) == "number1"
        renew(2)
        assert "was read again" in reload(server)
        assert shown_to(server) == "number2"
