"""Https: certificates, who is known by one, and how they change while the
server serves."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from peer import Client
from relay import trusting
from server import ROOT, environment, free_port, small_tree

MIB = 1 << 20
GIB_PIECES = 1024
HANDSHAKE_S = 10
LOCK_BODY = ('<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/>'
             "</D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>")


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


class Authority:
    """Signs certificates, in a folder: NAME.crt and NAME.key."""

    def __init__(self, folder, name="ca"):
        self.folder, self.name = folder, name
        self.crt, self.key = folder / (name + ".crt"), folder / (name + ".key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                "-days", 2, "-keyout", self.key, "-out", self.crt,
                "-addext", "basicConstraints=critical,CA:TRUE")

    def sign(self, name, subject=None, alternative=None, kind="ec"):
        crt, key = (self.folder / (name + end) for end in (".crt", ".key"))
        request, extra = self.folder / "request", self.folder / "extra"
        extra.write_text(
            "subjectAltName=" + alternative if alternative else "")
        size = (["-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec"
                else ["-pkeyopt", "rsa_keygen_bits:2048"])
        openssl("req", "-newkey", kind, *size, "-nodes", "-subj",
                "/CN=" + (name if subject is None else subject), "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.crt, "-CAkey",
                self.key, "-CAcreateserial", "-days", 2, "-extfile", extra,
                "-out", crt)
        return crt, key


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def secure(serve, authority):
    """A server for localhost, with a certificate that the authority signed;
    it has the flags and the build that are given."""
    def start(*flags, **options):
        crt, key = authority.sign("server", "localhost",
                                  "DNS:localhost,IP:127.0.0.1")
        return serve("--tls-cert", crt, "--tls-key", key, *flags, **options)
    return start


def trust(authority, crt=None, key=None):
    context = ssl.create_default_context(cafile=str(authority.crt))
    if crt is not None:
        context.load_cert_chain(crt, key)
    return context


def shown_to(server, name=None):
    """The subject of the certificate that a client gets who asks for name."""
    address = tuple(server.address.split(":"))
    with socket.create_connection(address) as plain:
        with trusting().wrap_socket(plain, server_hostname=name) as secret:
            der = secret.getpeercert(binary_form=True)
    said = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-subject"],
        input=der, stdout=subprocess.PIPE, check=True).stdout.decode()
    return said.partition("CN = ")[2].strip()


def wait_until(is_so, what, timeout_s=15):
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def test_every_method_by_curl(secure, authority, tmp_path):
    server = secure()
    text = b"".join(b"This is line %d.\n" % i for i in range(20000))
    (tmp_path / "up.txt").write_bytes(text)

    def curl(method, path, *words):
        return int(subprocess.run(
            ["curl", "-sS", "--cacert", authority.crt, "-m", "60",
             "-o", tmp_path / "out", "-D", tmp_path / "head", "-w",
             "%{http_code}", "-X", method, *words, server.url + path],
            stdout=subprocess.PIPE, check=True).stdout)

    def out():
        return (tmp_path / "out").read_bytes()

    to = "Destination: %s/a/%s"
    assert curl("OPTIONS", "/") == 200
    assert curl("MKCOL", "/a") == 201
    assert curl("PUT", "/a/x.txt", "-T", tmp_path / "up.txt") == 201
    assert curl("GET", "/a/x.txt") == 200 and out() == text
    assert curl("HEAD", "/a/x.txt", "-I") == 200
    assert curl("GET", "/a/x.txt", "-r", "5-24") == 206 and out() == text[5:25]
    assert curl("PROPFIND", "/a/", "-H", "Depth: 1") == 207
    assert b"/a/x.txt</" in out()
    assert curl("PROPPATCH", "/a/x.txt", "-d",
                '<propertyupdate xmlns="DAV:"><set><prop><n xmlns="x:">v</n>'
                "</prop></set></propertyupdate>") == 207
    assert curl("COPY", "/a/x.txt", "-H", to % (server.url, "y.txt")) == 201
    assert curl("MOVE", "/a/y.txt", "-H", to % (server.url, "z.txt")) == 201
    assert (server.directory / "a" / "z.txt").read_bytes() == text
    assert curl("LOCK", "/a/x.txt", "--data-binary", LOCK_BODY) == 200
    token = re.search(r"(?i)^lock-token: *(<[^>]*>)",
                      (tmp_path / "head").read_text(), re.M).group(1)
    assert curl("PUT", "/a/x.txt", "-d", "new") == 423
    assert curl("PUT", "/a/x.txt", "-d", "new", "-H",
                "If: <%s/a/x.txt> (%s)" % (server.url, token)) == 204
    assert curl("UNLOCK", "/a/x.txt", "-H", "Lock-Token: " + token) == 204
    assert curl("DELETE", "/a") == 204
    assert not (server.directory / "a").exists()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_old_and_new_tls_and_nothing_older(secure, authority, version):
    server = secure()
    for least, most, code in ((version, version, 0), ("1.0", "1.1", 35)):
        done = subprocess.run(
            ["curl", "-sS", "--cacert", authority.crt, "-o", "/dev/null",
             "--tlsv" + least, "--tls-max", most, "--ciphers",
             "DEFAULT@SECLEVEL=0", server.url + "/file.txt"],
            stderr=subprocess.DEVNULL)
        assert done.returncode == code


def test_102_names_members_by_https(secure, authority, connect):
    server = secure("--slow-member", "100ms", "--interim-after", "0",
                    "--interim-every", "1s", "--interim-trust-proxy",
                    "127.0.0.0/8")
    client = connect(server, tls=trust(authority), name="localhost")
    answer = client.request("COPY", "/tree/", {
        "Destination": server.url + "/copy/", "Prefer": "processing"})
    assert answer.status == 201
    uris = [fields["status-uri"] for status, fields, _ in answer.interims
            if status == 102 and "status-uri" in fields]
    assert uris
    for uri in uris:
        assert re.match(r"201 <%s/tree(/f\d\d)?>" % server.url, uri), uri


def kernel_count():
    """How many connections this kernel has encrypted; None: it cannot."""
    ulps = pathlib.Path("/proc/sys/net/ipv4/tcp_available_ulp").read_text()
    if "tls" not in ulps.split():
        return None
    stat = pathlib.Path("/proc/net/tls_stat").read_text()
    return int(re.search(r"TlsTxSw\s+(\d+)", stat).group(1))


@pytest.mark.skipif(kernel_count() is None, reason="needs modprobe tls")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2,
                                     ssl.TLSVersion.TLSv1_3])
def test_the_kernel_encrypts_where_it_can(secure, authority, version):
    server = secure()
    octets = os.urandom(8 * MIB)
    (server.directory / "big").write_bytes(octets)
    context, before = trust(authority), kernel_count()
    context.maximum_version = version
    with Client(server.address, tls=context, name="localhost") as client:
        assert client.request("GET", "/big").body == octets
        assert client.request("PUT", "/new", body=octets[:MIB]).status == 201
        part = client.request("GET", "/big", {"Range": "bytes=5000-20004"})
        assert (part.status, part.body) == (206, octets[5000:20005])
        assert client.request("PROPFIND", "/").status == 207
    assert kernel_count() == before + 1
    assert (server.directory / "new").read_bytes() == octets[:MIB]


def test_certificate_by_name(serve, authority):
    pairs = [authority.sign("a", "a.test", "DNS:a.test"),
             authority.sign("b", "b.test", "DNS:b.test,DNS:*.b.test", "rsa")]
    server = serve(*[word for crt, key in pairs
                     for word in ("--tls-cert", crt, "--tls-key", key)])
    for name, shown in (("a.test", "a.test"), ("b.test", "b.test"),
                        ("x.b.test", "b.test"), ("other.test", "a.test"),
                        (None, "a.test")):
        assert shown_to(server, name) == shown


def principals(server):
    return [line.split()[2]
            for line in server.access_log.read_text().splitlines()]


def test_client_certificate_names_the_user(secure, authority, tmp_path):
    server = secure("--tls-client-ca", authority.crt)
    ann = authority.sign("ann")
    (tmp_path / "other").mkdir()
    eve = Authority(tmp_path / "other").sign("ann")
    bob = authority.sign("bob", "", "email:bob@b.test")
    for pair in ((None, None), ann, bob):
        with Client(server.address, tls=trust(authority, *pair),
                    name="localhost") as client:
            assert client.request("GET", "/file.txt").status == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        with Client(server.address, tls=trust(authority, *eve),
                    name="localhost") as client:
            client.request("GET", "/file.txt")
    assert principals(server) == ["-", "ann", "bob@b.test"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2,
                                     ssl.TLSVersion.TLSv1_3])
def test_another_ca_counts_for_those_who_come(secure, authority, tmp_path,
                                              version):
    conf, clients = tmp_path / "tarry.conf", tmp_path / "clients.crt"
    conf.write_text("interim = on\n")
    clients.write_bytes(authority.crt.read_bytes())
    server = secure("--tls-client-ca", clients, "--config", conf)
    ann = trust(authority, *authority.sign("ann"))
    ann.maximum_version = version

    def come(session=None):
        """The status of a request, whether it was resumed, the session."""
        plain = socket.create_connection(tuple(server.address.split(":")))
        with plain, ann.wrap_socket(plain, server_hostname="localhost",
                                    session=session) as secret:
            secret.sendall(b"GET /file.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
            octets = secret.recv(65536)
            if not octets:
                raise ConnectionError("closed")
            return octets.split()[1], secret.session_reused, secret.session

    def is_refused(session=None):
        try:
            come(session)
        except (ssl.SSLError, ConnectionError):
            return True
        return False

    with Client(server.address, tls=ann, name="localhost") as early:
        assert early.request("GET", "/file.txt").status == 200
        status, _, session = come()
        assert status == b"200"
        assert come(session)[:2] == (b"200", True)
        (tmp_path / "other").mkdir()
        clients.write_bytes(Authority(tmp_path / "other").crt.read_bytes())
        server.process.send_signal(signal.SIGHUP)
        wait_until(is_refused, "the old CA counts")
        assert is_refused(session)
        assert early.request("GET", "/file.txt").status == 200
        assert set(principals(server)) == {"ann"}
        conf.write_text("interim = on\nrule = ann / none\n")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: early.request("GET", "/file.txt").status == 404,
                   "the rule does not count")


def test_client_certificate_can_be_required(secure, authority):
    server = secure("--tls-client-ca", authority.crt,
                    "--tls-client-auth", "required")
    context = trust(authority, *authority.sign("ann"))
    with Client(server.address, tls=context, name="localhost") as client:
        assert client.request("GET", "/file.txt").status == 200
    with pytest.raises(ssl.SSLError, match="(?i)certificate.required"):
        with Client(server.address, tls=trust(authority),
                    name="localhost") as client:
            client.request("GET", "/file.txt")


def test_lock_belongs_to_the_user_of_the_certificate(secure, authority):
    server = secure("--tls-client-ca", authority.crt)
    contexts = [trust(authority, *authority.sign(name))
                for name in ("ann", "bob")]
    ann, bob = [Client(server.address, tls=context, name="localhost")
                for context in contexts]
    with ann, bob:
        locked = ann.request("LOCK", "/file.txt", body=LOCK_BODY.encode())
        assert locked.status == 200
        token = {"If": "(%s)" % locked.fields["lock-token"]}
        assert bob.request("PUT", "/file.txt", token, b"b").status == 423
        assert ann.request("PUT", "/file.txt", token, b"a").status == 204


class Load:
    """Requests without an end, on new connections and on one that stays."""

    def __init__(self, server):
        self.server, self.failures, self.count = server, [], 0
        self.is_over = False
        self.threads = [threading.Thread(target=self._run, args=(keeps,))
                        for keeps in (True, False)]
        for thread in self.threads:
            thread.start()

    def _run(self, keeps):
        client, context = None, trusting()
        try:
            while not self.is_over:
                if client is None:
                    client = Client(self.server.address, tls=context)
                assert client.request("GET", "/file.txt").body == b"hello\n"
                self.count += 1
                if not keeps:
                    client.close()
                    client = None
        except Exception as error:
            self.failures.append(repr(error))

    def end(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()


def test_reload_under_load_fails_no_request(serve, authority):
    crt, key = authority.sign("server", "first")
    server = serve("--tls-cert", crt, "--tls-key", key)
    assert shown_to(server) == "first"
    load = Load(server)
    try:
        for i in range(5):  # at the signal
            authority.sign("server", "at-signal-%d" % i)
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: shown_to(server) == "at-signal-%d" % i,
                       "no reload at SIGHUP")
        authority.sign("server", "by-itself")
        wait_until(lambda: shown_to(server) == "by-itself",
                   "no reload when the files changed")
        good = key.read_bytes()
        key.write_text("broken\n")
        wait_until(lambda: "stay in use" in server.said(), "nothing was said")
        time.sleep(5)  # and it is said once
        assert shown_to(server) == "by-itself"
        key.write_bytes(good)
    finally:
        load.end()
    assert not load.failures
    assert load.count > 100
    lines = [line for line in server.said().splitlines()
             if "stay in use" in line]
    assert len(lines) == 1
    assert "%s: holds no private key in PEM form" % key in lines[0]


def start_in_vain(tmp_path, *flags, code=1):
    """What the server says that does not start."""
    done = subprocess.run(
        [str(word) for word in (
            ROOT / "build" / "asan" / "src" / "tarry", "serve", tmp_path,
            "--listen", "127.0.0.1:%d" % free_port(), *flags)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30,
        env=environment())
    assert done.returncode == code
    return done.stdout.decode()


def test_bad_certificates_give_clear_messages(authority, tmp_path):
    crt, key = authority.sign("server")
    _, other = authority.sign("other")
    secret, text = tmp_path / "secret.key", tmp_path / "text"
    openssl("pkey", "-in", key, "-aes128", "-passout", "pass:open",
            "-out", secret)
    text.write_text("nothing\n")
    for cert, key_file, said in (
            (tmp_path / "no", key, "no: No such file or directory"),
            (crt, tmp_path / "no", "no: No such file or directory"),
            (text, key, "text: holds no certificate in PEM form"),
            (crt, text, "text: holds no private key in PEM form"),
            (crt, other, "other.key: is not the key of the certificate in "
                         + str(crt)),
            (crt, secret, "secret.key: the key is encrypted")):
        lines = start_in_vain(tmp_path, "--tls-cert", cert,
                              "--tls-key", key_file).splitlines()
        assert len(lines) == 1 and said in lines[0], lines
    for flags, code, said in (
            (["--tls-cert", crt], 2, "each --tls-cert needs its --tls-key"),
            (["--tls-cert", crt, "--tls-key", key, "--tls-client-ca", text],
             1, "text: holds no certificate in PEM form"),
            (["--listen", "https://127.0.0.1:0"], 2, "needs --tls-cert"),
            (["--tls-client-auth", "required", "--tls-self-signed"],
             2, "needs --tls-client-ca")):
        assert said in start_in_vain(tmp_path, *flags, code=code)


def test_http_and_https_side_by_side(serve, authority):
    crt, key = authority.sign("server", "localhost")
    port = free_port()
    server = serve("--tls-cert", crt, "--tls-key", key,
                   "--listen", "http://127.0.0.1:%d" % port)
    with Client(server.address, tls=trusting()) as client:
        assert client.request("GET", "/file.txt").status == 200
    with Client("127.0.0.1:%d" % port) as client:
        assert client.request("GET", "/file.txt").status == 200


def test_self_signed_tells_how_to_try_it(serve, tmp_path):
    server = serve("--tls-self-signed")
    said = server.said()
    line = re.search(r"(?m)^  (curl .*PROPFIND.*)$", said).group(1)
    assert b"207" in subprocess.run(
        ["sh", "-c", line + " -sS -i"], stdout=subprocess.PIPE,
        check=True).stdout
    print_of = re.search(r"(?m)^  ([0-9A-F:]{95})$", said).group(1)
    pem = ssl.get_server_certificate(tuple(server.address.split(":")))
    der = ssl.PEM_cert_to_DER_cert(pem)
    assert hashlib.sha256(der).hexdigest().upper() == print_of.replace(":", "")
    other = serve("--tls-self-signed")
    wrong = line.replace(server.address, other.address)
    assert subprocess.run(["sh", "-c", wrong + " -sS"],
                          stderr=subprocess.DEVNULL).returncode == 90


def test_handshakes_that_lead_nowhere_cost_nobody_anything(secure, authority):
    server = secure(build="release")
    address = ("127.0.0.1", server.port)
    before = server.memory_kib()
    silent = [socket.create_connection(address, 30) for _ in range(100)]
    hello = ssl.MemoryBIO()
    half = trusting().wrap_bio(ssl.MemoryBIO(), hello)
    with pytest.raises(ssl.SSLWantReadError):
        half.do_handshake()
    hello = hello.read()
    slow = [socket.create_connection(address, 30) for _ in range(100)]
    begin = time.monotonic()
    for connection in slow:
        connection.sendall(hello[:100])
    for octets in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(1000), b"\x16" * 99):
        with socket.create_connection(address, 30) as connection:
            connection.sendall(octets)
            while connection.recv(4096):
                pass
    with Client(server.address, tls=trust(authority),
                name="localhost") as other:
        while time.monotonic() < begin + HANDSHAKE_S - 1:
            at = time.monotonic()
            assert other.request("GET", "/file.txt").status == 200
            assert time.monotonic() - at < 1
            for connection in slow:
                connection.sendall(hello[100:101])
            time.sleep(0.5)
            hello = hello[1:]
    for connection in silent + slow:
        try:
            assert connection.recv(4096) == b""
        except ConnectionError:
            pass
        connection.close()
    assert HANDSHAKE_S - 1 < time.monotonic() - begin < HANDSHAKE_S + 4
    assert server.memory_kib("VmHWM") - before < 16 * 1024


def test_gibibyte_there_and_back_in_little_memory(secure, authority):
    server = secure(build="release")
    with Client(server.address, 120, trust(authority), "localhost") as client:
        assert client.request("GET", "/file.txt").status == 200
        before = server.memory_kib()
        sent, received = hashlib.sha256(), hashlib.sha256()
        client.send(client.head("PUT", "/big", size=GIB_PIECES * MIB))
        for i in range(GIB_PIECES):
            piece = b"%08d" % i * (MIB // 8)
            sent.update(piece)
            client.send(piece)
        assert client.answer("PUT").status == 201
        answer = client.request("GET", "/big", sink=received.update)
        assert answer.status == 200
        assert received.digest() == sent.digest()
        assert (server.memory_kib("VmHWM") - before) / 1024 <= 16


def test_slow_reader_gets_all_of_it(secure, authority):
    content = os.urandom(8 * MIB)

    def fill(top):
        small_tree(top)
        (top / "big").write_bytes(content)

    server = secure(fill=fill)
    with Client(server.address, tls=trust(authority),
                name="localhost") as client:
        client.send(client.head("GET", "/big"))
        time.sleep(1)
        assert client.answer().body == content


def test_end_is_told_by_tls(secure, authority):
    server = secure()
    plain = socket.create_connection(("127.0.0.1", server.port), 30)
    with trust(authority).wrap_socket(
            plain, server_hostname="localhost",
            suppress_ragged_eofs=False) as secret:
        secret.sendall(b"GET /file.txt HTTP/1.1\r\nHost: a\r\n"
                       b"Connection: close\r\n\r\n")
        said = b""
        while piece := secret.recv(4096):  # raises at a ragged end
            said += piece
    assert said.endswith(b"hello\n")


def test_session_is_resumed(secure, authority):
    server = secure()
    context = trust(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    session = None
    for is_reused in (False, True):
        plain = socket.create_connection(("127.0.0.1", server.port), 30)
        with context.wrap_socket(plain, server_hostname="localhost",
                                 session=session) as secret:
            assert secret.session_reused == is_reused
            session = secret.session


@pytest.mark.skipif(shutil.which("testssl") is None, reason="needs testssl.sh")
def test_testssl_finds_no_weakness(secure, tmp_path):
    """Of protocols, ciphers and implementation: certificates are not ours."""
    server = secure(build="release")
    found = tmp_path / "found.json"
    subprocess.run(
        ["testssl", "--quiet", "--warnings", "off", "--jsonfile", found,
         "--protocols", "--std", "--fs", "--server-preference",
         "--vulnerable", "localhost:%d" % server.port],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=300)
    results = json.loads(found.read_text())
    weak = [result for result in results
            if result["severity"] not in ("OK", "INFO")
            and result["id"] != "engine_problem"]  # of the tool itself
    assert len(results) > 40 and not weak, weak
