"""A door without TLS to a server with it: for clients that know no TLS."""

import select
import socket
import ssl
import threading

PIECE = 1 << 16


def trusting():
    """What a client needs who takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Secret:
    """A TLS connection that one thread reads and another one writes: OpenSSL
    wants them to take turns, so neither waits inside of it."""

    def __init__(self, connection):
        self.connection, self.lock = connection, threading.Lock()
        connection.setblocking(False)

    def _patiently(self, act):
        while True:
            try:
                with self.lock:
                    return act()
            except ssl.SSLWantReadError:
                select.select([self.connection], [], [])
            except ssl.SSLWantWriteError:
                select.select([], [self.connection], [])

    def recv(self, size):
        return self._patiently(lambda: self.connection.recv(size))

    def sendall(self, octets):
        while octets:
            sent = self._patiently(lambda: self.connection.send(octets))
            octets = octets[sent:]

    def shutdown(self, how):
        """Of the socket alone: Python's TLS would then read no more."""
        socket.socket.shutdown(self.connection, how)


def pour(source, sink):
    try:
        while piece := source.recv(PIECE):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Relay:
    """with Relay("127.0.0.1:443") as relay: ... relay.address"""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.target = (host, int(port))
        self.context = trusting()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,),
                             daemon=True).start()

    def _serve(self, plain):
        with plain, self.context.wrap_socket(
                socket.create_connection(self.target)) as connection:
            secret = Secret(connection)
            out = threading.Thread(target=pour, args=(plain, secret))
            out.start()
            pour(secret, plain)
            out.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
