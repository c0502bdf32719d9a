"""A command as somebody sees it who sits before a terminal."""

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios
import time


def watch(words, columns=80, rows=24, **options):
    """Runs it; its exit code, and what came, piece by piece, each with the
    seconds since the start."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                struct.pack("HHHH", rows, columns, 0, 0))
    begin, pieces = time.monotonic(), []
    process = subprocess.Popen(
        [str(word) for word in words], stdin=subprocess.DEVNULL,
        stdout=theirs, stderr=theirs, **options)
    os.close(theirs)
    with contextlib.suppress(OSError):  # EIO: all have closed it
        while piece := os.read(ours, 65536):
            pieces.append((time.monotonic() - begin, piece.decode()))
    os.close(ours)
    return process.wait(), pieces


def frames(pieces):
    """The line that changes, each time it did: (seconds, text)."""
    found = []
    for seconds, piece in pieces:
        for part in piece.split("\r"):
            text, end, _ = part.partition("\033[K")
            if end and text.strip():
                found.append((seconds, text))
    return found


def screen(pieces):
    """What is left at the end: lines."""
    lines, at = [""], 0
    for char in "".join(piece for _, piece in pieces).replace(
            "\033[K", "\0"):
        if char == "\n":
            lines.append("")
            at = 0
        elif char == "\r":
            at = 0
        elif char == "\0":
            lines[-1] = lines[-1][:at]
        else:
            lines[-1] = lines[-1][:at] + char + lines[-1][at + 1:]
            at += 1
    return lines
