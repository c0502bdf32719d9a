"""The units where systemd is the first process: in a container of its own,
with this system's files beneath, a network of its own, and nothing kept."""

import os
import shutil
import subprocess

import pytest

from server import ROOT

PROGRAM = ROOT / "build" / "release" / "src" / "tarry"
UNITS = ROOT / "contrib" / "systemd"
NSPAWN = shutil.which("systemd-nspawn")
BOOT_S = 120
LANDLOCK = ("landlock_create_ruleset landlock_add_rule "
            "landlock_restrict_self")  # which a container has not, by itself
TARGET = """[Unit]
Requires=basic.target
After=basic.target
Wants=try.service
"""
SERVICE = """[Unit]
After=basic.target
[Service]
ExecStart=/bin/bash -c 'bash -x /try/run >/try/said 2>&1; systemctl poweroff'
"""
# As docs/service.md has it; and what is asked of it then.
BEGIN = """
useradd --system --home-dir /srv/dav --shell /usr/sbin/nologin tarry
install -d -o tarry -g tarry -m 0750 /srv/dav
install -d -m 0755 /etc/tarry /etc/tarry/tls
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout /etc/tarry/tls/privkey.pem -out /etc/tarry/tls/fullchain.pem
echo secret | tarry passwd --stdin /etc/tarry/users ann
cat >/etc/tarry/tarry.conf <<END
directory = /srv/dav
state = /var/lib/tarry/state
users = /etc/tarry/users
tls-cert = /etc/tarry/tls/fullchain.pem
tls-key = /etc/tarry/tls/privkey.pem
END
chgrp -R tarry /etc/tarry
chmod 640 /etc/tarry/users /etc/tarry/tls/privkey.pem
systemctl daemon-reload
systemctl enable --now tarry.socket tarry.service

ask() {
    curl -sS -m 30 --cacert /etc/tarry/tls/fullchain.pem -u ann:secret \
        -o /dev/null -w '%{http_code}' "$@"
}
tell() {
    echo "$*" >>/try/told
}
pid() {
    systemctl show -p MainPID --value tarry.service
}
until_is() { # WANT COMMAND...
    want=$1
    shift
    for _ in $(seq 300); do
        [ "$("$@")" = "$want" ] && return
        sleep 0.1
    done
    tell "not $want: $*"
}
U=https://localhost
"""


class Told(dict):
    """What was told in the container, by its first word."""

    def __init__(self, folder):
        self.said = (folder / "said").read_text(errors="replace")
        super().__init__(
            line.partition(" ")[::2]
            for line in (folder / "told").read_text().splitlines())


@pytest.fixture
def machine(tmp_path):
    """This system's files, whose changes are kept in memory and forgotten."""
    if NSPAWN is None or os.geteuid() != 0:
        pytest.skip("needs systemd-nspawn, and root")
    top = tmp_path / "machine"
    parts = [top / name for name in ("upper", "work", "root")]
    top.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", top], check=True)
    for part in parts:
        part.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "overlay", "overlay", parts[2], "-o",
         "lowerdir=/,upperdir=%s,workdir=%s" % tuple(parts[:2])],
        stderr=subprocess.PIPE)
    if mounted.returncode == 0:
        yield parts[2]
        subprocess.run(["umount", parts[2]], check=True)
    subprocess.run(["umount", "--lazy", top], check=True)
    if mounted.returncode != 0:
        pytest.skip(mounted.stderr.decode())


@pytest.fixture
def boot(machine, tmp_path):
    """Runs a script in a container, as root, and gives what it told."""
    folder = tmp_path / "try"
    folder.mkdir()
    text = (UNITS / "tarry.service.in").read_text()
    files = {"tarry.service": text.replace("@bindir@", "/usr/local/bin"),
             "tarry.socket": (UNITS / "tarry.socket").read_text(),
             "try.service": SERVICE, "try.target": TARGET}
    for name, content in files.items():
        (tmp_path / name).write_text(content)

    def run(script):
        (folder / "run").write_text(BEGIN + script)
        done = subprocess.run(
            [NSPAWN, "--quiet", "--register=no", "--keep-unit",
             "--directory=%s" % machine, "--private-network",
             "--console=pipe", "--system-call-filter=" + LANDLOCK,
             "--bind=%s:/try" % folder,
             "--bind-ro=%s:/usr/local/bin/tarry" % PROGRAM,
             *["--bind-ro=%s:/etc/systemd/system/%s" % (tmp_path / name, name)
               for name in files],
             "--boot", "--", "--unit=try.target"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=BOOT_S)
        if not (folder / "said").exists():
            pytest.skip("systemd does not start in a container here: "
                        + done.stdout.decode(errors="replace")[-200:])
        return Told(folder)
    return run


def test_serves_and_follows_itself(boot):
    told = boot("""
tell put "$(ask -T /etc/hostname $U/file)"
tell get "$(ask $U/file)"
tell stranger "$(ask -u ann:wrong $U/file)"
tell mkcol "$(ask -X MKCOL $U/tree)"
tell within "$(ask -T /etc/hostname $U/tree/a)"
tell copy "$(ask -X COPY -H "Destination: $U/copy" $U/tree)"
tell move "$(ask -X MOVE -H "Destination: $U/moved" $U/copy)"
tell delete "$(ask -X DELETE $U/tree)"

old=$(pid)
systemctl reload tarry.service && tell reload "$(ask $U/file)"
[ "$(pid)" = "$old" ] && tell same yes

while [ ! -e /try/enough ]; do ask $U/file && echo; done >/try/codes &
systemctl restart tarry.service
systemctl restart tarry.service
ask $U/file
touch /try/enough
wait %1
[ "$(pid)" != "$old" ] && tell other yes
tell codes "$(sort -u /try/codes | tr '\\n' ' ')"

kill -KILL "$(pid)"
tell after "$(ask $U/file)"
systemctl stop tarry.socket tarry.service
tell end "$(systemctl show -p Result --value tarry.service)"
tell trouble "$(journalctl -u tarry.service -o cat |
    grep -E '^tarry: (the storage|warning)')"
""")
    said = told.said
    assert (told["put"], told["get"], told["stranger"]) == (
        "201", "200", "401"), said
    assert (told["mkcol"], told["within"]) == ("201", "201"), said
    assert (told["copy"], told["move"], told["delete"]) == (
        "201", "201", "204"), said
    assert (told["reload"], told.get("same")) == ("200", "yes"), said
    assert told["codes"].split() == ["200"] and told["other"] == "yes", said
    assert (told["after"], told["end"]) == ("200", "success"), said
    assert told["trouble"] == "", said


def test_is_begun_again_when_it_hangs(boot):
    told = boot("""
mkdir /etc/systemd/system/tarry.service.d
printf '[Service]\\nWatchdogSec=2s\\n' \\
    >/etc/systemd/system/tarry.service.d/soon.conf
systemctl daemon-reload
systemctl restart tarry.service
sleep 5
tell alive "$(systemctl show -p NRestarts --value tarry.service)"
kill -STOP "$(pid)"
until_is 1 systemctl show -p NRestarts --value tarry.service
until_is active systemctl show -p ActiveState --value tarry.service
tell after "$(ask $U/)"
""")
    assert told == {"alive": "0", "after": "200"}, told.said
