"""What a server says at its start is true: each command works as it stands."""

import subprocess

import pytest

from server import ROOT


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
    (sample_tree, (), ((204, 204), (207, 207), (102, 201))),
    (another_tree, (), ((201, 201), (207, 207), (102, 200))),
    (another_tree, ("--read-only",), ((207, 207), (102, 200))),
), ids=("sample", "another", "read-only"))
def test_each_command_works(serve, fill, flags, answers):
    server = serve(*flags, build="release", fill=fill)
    seen = [statuses(command) for command in commands(server)]
    assert tuple((codes[0], codes[-1]) for codes in seen) == answers


def test_says_that_it_is_read_only(serve):
    assert "read-only" in serve("--read-only").said()
    assert "read-only" not in serve().said()
