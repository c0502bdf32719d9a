"""Users: who may do what, and who sees what of whom."""

import base64
import os
import pty
import re
import shutil
import signal
import subprocess
import time

import pytest
import requests

from peer import Client
from server import ROOT, Server, environment
from test_tls import Authority

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS")

PROGRAM = ROOT / "build" / "asan" / "src" / "tarry"
PATIENCE_S = 20


def tarry(*words, text=None):
    return subprocess.run(
        [str(PROGRAM), *map(str, words)], input=text, timeout=60,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())


def set_password(path, name, password, *flags):
    done = tarry("passwd", path, name, "--stdin", *flags,
                 text=password.encode() + b"\n")
    assert (done.returncode, done.stdout) == (0, b""), done.stdout


@pytest.fixture
def users(tmp_path):
    """ann:open and bob:sesame."""
    path = tmp_path / "users"
    set_password(path, "ann", "open", "--hash", "sha256")
    set_password(path, "bob", "sesame", "--hash", "sha256")
    return path


def wait_until(what):
    end = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def wait_for_line(server, text):
    """In the access log, once the response has been sent."""
    wait_until(lambda: text in server.access_log.read_text())


def status(method, url, auth=None, **fields):
    return requests.request(method, url, auth=auth, timeout=30,
                            headers=fields).status_code


ANN, BOB = ("ann", "open"), ("bob", "sesame")


def test_only_users_may_do_anything(users):
    with Server("--users", users) as server:
        url = server.url + "/file.txt"
        for method in ("GET", "PUT", "PROPFIND", "OPTIONS", "DELETE"):
            answer = requests.request(method, url, timeout=30)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == (
                'Basic realm="tarry", charset="UTF-8"')
        assert status("GET", url, ANN) == 200
        assert status("GET", url, BOB) == 200
        assert status("GET", url, ("ann", "sesame")) == 401
        assert status("GET", url, ("eve", "open")) == 401
        wait_for_line(server, ' ann "GET /file.txt HTTP/1.1" 200 ')
        wait_for_line(server, ' - "GET /file.txt HTTP/1.1" 401 ')
        lines = server.access_log.read_text()
        assert "sesame" not in lines + server.said()
        assert base64.b64encode(b"ann:sesame").decode() not in (
            lines + server.said())


def test_a_body_is_not_asked_for_before(users):
    with Server("--users", users) as server:
        done = subprocess.run(
            ["curl", "-sS", "-v", "-T", "-", "-H", "Expect: 100-continue",
             server.url + "/new"], input=b"x" * 100, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=30)
        said = done.stdout.decode()
        assert "< HTTP/1.1 401" in said and "100 Continue" not in said


def test_what_others_write_is_taken(tmp_path):
    path = tmp_path / "users"
    rows = (("htpasswd", ["htpasswd", "-Bbn", "a", "geheim \u00e9"]),
            ("mkpasswd", ["mkpasswd", "-m", "yescrypt", "geheim \u00e9"]),
            ("mkpasswd", ["mkpasswd", "-m", "sha-512", "geheim \u00e9"]),
            ("mkpasswd", ["mkpasswd", "-m", "bcrypt", "geheim \u00e9"]),
            ("openssl", ["openssl", "passwd", "-5", "geheim \u00e9"]))
    lines = []
    for i, (program, command) in enumerate(rows):
        if shutil.which(program) is None:
            pytest.skip("needs " + program)
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        lines.append("u%d:%s" % (i, out.stdout.decode().strip()
                                 .rpartition(":")[2]))
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)
    with Server("--users", path) as server:
        for i in range(len(rows)):
            name = ("u%d" % i).encode()
            url = server.url + "/file.txt"
            assert status("GET", url, (name, "geheim \u00e9".encode())) == 200
            assert status("GET", url, (name, b"geheim e")) == 401


def start_in_vain(*flags, listen="127.0.0.1:0", code=1):
    done = tarry("serve", "/tmp", "--state", "/nonexistent/state",
                 "--listen", listen, *flags)
    assert done.returncode == code, done.stdout
    return done.stdout.decode()


@pytest.mark.parametrize("line, said", (
    ("bob:secret", "bob: the password is plain text"),
    ("bob:$apr1$AmaC0vfb$mbSW1cGUrpQgxVE0mcORk1", "hashed by MD5"),
    ("bob:rqXexS6ZhobKA", "hashed by DES"),
    ("bob", "there is no colon")))
def test_weak_hashes_are_refused(users, line, said):
    users.write_text(users.read_text() + line + "\n")
    out = start_in_vain("--users", users)
    assert "%s:3: " % users in out and said in out and "secret" not in out


def test_others_are_let_in_by_choice_only(users):
    for listen in ("0.0.0.0:0", "*:0"):
        said = start_in_vain(listen=listen, code=2)
        assert "--users" in said and "--anonymous" in said
    # Past that check, it finds that there is no such address, or no state.
    for flags in (["--anonymous", "read"], ["--users", users]):
        said = start_in_vain(*flags, listen="127.0.0.2:0")
        assert "others can reach" not in said


def test_options_that_contradict_each_other():
    for flags, said in (
            (["--jwt-keys", "/k"], "--jwt-issuer and --jwt-audience"),
            (["--jwt-issuer", "i"], "need --jwt-keys"),
            (["--jwt-keys", "/k", "--jwt-issuer", "i", "--jwt-audience", "a",
              "--jwt-algorithms", "none"], "with commas")):
        assert said in start_in_vain(*flags, code=2)


def test_anonymous_reads(users):
    with Server("--users", users, "--anonymous", "read") as server:
        url = server.url
        assert status("GET", url + "/file.txt") == 200
        assert status("PROPFIND", url + "/", Depth="1") == 207
        assert status("OPTIONS", url + "/") == 200
        for method in ("PUT", "DELETE", "MKCOL", "LOCK", "PROPPATCH", "COPY"):
            assert status(method, url + "/new", Destination=url + "/x") == 401
        assert status("GET", url + "/file.txt", ("ann", "wrong")) == 401
        assert status("PUT", url + "/new", ANN) == 201


def test_anonymous_writes_by_choice(users):
    with Server("--users", users, "--anonymous", "write") as server:
        assert status("PUT", server.url + "/new") == 201
        assert status("PUT", server.url + "/new", ("ann", "wrong")) == 401


def test_a_web_page_whose_name_leads_here_gets_nothing():
    """By DNS rebinding: the browser takes the server for a part of it."""
    with Server() as server:
        for host in ("evil.example", "evil.example:%d" % server.port,
                     "127.0.0.1.evil.example"):
            for method in ("GET", "PUT", "PROPFIND", "OPTIONS"):
                assert status(method, server.url + "/file.txt",
                              Host=host) == 421, (method, host)
        for host in ("localhost", "127.0.0.1:1", "[::1]:80", "here"):
            assert status("GET", server.url + "/file.txt", Host=host) == 200
    with Server("--anonymous", "write") as server:
        assert status("GET", server.url + "/file.txt",
                      Host="dav.example") == 200


def test_who_is_not_let_do_it_is_asked_who_he_is(users):
    with Server("--users", users, "--anonymous", "write",
                "--rule", "- / read,list", "--rule", "- /tree none",
                ) as server:
        for method, path in (("GET", "/tree/f00"), ("PROPFIND", "/tree/"),
                             ("PUT", "/new"), ("DELETE", "/file.txt")):
            answer = requests.request(method, server.url + path, timeout=30)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"] == (
                'Basic realm="tarry", charset="UTF-8"')
        assert status("GET", server.url + "/file.txt") == 200
        assert status("GET", server.url + "/tree/f00", ANN) == 200


def test_users_are_read_again(users):
    with Server("--users", users) as server:
        url = server.url + "/file.txt"
        assert status("GET", url, ANN) == 200
        # Who is known by now, too, is out as soon as the file says so.
        assert tarry("passwd", users, "ann", "--delete").returncode == 0
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "the users were read again" in server.said())
        assert status("GET", url, ANN) == 401
        assert status("GET", url, BOB) == 200
        # When it is wrong the old ones stay.
        users.write_text("bob:plain\n")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "the old users stay" in server.said())
        assert "%s:1: bob: the password is plain text" % users in server.said()
        assert status("GET", url, BOB) == 200


def test_a_changed_file_is_found(users):
    with Server("--users", users) as server:
        set_password(users, "cid", "new", "--hash", "sha256")
        wait_until(lambda: "the users were read again" in server.said())
        assert status("GET", server.url + "/file.txt", ("cid", "new")) == 200


def test_guesses_are_slowed_down(users):
    with Server("--users", users) as server:
        url = server.url + "/file.txt"
        for _ in range(10):
            assert status("GET", url, ("ann", "wrong")) == 401
        answer = requests.get(url, auth=ANN, timeout=30)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert status("GET", url, BOB) == 200


def test_an_owner_is_not_locked_out_at_home(users):
    with Server("--users", users) as server:
        url = server.url + "/file.txt"
        assert status("GET", url, BOB) == 200
        for _ in range(11):
            status("GET", url, ("bob", "wrong"))
        assert status("GET", url, BOB) == 200


def test_a_certificate_without_a_name_is_nobody(tmp_path, users):
    authority = Authority(tmp_path)
    ann, nameless = authority.sign("ann"), authority.sign("nameless", "")
    flags = ("--tls-self-signed", "--tls-client-ca", authority.crt,
             "--tls-client-auth")
    # Without users by password, a 401 could not help.
    for more, want in (((), 403), (("--users", users), 401),
                       (("--anonymous", "read"), 200)):
        with Server(*flags, "required", *more) as server:
            def get(cert, auth=None):
                return requests.get(
                    server.url + "/file.txt", cert=cert, auth=auth,
                    verify=False, timeout=30)
            assert get(ann).status_code == 200
            wait_for_line(server, ' ann "GET')
            assert get(nameless).status_code == want
            if want == 401:
                assert get(nameless, BOB).status_code == 200
                wait_for_line(server, ' bob "GET')


FILTER = re.compile(r"(?s)```ini\n(\[Definition\]\n.*?)```")
FAILED = (r'^tarry: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ authentication failed '
          r'for user "%s" from 127\.0\.0\.1$')


def test_failures_have_a_line_that_cannot_be_forged(users):
    with Server("--users", users) as server:
        url = server.url + "/file.txt"
        evil = 'x" from 192.0.2.1 user "\u00e9'.encode()
        assert status("GET", url, ("ann", "wrong")) == 401
        assert status("GET", url, (evil, b"wrong")) == 401
        said = server.said()
        assert re.search(FAILED % "ann", said, re.MULTILINE)
        forged = r"x\\x22\\x20from\\x20192\.0\.2\.1\\x20user\\x20\\x22"
        assert re.search(FAILED % (forged + r"\\xC3\\xA9"), said,
                         re.MULTILINE)


@pytest.mark.skipif(shutil.which("fail2ban-regex") is None,
                    reason="needs fail2ban")
def test_the_filter_of_the_page_finds_them(users, tmp_path):
    page = (ROOT / "docs" / "users.md").read_text()
    conf = tmp_path / "tarry.conf"
    conf.write_text(FILTER.search(page).group(1))
    with Server("--users", users, "--access-log", "-") as server:
        url = server.url + "/file.txt"
        assert status("GET", url, ANN) == 200
        assert status("GET", url, ("ann", "wrong")) == 401
        assert status("GET", url, ('a" from 192.0.2.9', "wrong")) == 401
        done = subprocess.run(
            ["fail2ban-regex", str(server.log), str(conf)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        out = done.stdout.decode()
        assert re.search(r"Lines: \d+ lines, 0 ignored, 2 matched", out), out


def copy_slowly(server, auth, source, target):
    answer = requests.request(
        "COPY", server.url + source, auth=auth, timeout=30,
        headers={"Destination": server.url + target,
                 "Prefer": "respond-async, wait=0"})
    assert answer.status_code == 202
    return answer.headers["Location"]


def test_no_view_into_the_operation_of_another(users):
    with Server("--users", users, "--slow-member", "50ms") as server:
        place = copy_slowly(server, ANN, "/tree", "/copy")
        if place.startswith("/"):
            place = server.url + place
        assert status("GET", place, ANN) == 200
        for auth in (BOB, None):
            want = 401 if auth is None else 404
            assert status("GET", place, auth) == want
            assert status("DELETE", place, auth) == want
            assert status("PROPFIND", place, auth, Depth="0") == want
        ours = requests.get(server.url + "/.tarry/ops/", auth=BOB, timeout=30)
        assert place.rpartition("/")[2] not in ours.text
        theirs = requests.get(server.url + "/.tarry/ops/", auth=ANN,
                              timeout=30)
        assert place.rpartition("/")[2] in theirs.text
        # Nor does he join it, nor get its result: he asks for his own.
        assert status("COPY", server.url + "/file.txt", BOB,
                      Destination=server.url + "/copy.txt") == 201
        assert status("DELETE", place, ANN) in (200, 202, 204)


LOCK = """<?xml version="1.0"?><lockinfo xmlns="DAV:"><lockscope><exclusive/>
</lockscope><locktype><write/></locktype></lockinfo>"""


def test_a_lock_is_for_who_took_it(users):
    with Server("--users", users) as server:
        url = server.url + "/file.txt"
        answer = requests.request("LOCK", url, auth=ANN, data=LOCK, timeout=30)
        assert answer.status_code == 200
        token = answer.headers["Lock-Token"]
        mine = {"If": "(%s)" % token}
        assert requests.put(url, auth=BOB, headers=mine, data=b"x",
                            timeout=30).status_code == 423
        assert requests.request(
            "UNLOCK", url, auth=BOB, headers={"Lock-Token": token},
            timeout=30).status_code in (403, 409)
        assert requests.put(url, auth=ANN, headers=mine, data=b"x",
                            timeout=30).status_code == 204
        assert requests.request("UNLOCK", url, auth=ANN,
                                headers={"Lock-Token": token},
                                timeout=30).status_code == 204


LOCK = (b'<lockinfo xmlns="DAV:"><lockscope><shared/></lockscope>'
        b'<locktype><write/></locktype></lockinfo>')
LOCK_COUNT_EACH, LOCK_COUNT_ONE = 10000, 64


def test_nobody_takes_all_locks(users):
    ann = {"Authorization": "Basic " + base64.b64encode(b"ann:open").decode()}
    with Server("--users", users, "--anonymous", "write",
                "--sync", "off") as server:
        with Client(server.address) as client:
            for i in range(LOCK_COUNT_EACH // LOCK_COUNT_ONE + 1):
                path = "/l%d" % i
                assert client.request("PUT", path, body=b"").status == 201
                statuses = [client.request("LOCK", path, body=LOCK).status
                            for _ in range(LOCK_COUNT_ONE)]
            full = LOCK_COUNT_EACH % LOCK_COUNT_ONE
            assert statuses == [200] * full + [507] * (64 - full)
            answer = client.request("LOCK", path, body=LOCK)
            assert b"UNLOCK some" in answer.body
            assert client.request("LOCK", path, ann, LOCK).status == 200


def test_operations_take_turns(users):
    """One user's pile does not keep another's one waiting."""
    with Server("--users", users, "--slow-member", "100ms") as server:
        pile = [copy_slowly(server, ANN, "/tree", "/ann%d" % i)
                for i in range(60)]
        place = copy_slowly(server, BOB, "/file.txt", "/bob.txt")

        def state(where, auth):
            where = where if "://" in where else server.url + where
            return requests.get(where, auth=auth, timeout=30).json()["state"]
        wait_until(lambda: state(place, BOB) == "done")
        assert state(pile[-1], ANN) != "done"
        for place in pile:
            place = place if "://" in place else server.url + place
            requests.delete(place, auth=ANN, timeout=30)


# --- passwd


def test_passwd_says_what_is_wrong(tmp_path):
    path = tmp_path / "users"
    for words, text, code, said in (
            ([path], b"", 2, "it needs a file and a name"),
            ([path, "a:b"], b"x\n", 2, "a colon"),
            ([path, "#a"], b"x\n", 2, "as a comment"),
            ([path, "a", "--stdin"], b"\n", 1, "it is empty"),
            ([path, "a", "--stdin"], b"", 1, "there is none"),
            ([path, "a", "--stdin"], b"a\x00b\n", 1, "a control character"),
            ([path, "a", "--stdin"], b"a" * 1025, 1, "1024"),
            ([path, "a", "--stdin", "--hash", "bcrypt"], b"a" * 73, 1, "72"),
            ([path, "a", "--delete"], b"", 3, "no such user"),
            ([tmp_path / "no" / "f", "a", "--stdin"], b"x\n", 1,
             "No such file")):
        done = tarry("passwd", *words, text=text)
        assert done.returncode == code, done.stdout
        assert said in done.stdout.decode()
    assert not path.exists()


def test_passwd_warns_of_what_serve_would_refuse(tmp_path):
    path = tmp_path / "users"
    path.write_text("old:rqXexS6ZhobKA\n")
    done = tarry("passwd", path, "new", "--stdin", text=b"x\n")
    assert done.returncode == 0
    assert "users:1: old: the password is hashed by DES" in (
        done.stdout.decode())
    assert path.read_text().startswith("old:rqXexS6ZhobKA\nnew:$y$")


def ask_on_terminal(path, answers):
    """What passwd shows on a terminal, and its exit code."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(str(PROGRAM), ["tarry", "passwd", str(path), "ann"],
                  environment())
    shown = b""
    for question, answer in answers:
        while question not in shown:
            shown += os.read(terminal, 1024)
        os.write(terminal, answer)
    try:
        while True:
            more = os.read(terminal, 1024)
            if not more:
                break
            shown += more
    except OSError:
        pass
    os.close(terminal)
    return shown, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_passwd_asks_twice_and_shows_nothing(tmp_path):
    path = tmp_path / "users"
    shown, code = ask_on_terminal(path, ((b"New password:", b"geheim\n"),
                                         (b"Once more:", b"geheim\n")))
    assert code == 0 and b"geheim" not in shown
    assert path.stat().st_mode & 0o777 == 0o600
    assert re.match(r"^ann:\$y\$\S+\n$", path.read_text())
    before = path.read_text()
    shown, code = ask_on_terminal(path, ((b"New password:", b"geheim\n"),
                                         (b"Once more:", b"geheimer\n")))
    assert code == 1 and b"the two differ" in shown
    assert path.read_text() == before
