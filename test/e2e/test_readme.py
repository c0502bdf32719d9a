"""What the pages say is true.

Every block of a page that opens with ```sh is run, line by line, in the order
of the page, against one server with the sample tree.  A ```text block that
follows shows what the block printed: its lines come in that order, and "..."
stands for anything.  What is not to be run is a ```console block."""

import re
import subprocess

import pytest

from server import ROOT

PAGES = [page for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))
         if page.exists() and "```sh\n" in page.read_text()]
WRITTEN_ADDRESS = "127.0.0.1:8102"
BLOCK = r"(?ms)^```(sh|text)\n(.*?)^```$"


def sample_tree(top):
    top.rmdir()
    subprocess.run([str(ROOT / "tools/sample-tree"), str(top)], check=True)


def run_block(text, server, folder):
    text = text.replace(WRITTEN_ADDRESS, server.address)
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", text], cwd=folder, timeout=120,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    said = done.stdout.decode().replace("\r", "")
    assert done.returncode == 0, "%s\nsaid:\n%s" % (text, said)
    return said.replace(server.address, WRITTEN_ADDRESS)


def check_shown(shown, said):
    pattern = ".*".join(
        r"^%s$" % re.escape(line.strip()).replace(r"\.\.\.", ".*?")
        for line in shown.splitlines() if line.strip() not in ("", "..."))
    said = "\n".join(line.strip() for line in said.splitlines())
    assert re.search(pattern, said, re.S | re.M), (
        "shown:\n%s\nsaid:\n%s" % (shown, said))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(serve, tmp_path, page):
    server = serve(build="release", fill=sample_tree)
    said = None
    for kind, text in re.findall(BLOCK, page.read_text()):
        if kind == "sh":
            said = run_block(text, server, tmp_path)
        elif said is not None:
            check_shown(text, said)
            said = None
