"""One round of every command, for any WebDAV server."""

import filecmp
import os

DONE, FAILED, USAGE, ABSENT, REFUSED, LOCKED, NETWORK, UNKNOWN = range(8)
NAMES = ("a.txt", "b c.txt", "d%20#?.txt", "é.txt")


def make_tree(top):
    (top / "sub" / "deep").mkdir(parents=True)
    for i, name in enumerate(NAMES):
        (top / name).write_text("one %d\n" % i)
        (top / "sub" / name).write_text("two %d\n" % i)
    os.utime(top / "a.txt", (1e9, 1e9))


def same(left, right):
    both = filecmp.dircmp(left, right)
    left_only, right_only, differing = \
        both.left_only, both.right_only, both.diff_files
    assert (left_only, right_only, differing) == ([], [], [])
    for name in both.common_dirs:
        same(left / name, right / name)


def fill(client, url):
    """What the others start from."""
    make_tree(client.work / "tree")
    assert client("put", "-r", "tree", url + "/").code == DONE
    assert client("put", "-", url + "/in", text=b"hello").code == DONE


def transfers(client, url):
    assert client("get", "-r", url + "/tree", "back").code == DONE
    same(client.work / "tree", client.work / "back")
    assert client("cat", url + "/tree/a.txt").out == "one 0\n"
    listed = client("ls", url + "/tree").lines()
    assert sorted(listed) == sorted([*NAMES, "sub/"])
    assert client("cat", url + "/in").out == "hello"
    assert client("cat", url + "/none").code == ABSENT
    assert client("get", url + "/none").code == ABSENT
    assert client("ls", url + "/none").code == ABSENT


def listings(client, url):
    objects = client("ls", "--json", "-R", url + "/tree").objects()
    assert sorted(one["path"] for one in objects) == sorted(
        [*NAMES, "sub", "sub/deep", *("sub/" + name for name in NAMES)])
    assert {one["type"] for one in objects} == {"file", "collection"}
    found = client("find", "-name", "a*", url + "/tree").lines()
    assert sorted(found) == ["a.txt", "sub/a.txt"]
    assert client("find", "-size", "+1k", url + "/tree").out == ""
    assert len(client("find", "-type", "f", url + "/tree").lines()) == 8
    assert client("ls", url + "/tree/*.txt").code == DONE
    assert client("ls", url + "/tree/*.none").code == ABSENT


def trees(client, url, lacks=()):
    assert client("cp", url + "/tree", url + "/copy").code == DONE
    client("get", "-r", url + "/copy", "copy")
    same(client.work / "tree", client.work / "copy")
    assert client("cp", "-n", url + "/in", url + "/tree/a.txt").code == REFUSED
    assert client("cat", url + "/tree/a.txt").out == "one 0\n"
    assert client("cp", url + "/in", url + "/copy/").code == DONE
    assert client("mv", url + "/copy/in", "/copy/moved").code == DONE
    assert client("cat", url + "/copy/moved").out == "hello"
    assert client("mv", url + "/copy", url + "/other").code == DONE
    assert client("ls", url + "/copy").code == ABSENT
    assert client("rm", url + "/other").code == REFUSED
    assert client("rm", "-r", url + "/other").code == DONE
    assert client("rm", url + "/other").code == ABSENT
    assert client("rm", "-f", url + "/other").code == DONE
    assert client("mkdir", url + "/new").code == DONE
    if "refusal to make what is there" not in lacks:
        assert client("mkdir", url + "/new").code == REFUSED
    assert client("mkdir", "-p", url + "/new/x/y").code == DONE
    assert client("mkdir", url + "/no/x").code == ABSENT
    assert client("cp", url + "/none", url + "/x").code == ABSENT
    done = client("cp", url + "/in", url + "/no/x")
    if "409" in lacks:  # some say 403, or 500, where RFC 4918 wants 409
        assert done.code == REFUSED
    else:
        assert done.code == ABSENT and "does not exist" in done.err
    assert client("rm", url + "/in", url + "/none").code == FAILED


def properties(client, url):
    name, file = "{urn:x}color", url + "/tree/a.txt"
    assert client("prop", "set", file, name, "r<e&d").code == DONE
    assert client("prop", "get", file, name).out == "r<e&d\n"
    assert "{urn:x}color = " in client("prop", "list", file).out
    assert client("prop", "rm", file, name).code == DONE
    assert client("prop", "get", file, name).code == ABSENT
    assert client("prop", "get", file, "getcontentlength").out == "6\n"


def locks(client, other, url, lacks=()):
    """client holds it; other is somebody else."""
    file = url + "/tree/a.txt"
    (client.work / "n").write_text("new\n")
    (other.work / "n").write_text("other\n")
    assert client("lock", file).code == DONE
    if "refusal to lock twice" not in lacks:
        assert client("lock", file).code == LOCKED
    assert other("put", "n", file).code == LOCKED
    assert other("rm", file).code == LOCKED
    assert other("mv", file, url + "/moved").code == LOCKED
    assert client("put", "n", file).code == DONE
    assert client("cat", file).out == "new\n"
    assert client("unlock", file).code == DONE
    assert client("unlock", file).code == ABSENT
    assert other("put", "n", file).code == DONE
    done = client("lock", url + "/tree/", "--", "sh", "-c", "exit 9")
    assert done.code == 9
    assert other("rm", "-r", url + "/tree/sub").code == DONE
