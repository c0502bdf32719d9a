"""Rules by path, and roots of one's own: what a user of a whole server gets,
and what of others he never sees."""

import json
import signal
import subprocess

import pytest

from peer import Client
from server import ROOT, Server
from test_tls import wait_until
from users import Users, snapshot

LOCK_BODY = (b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/>'
             b"</D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>")
UNSAFE = ("a/b", "..", ".tarry", ".hidden", "a b", "a\\b", "%2e%2e",
          "a" * 60 + ":")


@pytest.fixture
def users(tmp_path):
    (tmp_path / "ca").mkdir()
    return Users(tmp_path / "ca")


@pytest.fixture
def homes(serve, users, tmp_path):
    """A server with a root for each user, and its directory."""
    def start(*flags, **options):
        (tmp_path / "dav").mkdir(exist_ok=True)
        server = serve(*users.flags(), *flags,
                       directory=tmp_path / "dav" / "%u", **options)
        return server, tmp_path / "dav"
    return start


def test_a_home_is_made_on_first_use_and_is_all_that_there_is(homes, users):
    server, top = homes()
    with users.client(server, "ann") as ann, users.client(server, "bob") as bob:
        assert ann.request("GET", "/").status == 200
        assert (top / "ann").is_dir() and not (top / "bob").exists()
        assert ann.request("PUT", "/secret", body=b"ann's").status == 201
        assert (top / "ann" / "secret").read_bytes() == b"ann's"
        assert bob.request("PUT", "/first", body=b"bob's").status == 201
        assert (top / "bob" / "first").read_bytes() == b"bob's"
        for path in ("/secret", "/ann/secret", "/ann", "/bob/first",
                     "/../ann/secret", "/%2e%2e/ann/secret"):
            with users.client(server, "bob") as other:
                assert other.request("GET", path).status in (
                    400, 403, 404), path
        listing = bob.request("PROPFIND", "/", {"Depth": "infinity"})
        assert listing.status == 207
        assert b"ann" not in listing.body and b"bob" not in listing.body
        assert listing.body.count(b"<D:href>") == 2


@pytest.mark.parametrize("method,fields,body", [
    ("OPTIONS", {}, None), ("HEAD", {}, None), ("MKCOL", {}, None),
    ("PROPFIND", {"Depth": "1"}, None), ("PUT", {}, b"x" * 100000),
    ("LOCK", {}, LOCK_BODY), ("GET", {}, None)])
def test_any_method_may_be_the_first(homes, users, method, fields, body):
    server, top = homes()
    with users.client(server, "ann") as ann:
        answer = ann.request(method, "/new", fields, body)
        assert answer.status in (200, 201, 404), answer.body
        assert (top / "ann").is_dir()


def test_a_home_that_goes_comes_back(homes, users):
    server, top = homes()
    with users.client(server, "ann") as ann:
        assert ann.request("PUT", "/a", body=b"1").status == 201
        (top / "ann" / "a").unlink()
        (top / "ann").rmdir()
        assert ann.request("PUT", "/a", body=b"2").status == 201
        assert (top / "ann" / "a").read_bytes() == b"2"


def test_a_home_that_is_a_file_or_a_link_lets_nobody_in(homes, users, tmp_path):
    server, top = homes()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "s").write_bytes(b"secret")
    (top / "ann").write_bytes(b"a file")
    (top / "bob").symlink_to(tmp_path / "outside")
    before = snapshot(tmp_path / "outside")
    for name in ("ann", "bob"):
        with users.client(server, name) as client:
            assert client.request("PUT", "/n", body=b"x").status >= 400
            assert client.request("GET", "/s").status >= 400
            assert client.request("MKCOL", "/d").status >= 400
            assert client.request("DELETE", "/s").status >= 400
            assert client.request("DELETE", "/").status >= 400
    assert snapshot(tmp_path / "outside") == before
    assert (top / "ann").read_bytes() == b"a file"
    assert (top / "bob").is_symlink()


def test_who_has_no_safe_name_has_no_root(homes, users, tmp_path):
    server, top = homes()
    with users.client(server) as client:
        assert client.request("OPTIONS", "*").status == 200  # all is made
    before = snapshot(tmp_path / "dav")
    for name in (None, *UNSAFE):
        with users.client(server, name) as client:
            answer = client.request("PUT", "/a", body=b"x")
            assert answer.status == 403, name
            assert b"root of its own" in answer.body
            assert client.request("GET", "/").status == 403
            assert client.request("OPTIONS", "*").status == 200
    assert snapshot(tmp_path / "dav") == before
    assert sorted(p.name for p in top.iterdir()) == [".tarry"]


def test_locks_and_operations_of_others_are_not_there(homes, users):
    server, _ = homes("--slow-member", "50ms")
    with users.client(server, "ann") as ann, users.client(server, "bob") as bob:
        assert ann.request("MKCOL", "/t").status == 201
        for i in range(8):
            ann.request("PUT", "/t/f%d" % i, body=b"x")
        lock = ann.request("LOCK", "/", {"Depth": "infinity"}, LOCK_BODY)
        assert lock.status == 200
        assert b"<D:lockroot><D:href>/</D:href>" in lock.body
        token = lock.fields["lock-token"]
        assert bob.request("PUT", "/f", body=b"x").status == 201
        assert bob.request("UNLOCK", "/",
                           {"Lock-Token": token}).status == 409
        assert b"activelock" not in bob.request(
            "PROPFIND", "/", {"Depth": "1"}).body
        assert ann.request("UNLOCK", "/",
                           {"Lock-Token": token}).status == 204
        begun = ann.request("COPY", "/t", {
            "Destination": "/u", "Prefer": "respond-async"})
        assert begun.status == 202
        state = json.loads(begun.body)
        assert (state["source"], state["destination"]) == ("/t", "/u")
        where = begun.fields["location"]
        assert bob.request("GET", where).status == 404
        assert bob.request("GET", "/.tarry/ops/").body.count(b'"id"') == 0
        props = ann.request("PROPFIND", where, {"Depth": "0"}).body
        assert b"<D:href>/t</D:href>" in props and b"/ann" not in props
        done = ann.request("GET", where, {"Prefer": "processing"})
        assert b"/ann" not in done.body
    with users.client(server, "ann") as ann:
        final = ann.request("GET", where + "/response")
        assert final.status == 201 and final.fields["location"] == "/u"


def test_progress_names_members_as_their_user_does(homes, users):
    server, _ = homes("--slow-member", "400ms", "--interim-after", "0s",
                      "--interim-every", "1s")
    with users.client(server, "ann") as ann:
        assert ann.request("MKCOL", "/t").status == 201
        for i in range(6):
            ann.request("PUT", "/t/f%d" % i, body=b"x")
        answer = ann.request("COPY", "/t", {
            "Destination": "/u", "Prefer": "processing"})
        assert answer.status == 201 and answer.fields["location"] == "/u"
        said = " ".join(fields.get("status-uri", "")
                        for _, fields, _ in answer.interims)
        assert "/t/f" in said and "/ann" not in said


def test_a_restart_finds_homes_and_locks_again(homes, users, tmp_path):
    (tmp_path / "dav").mkdir()
    with Server(*users.flags(), directory=tmp_path / "dav" / "%u") as server:
        with users.client(server, "ann") as ann:
            lock = ann.request("LOCK", "/f", {}, LOCK_BODY)
            assert lock.status == 201
    server, _ = homes()
    with users.client(server, "ann") as ann, users.client(server, "bob") as bob:
        assert ann.request("PUT", "/f", body=b"x").status == 423
        assert bob.request("PUT", "/f", body=b"x").status == 201
        assert ann.request("PUT", "/f", {
            "If": "(%s)" % lock.fields["lock-token"]}, b"x").status == 204


def test_links_and_a_name_in_the_middle_are_refused_at_start(tmp_path):
    program = ROOT / "build" / "asan" / "src" / "tarry"
    for words in (["%u", "--symlinks", "inside"], ["%u/files"],
                  [".", "--rule", "ann /a/../b read"]):
        words[0] = str(tmp_path / words[0])
        end = subprocess.run([program, "serve", *words], timeout=60,
                             stdin=subprocess.DEVNULL, capture_output=True)
        assert end.returncode not in (0, -11), end
        assert end.stderr.startswith(b"tarry: ")


def test_rules_are_read_again_at_sighup(serve, tmp_path):
    config = tmp_path / "tarry.conf"
    config.write_text("rule = * /file.txt none\n")
    server = serve("--config", config)

    def read_again(text, said):
        before = server.said().count(said)
        config.write_text(text)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.said().count(said) > before, said)

    with Client(server.address) as client:
        assert client.request("GET", "/file.txt").status == 404
        read_again("rule = * /file.txt list\n", "was read again")
        assert client.request("GET", "/file.txt").status == 403
        read_again("rule = * /file.txt lists\n", "stays in use")
        assert client.request("GET", "/file.txt").status == 403
        read_again("", "was read again")
        assert client.request("GET", "/file.txt").status == 200


def test_check_config_tells_of_rules_that_match_nothing(users, tmp_path):
    (tmp_path / "dav" / "ann" / "plans").mkdir(parents=True)
    config = tmp_path / "tarry.conf"

    def check(directory, *rules):
        config.write_text("directory = %s\n" % directory + "".join(
            "rule = %s\n" % rule for rule in rules) +
            "tls-self-signed = yes\ntls-client-ca = %s\n"
            % users.authority.crt)
        end = subprocess.run(
            [ROOT / "build" / "asan" / "src" / "tarry", "check-config",
             "--config", config], timeout=60, stdin=subprocess.DEVNULL,
            capture_output=True)
        return end.returncode, end.stderr.decode()

    top = tmp_path / "dav"
    assert check(top, "* / read", "@ /ann/plans none") == (0, "")
    assert check(top / "%u", "* / read", "@ /plans none") == (0, "")
    code, said = check(top, "ann / read", "* / read", "@ /plans none")
    assert code == 0 and said.count("matches nothing") == 2
    assert ":2: rule: warning" in said and ":4: rule: warning" in said
    code, said = check(top / "%u", "@ /ann/plans none", "ann /plan reads")
    assert code == 2 and ":3: rule: " in said
    assert "there is nothing at its path" not in said.split("\n")[0]


def test_rules_tell_users_apart(serve, users):
    server = serve(*users.flags(), "--rule", "* / read,list",
                   "--rule", "@ /drop write,list", "--rule", "ann /tree all",
                   "--rule", "bob /tree/f07 none", "--rule",
                   "- /empty none")
    nobody, ann, bob = (users.client(server, name)
                        for name in (None, "ann", "bob"))
    (server.directory / "drop").mkdir()
    assert nobody.request("GET", "/file.txt").status == 200
    assert nobody.request("PUT", "/file.txt", body=b"x").status == 403
    assert nobody.request("GET", "/empty/").status == 404
    assert nobody.request("PUT", "/drop/x", body=b"x").status == 403
    assert bob.request("PUT", "/drop/x", body=b"x").status == 201
    assert bob.request("GET", "/drop/x").status == 403
    assert ann.request("PUT", "/tree/f00", body=b"ann").status == 204
    assert bob.request("PUT", "/tree/f00", body=b"bob").status == 403
    listing = bob.request("PROPFIND", "/tree", {"Depth": "1"}).body
    assert b"/tree/f08<" in listing and b"/tree/f07<" not in listing
    assert b"/tree/f07<" in ann.request("PROPFIND", "/tree",
                                        {"Depth": "1"}).body
    # What is hidden is not in a copy, nor counted in its progress.
    assert bob.request("COPY", "/tree", {"Destination": "/drop/tree"}
                       ).status == 201
    assert (server.directory / "drop" / "tree" / "f08").exists()
    assert not (server.directory / "drop" / "tree" / "f07").exists()
    assert (server.directory / "tree" / "f07").exists()
    assert ann.request("MOVE", "/tree", {"Destination": "/drop/moved"}
                       ).status == 201
    for client in (nobody, ann, bob):
        client.close()


def test_a_member_that_stands_against_it_is_named_and_nothing_is_done(
        serve):
    server = serve("--rule", "* /tree/f03 read,write,list", "--rule",
                   "* /new/f04 read,list")
    before = snapshot(server.directory / "tree")
    with Client(server.address) as client:
        answer = client.request("DELETE", "/tree")
        assert answer.status == 207 and b"/tree/f03<" in answer.body
        answer = client.request("MOVE", "/tree", {"Destination": "/moved"})
        assert answer.status == 207 and b"/tree/f03<" in answer.body
        answer = client.request("COPY", "/tree", {"Destination": "/new"})
        assert answer.status == 207 and b"/new/f04<" in answer.body
        answer = client.request("COPY", "/empty", {"Destination": "/tree"})
        assert answer.status == 207 and b"/tree/f03<" in answer.body
    assert snapshot(server.directory / "tree") == before
    assert not (server.directory / "new").exists()
    assert not (server.directory / "moved").exists()


def test_a_strict_copy_is_whole_or_nothing_by_the_rules_too(serve):
    server = serve("--rule", "* /tree/f03 write,list")
    with Client(server.address) as client:
        answer = client.request("COPY", "/tree", {
            "Destination": "/new", "Prefer": "handling=strict"})
        assert answer.status == 403 and b"/tree/f03" in answer.body
        assert not (server.directory / "new").exists()
        answer = client.request("COPY", "/tree", {"Destination": "/new"})
        assert answer.status == 207 and b"/tree/f03<" in answer.body
        assert len(list((server.directory / "new").iterdir())) == 29

