"""The manual pages: well made, and no option missing or made up."""

import re
import shutil
import subprocess

import pytest

from server import ROOT, environment

PROGRAM = ROOT / "build" / "asan" / "src" / "tarry"
PAGES = sorted((ROOT / "man").glob("*.1"))
COMMANDS = {"tarry-serve.1": ["serve"], "tarry-ops.1": ["ops", "cancel"],
            "tarry-locks.1": ["locks", "unlock"],
            "tarry-passwd.1": ["passwd"]}


def help_of(*words):
    return subprocess.run(
        [str(PROGRAM), *words, "--help"], stdout=subprocess.PIPE, check=True,
        env=environment(), timeout=30).stdout.decode()


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="needs mandoc")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_is_well_made(page):
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", str(page)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (done.returncode, done.stdout.decode()) == (0, "")


@pytest.mark.parametrize("page", COMMANDS)
def test_tells_the_options_that_there_are(page):
    told = re.findall(r"^\.It Fl -([a-z-]+)", (ROOT / "man" / page)
                      .read_text(), re.MULTILINE)
    there = set()
    for command in COMMANDS[page]:
        there |= set(re.findall(r"^  --([a-z-]+)", help_of(command),
                                re.MULTILINE))
    assert len(told) == len(set(told))
    assert set(told) == there


def test_the_first_page_names_every_command():
    text = (ROOT / "man" / "tarry.1").read_text()
    for command in re.findall(r"^  ([a-z]+) ", help_of(), re.MULTILINE):
        assert ".It Cm %s\n" % command in text
