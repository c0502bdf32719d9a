"""The ways from the client to a server: proxies, and HTTP/2."""

import contextlib
import pathlib
import socket
import subprocess
import threading

import pytest

import rounds
from command import Client
from rounds import DONE, NETWORK
from server import Server
from test_client_peers import Peer, USER

NGINX = pathlib.Path("/usr/lib/nginx/modules/ngx_http_dav_ext_module.so")


@pytest.fixture
def client():
    client = Client()
    yield client
    client.close()


def certificate(folder):
    """A key, and a certificate for 127.0.0.1 that it has signed itself."""
    key, file = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-keyout",
         str(key), "-out", str(file), "-subj", "/CN=x", "-addext",
         "subjectAltName=IP:127.0.0.1"],
        check=True, stderr=subprocess.DEVNULL)
    return key, file


# --- proxies ------------------------------------------------------------------

class Proxy:
    """Forwards what it is asked for, and keeps the request lines."""

    def __init__(self):
        self.lines = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                threading.Thread(
                    target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        with peer, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = peer.recv(65536)
                if not piece:
                    return
                head += piece
            line, _, rest = head.partition(b"\r\n")
            method, target, _ = line.decode().split(" ")
            self.lines.append("%s %s" % (method, target))
            place = target if method == "CONNECT" else target.split("/")[2]
            host, port = place.split(":")
            with socket.create_connection((host, int(port))) as server:
                if method == "CONNECT":
                    peer.sendall(b"HTTP/1.1 200 Established\r\n\r\n")
                else:
                    # One request a connection, so that each is seen.
                    server.sendall(b"%s /%s HTTP/1.1\r\nConnection: close\r\n"
                                   % (method.encode(),
                                      target.split("/", 3)[3].encode())
                                   + rest)
                thread = threading.Thread(
                    target=self.pump, args=(peer, server), daemon=True)
                thread.start()
                self.pump(server, peer)

    def pump(self, source, sink):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.close()


@pytest.fixture
def proxy():
    proxy = Proxy()
    yield proxy
    proxy.close()


def test_a_proxy_by_option(client, proxy, serve):
    url = serve().url
    assert client("ls", "--proxy", proxy.url, url + "/").code == DONE
    assert any(line.startswith("PROPFIND %s/" % url) for line in proxy.lines)


def test_a_proxy_of_the_environment_and_exceptions(client, proxy, serve):
    url = serve().url
    client.environment["http_proxy"] = proxy.url
    assert client("cat", url + "/file.txt").out == "hello\n"
    assert proxy.lines == ["GET %s/file.txt" % url]
    client.environment["no_proxy"] = "127.0.0.1"
    assert client("cat", url + "/file.txt").out == "hello\n"
    assert len(proxy.lines) == 1


def test_a_proxy_passes_interim_responses_and_uploads(client, proxy, serve):
    url = serve("--slow-member", "20ms").url
    client.environment["http_proxy"] = proxy.url
    done = client("cp", "-v", url + "/tree", url + "/copy")
    assert done.code == DONE and "< 102" in done.err
    (client.work / "f").write_bytes(b"x" * 3000000)
    assert client("put", "f", url + "/").code == DONE
    assert client("get", url + "/f", "back").code == DONE
    assert (client.work / "back").read_bytes() == b"x" * 3000000


def test_a_proxy_sees_nothing_of_tls(client, proxy, tmp_path):
    key, file = certificate(tmp_path)
    with Server("--tls-cert", file, "--tls-key", key) as server:
        done = client("cat", "--proxy", proxy.url, "--ca-file", file,
                      server.url + "/file.txt")
        assert (done.code, done.out) == (DONE, "hello\n")
        assert proxy.lines == ["CONNECT " + server.address]


def test_a_proxy_that_is_not_there(client, serve):
    url = serve().url
    done = client("rm", "--proxy", "http://127.0.0.1:1", url + "/file.txt")
    assert done.code == NETWORK
    assert client("cat", url + "/file.txt").code == DONE


# --- HTTP/2 ---------------------------------------------------------------------

def nginx_by_http2(run, data, port):
    key, file = certificate(run)
    paths = "".join("%s_temp_path %s/%s;\n" % (name, run, name)
                    for name in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (run / "conf").write_text("""
daemon off;
load_module %(module)s;
%(who)spid %(run)s/pid;
error_log %(run)s/error.log;
events { }
http {
log_format protocol "$request_method $server_protocol";
access_log %(run)s/access.log protocol;
client_max_body_size 0;
client_body_temp_path %(run)s/body;
%(paths)s
dav_ext_lock_zone zone=locks:1m;
server {
listen 127.0.0.1:%(port)d ssl http2;
ssl_certificate %(file)s;
ssl_certificate_key %(key)s;
root %(data)s;
location / {
dav_methods PUT DELETE MKCOL COPY MOVE;
dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK;
dav_ext_lock zone=locks;
dav_access user:rw group:rw all:rw;
}
}
}
""" % {"module": NGINX, "who": "user %s;\n" % USER if USER else "",
       "run": run, "paths": paths, "port": port, "file": file, "key": key,
       "data": data})
    return ["nginx", "-c", run / "conf", "-p", run, "-e", run / "start.log"]


def test_our_own_server_by_http2(client, tmp_path):
    key, file = certificate(tmp_path)
    with Server("--tls-cert", file, "--tls-key", key, "--slow-member",
                "20ms") as server:
        client.environment["TARRY_CA_FILE"] = str(file)
        url = server.url
        done = client("cp", "-v", url + "/tree", url + "/copy")
        assert done.code == DONE
        assert done.err.count("< 102") > 1 and "Progress:" in done.err \
            or "progress:" in done.err
        (client.work / "large").write_bytes(bytes(range(256)) * 50000)
        assert client("put", "large", url + "/").code == DONE
        assert client("get", url + "/large", "again").code == DONE
        assert (client.work / "again").read_bytes() == \
            (client.work / "large").read_bytes()
        assert '"PATCH /.tarry/uploads/' in server.access_log.read_text()
        assert {line.split('"')[1].split()[-1] for line in
                server.access_log.read_text().splitlines()} == {"HTTP/2"}


def test_a_round_by_http2(client):
    if not NGINX.exists():
        pytest.skip("nginx is not installed")
    peer = Peer(nginx_by_http2)
    try:
        run = peer.top / "run"
        url = peer.url.replace("http:", "https:")
        client.environment["TARRY_CA_FILE"] = str(run / "certificate.pem")
        rounds.fill(client, url)
        rounds.transfers(client, url)
        rounds.listings(client, url)
        rounds.trees(client, url, ("409",))
        (client.work / "large").write_bytes(bytes(range(256)) * 40000)
        assert client("put", "large", url + "/").code == DONE
        assert client("get", url + "/large", "again").code == DONE
        assert (client.work / "again").read_bytes() == \
            (client.work / "large").read_bytes()
        assert {line.split()[1] for line in
                (run / "access.log").read_text().splitlines()} == {"HTTP/2.0"}
    finally:
        peer.close()
