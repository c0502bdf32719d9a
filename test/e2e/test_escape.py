"""Nothing outside of the root is read or changed: whatever the paths are, and
whatever becomes of the names while a request runs."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys

import pytest

from peer import Client
from users import Users, snapshot

SWAPPER = pathlib.Path(__file__).with_name("swapper.py")
SECRET = b"SECRET-" * 1131 + b"."  # its size is as telling as its content
LOCK_BODY = (b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/>'
             b"</D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>")
PATCH_BODY = (b'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x>y</x>'
              b"</D:prop></D:set></D:propertyupdate>")
METHODS = {
    "GET": ({}, None), "HEAD": ({}, None), "OPTIONS": ({}, None),
    "PUT": ({}, b"evil"), "DELETE": ({}, None), "MKCOL": ({}, None),
    "COPY": ({"Destination": "/stolen"}, None),
    "MOVE": ({"Destination": "/stolen"}, None),
    "PROPFIND": ({"Depth": "1"}, None), "PROPPATCH": ({}, PATCH_BODY),
    "LOCK": ({}, LOCK_BODY), "UNLOCK": ({"Lock-Token": "<urn:x>"}, None),
}
UPWARDS = (
    "/../outside/%s", "/%%2e%%2e/outside/%s", "/%%2E./outside/%s",
    "/..%%2foutside%%2f%s", "/%%2e%%2e%%2foutside/%s", "/..%%5coutside%%5c%s",
    "/..\\outside\\%s", "/%%252e%%252e/outside/%s", "/%%c0%%ae%%c0%%ae/outside/%s",
    "/..%%c0%%afoutside/%s", "/%%ef%%bc%%8e%%ef%%bc%%8e/outside/%s",
    "/tree/../../outside/%s", "/tree/%%2e%%2e/%%2e%%2e/outside/%s",
    "/tree/.%%00./../outside/%s", "/..;/outside/%s", "/.../outside/%s",
    "//../outside/%s", "///outside/%s", "/./../outside/%s", "/../../../..%s",
    "/%%u002e%%u002e/outside/%s", "/..%%00/outside/%s", "/..%%0a/outside/%s",
    "http://127.0.0.1/../outside/%s", "http://127.0.0.1/%%2e%%2e/outside/%s",
    "/tree/f00/../../outside/%s", "/.tarry/../../outside/%s",
    "/.tarry/stage/../../../outside/%s",
)


class Outside:
    """A directory beside the root, and a look at whether it was left alone."""

    def __init__(self, top):
        self.top = top
        (top / "sub").mkdir(parents=True)
        for name in ("f", "secret", "sub/x"):
            (top / name).write_bytes(SECRET)
        self.before = snapshot(top)

    def check(self, root=None):
        assert snapshot(self.top) == self.before
        for folder, _, names in () if root is None else os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as file:
                        assert SECRET not in file.read(), path


@pytest.fixture
def outside(tmp_path):
    return Outside(tmp_path / "outside")


@pytest.fixture
def root(tmp_path):
    """The directory that is served, beside it."""
    top = tmp_path / "served"
    (top / "tree").mkdir(parents=True)
    (top / "tree" / "f00").write_bytes(b"inside")
    (top / "file.txt").write_bytes(b"inside")
    return top


def ask(make_client, method, path, fields=(), body=None):
    """One request on a connection of its own; its answer has no secret."""
    with make_client() as client:
        try:
            answer = client.request(method, path, fields, body)
        except ConnectionError:
            return None  # it was too strange for an answer
    tell_nothing(answer)
    return answer


def tell_nothing(answer):
    assert b"SECRET" not in answer.body
    assert b">%d<" % len(SECRET) not in answer.body
    assert answer.fields.get("content-length") != str(len(SECRET))


def send_all(make_client, paths):
    """Each path as target of each method, as Destination, and in If."""
    for path in paths:
        for method, (fields, body) in METHODS.items():
            ask(make_client, method, path, fields, body)
        for method in ("COPY", "MOVE"):
            ask(make_client, method, "/tree/f00", {"Destination": path})
            ask(make_client, "PUT", "/tree/f00", {}, b"inside")
        ask(make_client, "PUT", "/tree/f00", {
            "If": '<%s> (Not <urn:none> ["x"])' % path}, b"inside")


def test_dots_in_every_spelling(serve, root, outside):
    server = serve("--sync", "off", directory=root)
    send_all(lambda: Client(server.address),
             [form % name for form in UPWARDS for name in ("secret", "new")])
    outside.check(root)


def test_names_of_other_users(serve, tmp_path):
    (tmp_path / "ca").mkdir()
    users = Users(tmp_path / "ca")
    top = tmp_path / "dav"
    (top / "ann" / "tree").mkdir(parents=True)
    (top / "ann" / "tree" / "f00").write_bytes(b"inside")
    outside = Outside(top / "outside")  # a user's, too
    (top / "loose").write_bytes(SECRET)
    server = serve(*users.flags(), "--sync", "off", directory=top / "%u")
    paths = [form % "secret" for form in UPWARDS]
    paths += ["/outside/secret", "/outside", "/loose", "/../loose",
              "/%2e%2e/loose", "/ann/../outside/secret", "/dav/outside/secret",
              "/ann/tree/f00"]
    send_all(lambda: users.client(server, "ann"), paths)
    outside.check(top / "ann")
    assert (top / "loose").read_bytes() == SECRET
    assert sorted(p.name for p in top.iterdir()) == [
        ".tarry", "ann", "loose", "outside"]


@contextlib.contextmanager
def swapping(folder, *names):
    """While it lasts, the names of each pair stand for each other's."""
    process = subprocess.Popen(
        [sys.executable, SWAPPER, *names], cwd=folder, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n"
        yield
    finally:
        count = int(process.communicate(timeout=60)[0])
        assert process.returncode == 0
    assert count > 100, "hardly anything was swapped"


def swap_requests(name):
    """What is asked of a name that is now a collection, now a link."""
    return [
        ("GET", name + "/f", {}, None), ("HEAD", name + "/f", {}, None),
        ("PUT", name + "/f", {}, b"inside"), ("PUT", name + "/n", {}, b"in"),
        ("PROPFIND", name, {"Depth": "1"}, None),
        ("PROPFIND", name, {"Depth": "infinity"}, None),
        ("PROPFIND", name + "/secret", {"Depth": "0"}, None),
        ("GET", name + "/secret", {}, None), ("GET", name + "/", {}, None),
        ("DELETE", name + "/f", {}, None), ("MKCOL", name + "/m", {}, None),
        ("DELETE", name + "/m", {}, None), ("DELETE", name + "/sub", {}, None),
        ("MKCOL", name + "/sub", {}, None),
        ("PUT", name + "/sub/x", {}, b"inside"),
        ("COPY", name, {"Destination": "/copy"}, None),
        ("COPY", "/", {"Destination": "/all", "Depth": "0"}, None),
        ("COPY", "/play", {"Destination": "/whole"}, None),
        ("COPY", name + "/secret", {"Destination": "/stolen"}, None),
        ("MOVE", name + "/secret", {"Destination": "/stolen"}, None),
        ("COPY", "/tree", {"Destination": name + "/sub"}, None),
        ("MOVE", name + "/f", {"Destination": "/moved"}, None),
        ("MOVE", "/moved", {"Destination": name + "/f"}, None),
        ("PROPPATCH", name + "/f", {}, PATCH_BODY),
        ("LOCK", name + "/k", {"Timeout": "Second-1"}, LOCK_BODY),
        ("DELETE", name + "/n", {}, None), ("DELETE", name + "/k", {}, None),
    ]


@pytest.mark.parametrize("symlinks", ["none", "inside"])
def test_links_that_come_and_go_under_a_request(serve, root, outside, symlinks):
    """/play/d is now a collection, now a link to what is outside; /play/e is
    what it is not.  And so with a collection above, and with a file."""
    play = root / "play"
    for folder in ("d/sub", "up/d", "l"):
        (play / folder).mkdir(parents=True)
    for name in ("d/f", "d/sub/x", "up/d/f", "f"):
        (play / name).write_bytes(b"inside")
    (play / "e").symlink_to(outside.top)
    (play / "g").symlink_to("../../outside/secret")
    (play / "down").symlink_to("../../outside")
    (outside.top / "d").symlink_to(".")  # /play/down/d/f is there, too
    outside.before = snapshot(outside.top)
    server = serve("--sync", "off", "--symlinks", symlinks, directory=root)
    names = ("/play/d", "/play/e", "/play/up/d", "/play/down/d")
    seen = set()
    client = Client(server.address)
    with swapping(play, "d", "e", "up", "down", "f", "g"):
        for _ in range(24):
            for name in names:
                for request in swap_requests(name):
                    answer = client.request(*request)
                    tell_nothing(answer)
                    seen.add((request[0], answer.status // 100))
                    if "close" in answer.fields.get("connection", ""):
                        client.close()
                        client = Client(server.address)
            for name in ("/play/f", "/play/g"):
                for method in ("GET", "PROPFIND"):
                    tell_nothing(client.request(method, name, {"Depth": "0"}))
                client.request("COPY", name, {"Destination": "/stolen"})
            outside.check()
    client.close()
    outside.check(root)
    # Both sides of the swap were met by what matters most.
    for method in ("GET", "PUT", "DELETE", "MKCOL", "COPY", "PROPFIND"):
        assert {(method, 2), (method, 4)} <= seen, (method, seen)


@pytest.mark.parametrize("method", ["DELETE", "COPY", "MOVE"])
def test_links_that_come_and_go_in_a_tree_at_work(serve, root, outside, method):
    """The swapper goes on wherever the tree is moved, also into the trash."""
    server = serve("--sync", "off", directory=root)
    for round in range(12):
        top = root / ("t%d" % round)
        for i in range(10):
            (top / "d" / ("s%d" % i) / "sub").mkdir(parents=True)
            (top / "d" / ("s%d" % i) / "f").write_bytes(b"inside")
        (top / "e").symlink_to(outside.top)
        (top / "sub").mkdir()
        (top / "k").symlink_to(outside.top / "sub")
        with Client(server.address) as client:
            with contextlib.suppress(AssertionError):  # it may be too quick
                with swapping(top, "d", "e", "sub", "k"):
                    answer = client.request(method, "/t%d" % round, {
                        "Destination": "/to%d" % round})
                    tell_nothing(answer)
        outside.check()
    server.process.terminate()  # and with it who empties the trash
    assert server.process.wait(20) == 0
    outside.check(root)


def test_links_are_not_followed_out(serve, root, outside):
    """Without any haste."""
    (root / "abs").symlink_to(outside.top)
    (root / "rel").symlink_to("../outside")
    (root / "far").symlink_to("tree/../../outside")
    (root / "proc").symlink_to("/proc/self/root" + str(outside.top))
    (root / "file").symlink_to("../outside/secret")
    (root / "dangling").symlink_to("../outside/new")
    for symlinks in ("none", "inside"):
        server = serve("--sync", "off", "--symlinks", symlinks, directory=root)
        names = ["/%s%s" % (link, rest)
                 for link in ("abs", "rel", "far", "proc", "file", "dangling")
                 for rest in ("", "/", "/secret", "/new", "/sub/x")]
        for name in names:
            for method in ("GET", "HEAD", "PROPFIND", "PROPPATCH", "COPY",
                           "PUT", "MKCOL", "LOCK", "UNLOCK"):
                fields, body = METHODS[method]
                answer = ask(lambda: Client(server.address), method, name,
                             fields, body)
                assert answer.status >= 400, (symlinks, method, name)
            for method in ("COPY", "MOVE"):
                ask(lambda: Client(server.address), method, "/file.txt",
                    {"Destination": name + "/x"})
            outside.check()
        answer = ask(lambda: Client(server.address), "PROPFIND", "/",
                     {"Depth": "infinity"})
        assert answer.status == 207
        outside.check(root)
        server.process.terminate()
        server.process.wait(20)


def test_a_hard_link_is_a_file_of_the_root_and_changes_nothing_else(
        serve, root, outside):
    names = ("put", "copied", "moved", "deleted", "locked", "tree/deep")
    for name in names:
        (outside.top / name.replace("/", "-")).write_bytes(b"shared")
        os.link(outside.top / name.replace("/", "-"), root / name)
    outside.before = snapshot(outside.top)
    server = serve("--sync", "off", directory=root)
    with Client(server.address) as client:
        assert client.request("GET", "/put").body == b"shared"
        assert client.request("PUT", "/put", body=b"new").status == 204
        assert client.request("COPY", "/file.txt", {
            "Destination": "/copied"}).status == 204
        assert client.request("MOVE", "/file.txt", {
            "Destination": "/moved"}).status == 204
        assert client.request("DELETE", "/deleted").status == 204
        assert client.request("LOCK", "/locked", {}, LOCK_BODY).status == 200
        assert client.request("PROPPATCH", "/locked", {},
                              PATCH_BODY).status in (207, 423)
        assert client.request("COPY", "/tree", {
            "Destination": "/tree2"}).status == 201
        assert client.request("PUT", "/tree2/deep", body=b"x").status == 204
        assert client.request("DELETE", "/tree").status == 204
        assert client.request("GET", "/put").body == b"new"
    outside.check()


@pytest.mark.parametrize("kind", ["fifo", "socket", "device"])
def test_what_is_no_file_is_not_there(serve, root, kind):
    """Nobody waits for the other end of a pipe, and no device hears of it."""
    paths = root / "odd", root / "tree" / "odd"
    sockets = []
    for path in paths:
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "socket":
            sockets.append(socket.socket(socket.AF_UNIX))
            sockets[-1].bind(os.path.relpath(path))
        else:
            try:
                os.mknod(path, 0o20666, os.makedev(1, 3))
            except PermissionError:
                pytest.skip("no devices can be made here")
    modes = [path.lstat().st_mode for path in paths]
    server = serve("--sync", "off", directory=root)
    with Client(server.address) as client:
        for name in ("/odd", "/tree/odd"):
            for method in ("GET", "HEAD", "PROPFIND", "COPY", "MOVE", "DELETE",
                           "PROPPATCH"):
                fields, body = METHODS[method]
                answer = client.request(method, name, fields, body)
                assert answer.status == 404, (method, answer.status)
            for method in ("PUT", "MKCOL", "LOCK"):
                fields, body = METHODS[method]
                answer = client.request(method, name, fields, body)
                assert answer.status >= 400, (method, answer.status)
            assert client.request("COPY", "/file.txt", {
                "Destination": name}).status >= 400
        listing = client.request("PROPFIND", "/", {"Depth": "infinity"})
        assert listing.status == 207 and b"odd" not in listing.body
        assert client.request("COPY", "/tree", {
            "Destination": "/copy"}).status == 201
        assert os.listdir(root / "copy") == ["f00"]
        assert [path.lstat().st_mode for path in paths] == modes
        assert client.request("DELETE", "/tree").status == 204
    for one in sockets:
        one.close()


def can_mount():
    return subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none",
                           "/mnt"], stderr=subprocess.DEVNULL).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="nothing can be mounted here")
def test_what_is_mounted_in_a_tree_stays_when_the_tree_goes(
        serve, root, outside):
    """What is mounted is served, for the administrator wants it so; but work
    on the tree around it does not enter it, to empty it or to move it."""
    for name in ("tree", "tree2", "tree3"):
        (root / name / "mounted").mkdir(parents=True)
    server = serve(
        "--sync", "off", directory=root, under=(
            "unshare", "-m", "sh", "-c", "for to in tree tree2 tree3; do"
            ' mount --bind "$0" "%s/$to/mounted" || exit; done; exec "$@"'
            % root, outside.top))
    with Client(server.address) as client:
        answer = client.request("GET", "/tree/mounted/f")
        assert (answer.status, answer.body) == (200, SECRET)
        for method, path, to in (("DELETE", "/tree", None),
                                 ("MOVE", "/tree2", "/to"),
                                 ("DELETE", "/to", None),
                                 ("COPY", "/file.txt", "/tree3")):
            answer = client.request(method, path, {"Destination": to} if to
                                    else {})
            assert answer.status in (201, 204), (method, path, answer.body)
        for path in ("/tree", "/tree2", "/to"):
            assert client.request("GET", path).status == 404
    server.process.terminate()  # with what it had still to throw away
    assert server.process.wait(20) == 0
    outside.check()
