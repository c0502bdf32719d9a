"""A server that knows its users by certificate, and a client for each."""

import pathlib

from peer import Client
from relay import trusting
from test_tls import Authority


class Users:
    """The certificates are made on first use."""

    def __init__(self, folder):
        self.authority = Authority(folder)
        self.known = {}

    def flags(self):
        return ["--tls-self-signed", "--tls-client-ca", self.authority.crt]

    def client(self, server, name=None):
        """A Client that is name, or nobody."""
        context = trusting()
        if name is not None:
            if name not in self.known:
                subject = name.replace("\\", "\\\\").replace("/", "\\/")
                self.known[name] = self.authority.sign(
                    "user%d" % len(self.known), subject=subject)
            context.load_cert_chain(*self.known[name])
        return Client(server.address, tls=context)


def snapshot(top):
    """All there is below top, so that two can be compared: names, kinds,
    contents, times of change."""
    found = {}
    for path in sorted(pathlib.Path(top).rglob("*")):
        status = path.lstat()
        content = None
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file():
            content = path.read_bytes()
        found[str(path)] = (status.st_mode, status.st_ino, content,
                            status.st_mtime_ns if path.is_file() else None)
    return found
