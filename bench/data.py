"""The files that every server serves, and what must be there afterwards."""

import os
import shutil
import subprocess

BASE = os.environ.get("BENCH_BASE", "/tmp/tarry-bench")
DATA = BASE + "/data"
FOLDER_COUNT = 10000                       # files in the flat folder
TREE_FOLDERS, TREE_FILES, TREE_SIZE = 100, 100, 4096
DEEP_FOLDERS, DEEP_FILES = 1000, 100
CLIENTS = 16
KEPT = {"small", "flat", "tree", "deep"}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, octets):
    with open(path, "wb") as file:
        file.write(octets)


def make_tree(top, folders, files, size):
    for i in range(folders):
        os.makedirs("%s/dir-%04d" % (top, i))
        for j in range(files):
            write("%s/dir-%04d/file-%03d.dat" % (top, i, j),
                  b"%04d%03d\n" % (i, j) * (size // 8))


def prepare():
    os.umask(0)  # The servers run as another user.
    os.makedirs(DATA)
    os.makedirs(DATA + "/small")
    write(DATA + "/small/1k.bin", os.urandom(512).hex().encode())
    os.makedirs(DATA + "/flat")
    for i in range(FOLDER_COUNT):
        write("%s/flat/file-%05d.txt" % (DATA, i), b"x" * 64)
    make_tree(DATA + "/tree", TREE_FOLDERS, TREE_FILES, TREE_SIZE)
    make_tree(DATA + "/deep", DEEP_FOLDERS, DEEP_FILES, 16)


def reset():
    """Removes whatever a server or a workload left."""
    gone = [DATA + "/" + name for name in os.listdir(DATA)
            if name not in KEPT]
    for name in KEPT - {"deep"}:
        gone += [entry.path for entry in os.scandir(DATA + "/" + name)
                 if entry.name.startswith(".")]
    if gone:
        subprocess.run(["rm", "-rf", "--"] + gone, check=True)
    os.makedirs(DATA + "/put")
    for name in ("lock", "prop"):
        os.makedirs(DATA + "/" + name)
        for i in range(CLIENTS):
            write("%s/%s/f%d.txt" % (DATA, name, i), b"hello\n")


def copy_tree():
    subprocess.run(["cp", "-r", DATA + "/tree", DATA + "/tree-copy"],
                   check=True)


def tree_error(top):
    """What is wrong with a copy of the tree, or None."""
    count = size = 0
    for folder, _, names in os.walk(top):
        for name in names:
            if not name.startswith("."):
                count += 1
                size += os.path.getsize(os.path.join(folder, name))
    if (count, size) != (TREE_FOLDERS * TREE_FILES, count * TREE_SIZE):
        return "%d files, %d octets" % (count, size)
    for i, j in ((0, 0), (TREE_FOLDERS - 1, TREE_FILES - 1), (50, 7)):
        name = "/dir-%04d/file-%03d.dat" % (i, j)
        if read(top + name) != read(DATA + "/tree" + name):
            return "wrong content of " + name
    return None


def remove():
    shutil.rmtree(DATA, ignore_errors=True)
