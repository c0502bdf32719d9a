"""slowhttptest in its four modes against a server as it comes: whoever else
asks is served all the time."""

import re
import shutil
import subprocess
import time

import pytest

from peer import connect  # noqa: F401
from server import Server

TIMEOUT_S, ATTACK_S, ANSWER_S, CONNECTIONS = 60, 8, 20, 600
LARGE = 8 * 1024 * 1024

MODES = {
    "slow headers": ["-H", "-i", "1"],
    "slow body": ["-B", "-t", "PUT", "-s", "100000", "-i", "1"],
    "ranges": ["-R", "-t", "GET"],
    "slow read": ["-X", "-w", "512", "-y", "1024", "-n", "1", "-z", "32",
                  "-k", "3"],
}


def fill(top):
    (top / "large").write_bytes(bytes(LARGE))
    (top / "file.txt").write_bytes(b"hello\n")


def attack(server, flags):
    return subprocess.Popen(
        ["slowhttptest", "-u", server.url + "/large",
         "-c", str(CONNECTIONS), "-r", "300", "-l", str(ATTACK_S),
         "-p", "5", *flags], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        cwd=server.scratch)


def has_attacked(server, said):
    """By what it counted, every few seconds; or, if it was over before that,
    by what we have answered."""
    counted = max(int(n) for n in re.findall(
        r"(?:connected|closed|error):\s+(\d+)", said))
    end = time.monotonic() + ANSWER_S
    while counted < CONNECTIONS // 2 and time.monotonic() < end:
        time.sleep(0.1)
        counted = server.access_log.read_text().count(" /large ")
    return counted >= CONNECTIONS // 2


@pytest.mark.skipif(shutil.which("slowhttptest") is None,
                    reason="needs slowhttptest")
@pytest.mark.parametrize("mode", MODES)
def test_others_are_served(connect, mode):
    served = 0
    with Server(fill=fill) as server:
        attacker = attack(server, MODES[mode])
        try:
            while attacker.poll() is None:
                client = connect(server)  # a newcomer each time
                assert client.request("GET", "/file.txt").status == 200
                assert client.request("PUT", "/mine", body=b"x").status < 300
                served += 1
                client.close()
            said = attacker.communicate(timeout=TIMEOUT_S)[0].decode()
        finally:
            attacker.kill()
            attacker.wait()
        said = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", said)
        assert "service available:   YES" in said, said
        assert "service available:   NO" not in said, said
        assert has_attacked(server, said), said
    assert served > 0
