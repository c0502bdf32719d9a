"""Real clients, each of which lists, uploads, downloads, copies, moves,
deletes, and locks if it can."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
import requests

HERE = pathlib.Path(__file__).resolve().parent
TEXT = b"".join(b"This is line %d.\n" % i for i in range(20000))
LOCK_BODY = (b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/>'
             b"</D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>")

# A COPY of /tree/ takes three seconds, and a 102 is due during it.
SLOW_COPY = ("--slow-member", "100ms", "--interim-after", "200ms",
             "--interim-every", "1s", "--interim-trust-proxy", "127.0.0.0/8")


@pytest.fixture
def local(tmp_path):
    """A folder of the client's own, with a file to upload."""
    (tmp_path / "up.txt").write_bytes(TEXT)
    return tmp_path


def run(*words, local, **options):
    """What the program said; it must not fail.  It knows no other home."""
    env = {"HOME": str(local), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
           "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(local)}
    done = subprocess.run(
        [str(word) for word in words], cwd=local, env=env, timeout=90,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said
    return said


def check_tree_copied(server, name):
    names = sorted(p.name for p in (server.directory / name).iterdir())
    assert names == ["f%02d" % i for i in range(30)]


def round_of_curl(server, local, *flags):
    folder = server.directory / "a"

    def curl(method, path, *words):
        return int(run("curl", "-sS", *flags, "-o", local / "out", "-w",
                       "%{http_code}", "-X", method, *words,
                       server.url + path, local=local))

    assert curl("MKCOL", "/a") == 201
    assert curl("PUT", "/a/x.txt", "-T", local / "up.txt") == 201
    assert (folder / "x.txt").read_bytes() == TEXT
    assert curl("GET", "/a/x.txt") == 200
    assert (local / "out").read_bytes() == TEXT
    assert curl("PROPFIND", "/a/", "-H", "Depth: 1") == 207
    assert b"/a/x.txt</" in (local / "out").read_bytes()

    to = "Destination: %s/a/%s"
    assert curl("COPY", "/a/x.txt", "-H", to % (server.url, "y.txt")) == 201
    assert (folder / "y.txt").read_bytes() == TEXT
    assert curl("MOVE", "/a/y.txt", "-H", to % (server.url, "z.txt")) == 201
    assert (folder / "z.txt").read_bytes() == TEXT
    assert not (folder / "y.txt").exists()

    assert curl("LOCK", "/a/x.txt", "--data-binary", LOCK_BODY.decode(),
                "-D", local / "head") == 200
    token = re.search(r"(?i)^lock-token: *(<[^>]*>)",
                      (local / "head").read_text(), re.M).group(1)
    assert curl("PUT", "/a/x.txt", "-d", "new") == 423
    assert curl("PUT", "/a/x.txt", "-d", "new", "-H",
                "If: (%s)" % token) == 204
    assert (folder / "x.txt").read_bytes() == b"new"
    assert curl("UNLOCK", "/a/x.txt", "-H", "Lock-Token: " + token) == 204

    assert curl("DELETE", "/a") == 204
    assert not folder.exists()


def test_curl(serve, local):
    round_of_curl(serve(), local)


def test_cadaver(serve, local):
    server = serve()
    script = "\n".join([
        "mkcol a", "cd a", "put up.txt", "ls", "get up.txt down.txt",
        "copy up.txt copied.txt", "move copied.txt moved.txt",
        "lock moved.txt", "put up.txt moved.txt", "unlock moved.txt",
        "delete up.txt", "cd ..", "copy tree tree2", "rmcol empty", "quit"])
    said = run("cadaver", server.url + "/", local=local,
               input=script.encode())
    assert "failed" not in said, said
    assert "Could not" not in said, said
    assert re.search(r"up\.txt +%d" % len(TEXT), said), said
    assert (local / "down.txt").read_bytes() == TEXT
    assert (server.directory / "a" / "moved.txt").read_bytes() == TEXT
    assert os.listdir(server.directory / "a") == ["moved.txt"]
    assert not (server.directory / "empty").exists()
    check_tree_copied(server, "tree2")


def test_rclone(serve, local):
    server = serve()

    def rclone(*words):
        return run("rclone", "--config", local / "none", "--retries", "1",
                   "--low-level-retries", "1", "--webdav-url", server.url,
                   *words, local=local)

    rclone("mkdir", ":webdav:a")
    rclone("copyto", "up.txt", ":webdav:a/up.txt")
    assert (server.directory / "a" / "up.txt").read_bytes() == TEXT
    assert "up.txt" in rclone("lsf", ":webdav:a").splitlines()
    rclone("copyto", ":webdav:a/up.txt", "down.txt")
    assert (local / "down.txt").read_bytes() == TEXT
    rclone("copyto", ":webdav:a/up.txt", ":webdav:a/copied.txt")
    rclone("moveto", ":webdav:a/copied.txt", ":webdav:a/moved.txt")
    assert (server.directory / "a" / "moved.txt").read_bytes() == TEXT
    rclone("deletefile", ":webdav:a/up.txt")
    assert os.listdir(server.directory / "a") == ["moved.txt"]
    rclone("copy", ":webdav:tree", "tree")
    rclone("check", "tree", ":webdav:tree", "--download")
    rclone("purge", ":webdav:tree")
    assert not (server.directory / "tree").exists()


def test_gio(serve, local):
    """The file manager of GNOME, by way of gvfs."""
    server = serve()
    script = """set -eu
        gio mount "$DAV"
        gio mkdir "$DAV/a"
        gio copy up.txt "$DAV/a/up.txt"
        gio list "$DAV/a"
        gio copy "$DAV/a/up.txt" down.txt
        gio copy "$DAV/a/up.txt" "$DAV/a/copied.txt"
        gio move "$DAV/a/copied.txt" "$DAV/a/moved.txt"
        gio remove "$DAV/a/up.txt"
        gio mount -u "$DAV"
        """.replace("$DAV", "dav://" + server.address)
    said = run("dbus-run-session", "--", "sh", "-c", script, local=local,
               stdin=subprocess.DEVNULL)
    assert "up.txt" in said.splitlines(), said
    assert (local / "down.txt").read_bytes() == TEXT
    assert (server.directory / "a" / "moved.txt").read_bytes() == TEXT
    assert os.listdir(server.directory / "a") == ["moved.txt"]


@pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="no /dev/fuse")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_davfs2(serve, local, request):
    """A mount in the kernel, which locks what it writes.  It lists a folder
    to find a name there; readdir() itself fails with newer kernels."""
    server = serve()
    cache = tempfile.mkdtemp(prefix="tarry-test-davfs2-")
    request.addfinalizer(lambda: shutil.rmtree(cache))
    shutil.chown(cache, group="davfs2")
    os.chmod(cache, 0o770)
    (local / "conf").write_text(
        "ask_auth 0\nuse_locks 1\ndelay_upload 0\ncache_dir %s\n"
        % cache)
    (local / "conf").chmod(0o600)
    mounted = local / "mounted"
    mounted.mkdir()
    run("mount.davfs", server.url + "/", mounted, "-o",
        "conf=%s" % (local / "conf"), local=local, stdin=subprocess.DEVNULL)
    try:
        (mounted / "a").mkdir()
        shutil.copyfile(local / "up.txt", mounted / "a" / "up.txt")
        assert (mounted / "a" / "up.txt").read_bytes() == TEXT
        assert (mounted / "file.txt").read_bytes() == b"hello\n"
        shutil.copyfile(mounted / "a" / "up.txt", mounted / "a" / "copied")
        os.rename(mounted / "a" / "copied", mounted / "a" / "moved")
        os.unlink(mounted / "a" / "up.txt")
        assert (mounted / "tree" / "f29").stat().st_size == 100
        (mounted / "empty").rmdir()
    finally:
        run("umount", mounted, local=local)
    assert os.listdir(server.directory / "a") == ["moved"]
    assert (server.directory / "a" / "moved").read_bytes() == TEXT
    assert not (server.directory / "empty").exists()


def test_requests_is_never_sent_a_102(serve):
    """This client takes a 102 for the answer, so each status tells."""
    server = serve("--interim", "auto", *SLOW_COPY)
    with requests.Session() as session:
        def ask(method, path, **options):
            done = session.request(method, server.url + path, timeout=30,
                                   **options)
            return done.status_code, done

        assert ask("PUT", "/x.txt", data=TEXT)[0] == 201
        assert ask("GET", "/x.txt")[1].content == TEXT
        assert ask("PROPFIND", "/", headers={"Depth": "infinity"})[0] == 207
        to = {"Destination": server.url + "/copied/"}
        assert ask("COPY", "/tree/", headers=to)[0] == 201
        check_tree_copied(server, "copied")
        to = {"Destination": server.url + "/moved/"}
        assert ask("MOVE", "/copied/", headers=to)[0] == 201
        check_tree_copied(server, "moved")
        status, answer = ask("LOCK", "/x.txt", data=LOCK_BODY)
        assert status == 200
        token = answer.headers["Lock-Token"]
        assert ask("PUT", "/x.txt", data=b"new")[0] == 423
        assert ask("UNLOCK", "/x.txt", headers={"Lock-Token": token})[0] == 204
        assert ask("DELETE", "/moved/")[0] == 204
        assert not (server.directory / "moved").exists()


def test_curl_is_sent_a_102_where_requests_is_not(serve, local):
    server = serve("--interim", "auto", *SLOW_COPY)
    said = run("curl", "-sSi", "-X", "COPY", "-H",
               "Destination: %s/copied/" % server.url, server.url + "/tree/",
               local=local)
    statuses = re.findall(r"^HTTP/1\.1 (\d+)", said, re.M)
    assert statuses[0] == "102" and statuses[-1] == "201", said
    check_tree_copied(server, "copied")


def test_fetch_of_node(serve, local):
    server = serve("--interim", "auto", *SLOW_COPY)
    run("node", HERE / "fetch.mjs", server.url, "up.txt", local=local)
    assert (server.directory / "a" / "moved.txt").read_bytes() == TEXT
    assert os.listdir(server.directory / "a") == ["moved.txt"]
    check_tree_copied(server, "tree2")
