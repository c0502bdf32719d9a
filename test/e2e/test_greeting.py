"""What a server says at its start is true: each command works as it stands."""

import subprocess

import pytest

from server import ROOT
from test_tls import Authority


def sample_tree(top):
    top.rmdir()
    subprocess.run([str(ROOT / "tools/sample-tree"), str(top)], check=True)


def another_tree(top):
    (top / "file").write_bytes(b"x")


def commands(server):
    return [line.strip() for line in server.said().splitlines()
            if line.startswith("  curl ")]


def statuses(command):
    """Of all responses but a 100."""
    done = subprocess.run(
        ["bash", "-c", command.replace("curl ", "curl -sS -f -v ", 1)],
        timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = done.stderr.decode()
    assert done.returncode == 0, said
    lines = [line for line in said.splitlines() if line.startswith("< HTTP/")]
    return [int(line.split()[2]) for line in lines if " 100 " not in line]


# The first status of each command, and its last.
@pytest.mark.parametrize("fill, flags, answers", (
    (sample_tree, (), ((201, 201), (207, 207), (102, 201))),
    (another_tree, (), ((201, 201), (207, 207), (102, 200))),
    (another_tree, ("--read-only",), ((207, 207), (102, 200))),
    (another_tree, ("--anonymous", "read"), ((207, 207), (102, 200))),
    (another_tree, ("--rule", "* / read,list"), ((207, 207), (102, 200))),
    (another_tree, ("--rule", "* / write"), ((201, 201), (102, 200))),
), ids=("sample", "another", "read-only", "anonymous", "rule", "blind"))
def test_each_command_works(serve, fill, flags, answers):
    server = serve(*flags, build="release", fill=fill)
    seen = [statuses(command) for command in commands(server)]
    assert tuple((codes[0], codes[-1]) for codes in seen) == answers


@pytest.fixture
def known(tmp_path):
    """A file of users."""
    users = tmp_path / "users"
    program = ROOT / "build" / "release" / "src" / "tarry"
    for name in ("ann", "zoe"):
        subprocess.run([str(program), "passwd", str(users), name, "--stdin"],
                       input=b"secret\n", check=True)
    return users


WITHOUT_TLS = ()
SELF_SIGNED = ("--tls-self-signed",)
TO_ALL = ((201, 201), (207, 207), (102, 200))


# Each asks for a password, and for nothing else.
@pytest.mark.parametrize("flags, answers", (
    (WITHOUT_TLS, TO_ALL),
    (SELF_SIGNED, TO_ALL),
    (("--anonymous", "read"), TO_ALL),
    (("--rule", "ann / read,list"), TO_ALL[1:]),
    (("--rule", "zoe / none"), TO_ALL),
), ids=("plain", "tls", "anonymous", "rule", "other"))
def test_each_command_works_for_a_user(serve, known, flags, answers):
    server = serve("--users", known, *flags, build="release",
                   fill=another_tree)
    for command in commands(server):
        assert " -u ann " in command
    seen = [statuses(command.replace(" -u ann ", " -u ann:secret "))
            for command in commands(server)]
    assert tuple((codes[0], codes[-1]) for codes in seen) == answers


def test_each_command_works_with_a_certificate_for_another_name(
        serve, tmp_path):
    crt, key = Authority(tmp_path).sign("server", subject="dav.example.org")
    server = serve("--tls-cert", crt, "--tls-key", key, build="release",
                   fill=another_tree)
    seen = [statuses(command) for command in commands(server)]
    assert tuple((codes[0], codes[-1]) for codes in seen) == TO_ALL


def test_says_that_it_is_read_only(serve):
    assert "read-only" in serve("--read-only").said()
    assert "read-only" not in serve().said()
