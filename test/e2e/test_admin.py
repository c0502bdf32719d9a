"""The administrator's commands, on servers that run: tarry ops, cancel, locks
and unlock."""

import json
import os
import socket
import stat
import subprocess
import threading
import time

import pytest

from server import ROOT, Server, environment

PROGRAM = ROOT / "build" / "asan" / "src" / "tarry"
LOCK_BODY = (b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:%s/></D:lockscope>'
             b"<D:locktype><D:write/></D:locktype><D:owner><D:href>mailto:ann"
             b"</D:href> &amp; \x1b[2J bob</D:owner></D:lockinfo>")
LOCK_BODY = LOCK_BODY.replace(b"\x1b", b"\xc2\x9b")  # XML has no ESC, but CSI
DONE, FAILED, USAGE, ABSENT, REFUSED = range(5)


def tarry(*words, cwd=None, env=()):
    """Exit code, standard output and standard error."""
    done = subprocess.run(
        [str(PROGRAM), *map(str, words)], cwd=cwd, timeout=30,
        stdin=subprocess.DEVNULL, env={**environment(), **dict(env)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def rows(*words):
    code, out, err = tarry(*words, "--json")
    assert (code, err) == (DONE, "")
    return [json.loads(line) for line in out.splitlines()]


def lock(client, path, scope=b"exclusive", depth="infinity"):
    answer = client.request(
        "LOCK", path, {"Depth": depth, "Timeout": "Second-600"},
        LOCK_BODY % scope)
    assert answer.status in (200, 201)
    return answer.fields["lock-token"].strip("<>")


@pytest.fixture
def copying(serve, connect):
    """A server that will need three seconds for the COPY that it has begun."""
    server = serve("--slow-member", "100ms")
    client = connect(server)
    client.send(client.head("COPY", "/tree/", {"Destination": "/copy/"}))
    end = time.monotonic() + 10
    while not rows("ops", server.directory):
        assert time.monotonic() < end
    return server, client


def test_lists_what_runs(copying):
    server, client = copying
    row, = rows("ops", server.directory)
    assert row["state"] in ("queued", "running")
    assert (row["method"], row["source"], row["destination"]) == \
        ("COPY", "/tree", "/copy")
    assert row["progress"]["members_total"] in (None, 31)
    code, out, _ = tarry("ops", server.directory)
    assert code == DONE
    heads, line = out.splitlines()
    assert heads.split() == ["ID", "STATE", "METHOD", "PATH", "MEMBERS",
                             "BYTES", "AGE", "OWNER"]
    assert line.startswith(row["id"]) and "/tree -> /copy" in line

    assert client.answer().status == 201
    assert rows("ops", server.directory) == []
    assert "--all" in tarry("ops", server.directory)[1]
    row, = rows("ops", "--all", server.directory)
    assert row["state"] == "done" and row["progress"]["members_done"] == 31
    assert tarry("cancel", row["id"], server.directory)[0] == REFUSED


def test_cancels_and_nothing_is_left(copying):
    server, client = copying
    row, = rows("ops", server.directory)
    code, out, err = tarry("cancel", row["id"], server.directory)
    assert (code, out, err) == (DONE, row["id"] + " cancelled\n", "")
    assert client.answer().status >= 400
    state = server.directory / ".tarry"
    assert not (server.directory / "copy").exists()
    assert not list((state / "stage").iterdir())
    assert not list((state / "trash").iterdir())
    row, = rows("ops", "--all", server.directory)
    assert row["state"] == "cancelled"
    assert "administrator" in server.said() and row["id"] in server.said()


def test_cancel_need_not_wait(copying):
    server, _ = copying
    row, = rows("ops", server.directory)
    code, out, _ = tarry("cancel", "--wait", "0", "--json", row["id"],
                         server.directory)
    row = json.loads(out)
    assert code == DONE
    assert row["cancelling"] or row["state"] == "cancelled"


def test_lists_locks_and_takes_them_away(serve, connect):
    server = serve()
    client = connect(server)
    token = lock(client, "/file.txt")
    lock(client, "/tree/", b"shared")
    lock(client, "/tree/", b"shared")
    found = {row["token"]: row for row in rows("locks", server.directory)}
    assert len(found) == 3
    row = found[token]
    assert 590 <= row.pop("left_s") <= 600
    assert "mailto:ann" in row.pop("owner")
    assert row == {"token": token, "path": "/file.txt", "depth": "infinity",
                   "scope": "exclusive", "principal": "", "timeout_s": 600}

    code, out, _ = tarry("locks", server.directory)
    assert code == DONE
    heads, *lines = out.splitlines()
    assert heads.split() == ["TOKEN", "PATH", "DEPTH", "SCOPE", "OWNER",
                             "LEFT"]
    assert len(lines) == 3
    assert all("mailto:ann & ?[2J bob" in line for line in lines)

    assert client.request("PUT", "/file.txt", body=b"new").status == 423
    assert tarry("unlock", token, server.directory)[0] == USAGE
    code, out, _ = tarry("unlock", "--force", token, server.directory)
    assert (code, out) == (DONE, "/file.txt unlocked (%s)\n" % token)
    assert client.request("PUT", "/file.txt", body=b"new").status == 204
    assert tarry("unlock", "--force", token, server.directory)[0] == ABSENT

    gone = rows("unlock", "--force", "/tree/", server.directory)
    assert {row["token"] for row in gone} == set(found) - {token}
    assert tarry("unlock", "--force", "/tree", server.directory)[0] == ABSENT
    assert rows("locks", server.directory) == []
    assert client.request("DELETE", "/tree/").status == 204


def test_a_lock_taken_away_stays_away(tmp_path, connect):
    (tmp_path / "file.txt").write_bytes(b"x")
    with Server(directory=tmp_path) as server:
        token = lock(connect(server), "/file.txt")
        kept = lock(connect(server), "/other.txt")
        assert tarry("unlock", "--force", "<%s>" % token, tmp_path)[0] == DONE
    with Server(directory=tmp_path):
        assert [row["token"] for row in rows("locks", tmp_path)] == [kept]


def test_odd_names_are_written_as_they_are_listed(serve, connect):
    server = serve()
    client = connect(server)
    lock(client, "/a%20%C3%A4%25")
    row, = rows("locks", server.directory)
    assert row["path"] == "/a%20%C3%A4%25"
    assert tarry("unlock", "--force", "/../x", server.directory)[0] == USAGE
    assert tarry("unlock", "--force", row["path"],
                 server.directory)[0] == DONE


def test_each_server_has_its_own(serve, connect, tmp_path):
    one, two = serve(), serve("--state", tmp_path / "state")
    lock(connect(one), "/file.txt")
    lock(connect(two), "/empty/")
    assert [row["path"] for row in rows("locks", one.directory)] == \
        ["/file.txt"]
    assert [row["path"] for row in rows("locks", "--state",
                                        tmp_path / "state")] == ["/empty"]
    code, _, err = tarry("locks", two.directory)
    assert code == FAILED and "--state" in err
    # This directory, the variable, and the flag before both.
    assert "/file.txt" in tarry("locks", cwd=one.directory)[1]
    env = {"TARRY_STATE": str(tmp_path / "state")}
    assert "/empty" in tarry("locks", cwd=one.directory, env=env)[1]
    assert "/file.txt" in tarry("locks", "--state", ".tarry",
                                cwd=one.directory, env=env)[1]


def test_says_so_where_no_server_runs(tmp_path):
    nowhere = tmp_path / "nowhere"
    for words in (("ops",), ("locks",), ("cancel", "00"),
                  ("unlock", "--force", "/a")):
        code, out, err = tarry(*words, tmp_path)
        assert (code, out) == (FAILED, "") and "no server runs on" in err
        code, out, err = tarry(*words, nowhere)
        assert (code, out) == (FAILED, "") and "No such file" in err


@pytest.mark.parametrize("words", [
    ["ops", "a", "b"], ["locks", "a", "b"], ["cancel"], ["unlock", "--force"],
    ["cancel", "a", "b", "c"], ["unlock", "/a"], ["ops", "--unknown"],
    ["cancel", "--wait", "soon", "00"]])
def test_says_what_is_wrong_with_a_command_line(words):
    code, out, err = tarry(*words)
    assert (code, out) == (USAGE, "") and err.startswith("tarry: ")


def test_finds_no_other_id(serve):
    server = serve()
    code, _, err = tarry("cancel", "0" * 32, server.directory)
    assert code == ABSENT and "tarry ops" in err


def test_help_knows_them():
    code, out, _ = tarry("--help")
    assert code == DONE
    for command in ("ops", "cancel", "locks", "unlock"):
        assert "\n  %s " % command in out
        code, more, _ = tarry(command, "--help")
        assert code == DONE and more.startswith("usage: tarry " + command)


def test_the_socket_is_for_its_owner_and_goes_at_the_end(tmp_path):
    path = tmp_path / ".tarry" / "admin.sock"
    mask = os.umask(0)
    try:
        with Server(directory=tmp_path):
            mode = path.stat().st_mode
            assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600
    finally:
        os.umask(mask)
    assert not path.exists()


def test_a_socket_that_a_crash_has_left_is_replaced(tmp_path):
    server = Server(directory=tmp_path)
    server.process.kill()
    server.process.wait()
    server._clean()
    assert (tmp_path / ".tarry" / "admin.sock").exists()
    code, _, err = tarry("ops", tmp_path)
    assert code == FAILED and "no server runs on" in err
    with Server(directory=tmp_path):
        assert rows("ops", tmp_path) == []


def test_serves_on_without_a_socket(tmp_path):
    (tmp_path / ".tarry" / "admin.sock").mkdir(parents=True)
    with Server(directory=tmp_path) as server:
        assert "will not work" in server.said()


def test_the_path_may_be_long(tmp_path):
    deep = tmp_path.joinpath(*["d" * 100] * 3)
    deep.mkdir(parents=True)
    with Server(directory=deep):
        assert rows("locks", deep) == []


# What another user gets, even where the modes would let him in.
STRANGER = """
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b'{"command":"locks"}\\n')
sys.stdout.buffer.write(s.makefile("rb").read())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_user_is_refused(serve, connect):
    server = serve()
    lock(connect(server), "/file.txt")
    path = server.directory / ".tarry" / "admin.sock"
    for part in (path, path.parent, server.directory, server.scratch):
        part.chmod(0o777)
    out = subprocess.run(
        ["/usr/bin/python3", "-c", STRANGER, str(path)], user=65534, cwd="/",
        stdout=subprocess.PIPE, timeout=30, check=True).stdout
    line, = out.splitlines()
    assert json.loads(line)["code"] == "refused"


def test_nonsense_does_no_harm(serve):
    server = serve()
    path = str(server.directory / ".tarry" / "admin.sock")
    for octets in (b"\n", b"\xff\xfe\n", b"[" * 10000 + b"\n", b"x" * 20000,
                   b'{"command":"ops","id":{}}\n', b'{"command":null}\n'):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(path)
            s.sendall(octets)
            line = s.makefile("rb").readline()
        assert json.loads(line)["code"] in ("bad-request", "not-found")
    assert rows("ops", server.directory) == []


def test_many_ask_at_once(serve):
    server = serve()
    codes = []
    threads = [threading.Thread(target=lambda: codes.append(
        tarry("ops", server.directory)[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [DONE] * 8
