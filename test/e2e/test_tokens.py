"""Signed tokens, with keys from a file and from a URL."""

import contextlib
import http.server
import json
import signal
import socket
import threading
import time

import pytest
import requests

from server import Server

jwt = pytest.importorskip("jwt")
from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: E402

PATIENCE_S = 60
ISSUER, AUDIENCE = "https://id.example.org", "dav"
RULES = ("--jwt-issuer", ISSUER, "--jwt-audience", AUDIENCE)


class Key:
    """An RSA key, and what is public of it."""

    def __init__(self, name, algorithm="RS256"):
        self.name, self.algorithm = name, algorithm
        if algorithm == "ES256":
            self.key = ec.generate_private_key(ec.SECP256R1())
            of = jwt.algorithms.ECAlgorithm
            numbers = self.key.public_key().public_numbers()
            number = jwt.utils.to_base64url_uint
            self.public = {"kty": "EC", "crv": "P-256",
                           "x": number(numbers.x).decode(),
                           "y": number(numbers.y).decode()}
        else:
            self.key = rsa.generate_private_key(65537, 2048)
            of = jwt.algorithms.RSAAlgorithm
            self.public = json.loads(of.to_jwk(self.key.public_key()))
            self.public.pop("key_ops", None)
        self.public.update(kid=name, use="sig")

    def token(self, **claims):
        said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann",
                "exp": int(time.time()) + 600}
        said.update(claims)
        said = {name: value for name, value in said.items()
                if value is not None}
        return jwt.encode(said, self.key, self.algorithm,
                          {"kid": self.name})


def key_set(*keys):
    return json.dumps({"keys": [key.public for key in keys]})


def ask(server, token):
    return requests.get(server.url + "/file.txt", timeout=30,
                        headers={"Authorization": "Bearer " + token})


def wait_until(what):
    end = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_tokens_by_a_file(tmp_path):
    one, two, other = Key("one"), Key("two", "ES256"), Key("one")
    path = tmp_path / "keys"
    path.write_text(key_set(one, two))
    with Server("--jwt-keys", path, *RULES) as server:
        for key in (one, two):
            assert ask(server, key.token()).status_code == 200
        wait_until(lambda: ' ann "GET /file.txt HTTP/1.1" 200 ' in
                   server.access_log.read_text())
        for token, why in (
                (one.token(exp=int(time.time()) - 600), "it has expired"),
                (one.token(aud="other"), "it is for another audience"),
                (one.token(iss="https://x"), "another issuer made it"),
                (one.token(sub=None), "it does not name a user"),
                (other.token(), "its signature is wrong"),
                (Key("three").token(), "its key is not known"),
                ("a.b.c", "it is no signed token"),
                (jwt.encode({"sub": "ann"}, "x" * 32, "HS256"),
                 "its algorithm is not allowed")):
            answer = ask(server, token)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == (
                'Bearer realm="tarry", error="invalid_token"')
            assert "for a token from 127.0.0.1: " + why in server.said()
            assert token not in server.said() + server.access_log.read_text()
        answer = requests.get(server.url + "/file.txt", timeout=30)
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="tarry"'
        # The next set of keys, and no key of the last.
        three = Key("three")
        path.write_text(key_set(three))
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: ask(server, three.token()).status_code == 200)
        assert ask(server, one.token()).status_code == 401
        path.write_text("{}")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "the old ones stay in use" in server.said())
        assert ask(server, three.token()).status_code == 200


def test_another_claim_and_other_algorithms(tmp_path):
    key = Key("one", "PS256")
    path = tmp_path / "keys"
    path.write_text(key_set(key))
    with Server("--jwt-keys", path, *RULES, "--jwt-claim", "email",
                "--jwt-algorithms", "PS256,ES384") as server:
        assert ask(server, key.token(email="ann@x")).status_code == 200
        wait_until(lambda: ' ann@x "GET' in server.access_log.read_text())
        assert ask(server, key.token()).status_code == 401


@contextlib.contextmanager
def provider():
    """Serves what is in .text, or fails while that is None; once it may .go."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            text = self.server.text
            self.server.asked += 1
            self.server.go.wait(PATIENCE_S)
            self.send_response(404 if text is None else 200)
            self.end_headers()
            self.wfile.write((text or "").encode())

        def log_message(self, *words):
            pass

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.text, site.asked, site.go = None, 0, threading.Event()
    site.go.set()
    site.url = "http://127.0.0.1:%d/keys" % site.server_port
    thread = threading.Thread(target=site.serve_forever)
    thread.start()
    try:
        yield site
    finally:
        site.go.set()
        site.shutdown()
        thread.join()
        site.server_close()


def test_tokens_by_a_url():
    one, two = Key("one"), Key("two")
    with provider() as site:
        with Server("--jwt-keys", site.url, *RULES) as server:
            # It serves already; who comes with a token comes again.
            wait_until(lambda: "404" in server.said())
            answer = ask(server, one.token())
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert "come over plain text" in server.said()
            site.text = key_set(one)
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: ask(server, one.token()).status_code == 200)
            # A key that is new; at once it is only asked for so often.
            asked = site.asked
            for _ in range(5):
                assert ask(server, two.token()).status_code in (401, 503)
            assert site.asked <= asked + 1
            site.text = key_set(one, two)
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: ask(server, two.token()).status_code == 200)
            # What is too large is not taken.
            site.text = key_set(one) + " " * 300000
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: "the old ones stay in use" in server.said())
            assert ask(server, two.token()).status_code == 200


def test_who_comes_while_the_keys_do_is_not_refused():
    """A new key is used by many at once: one makes the server ask for it, and
    the others are no less right."""
    one, two = Key("one"), Key("two")
    with provider() as site:
        site.text = key_set(one)
        with Server("--jwt-keys", site.url, *RULES) as server:
            wait_until(lambda: ask(server, one.token()).status_code == 200)
            site.text = key_set(one, two)
            site.go.clear()
            asked = site.asked
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: site.asked > asked)
            for _ in range(3):
                assert ask(server, two.token()).status_code == 503
            site.go.set()
            wait_until(lambda: ask(server, two.token()).status_code == 200)
            assert "authentication failed" not in server.said()


def test_an_end_does_not_wait_for_the_keys():
    """They never come, and yet the server ends at once."""

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = "http://127.0.0.1:%d/" % silent.getsockname()[1]
        with Server("--jwt-keys", url, *RULES) as server:
            silent.settimeout(PATIENCE_S)
            asking = silent.accept()[0]
            assert ask(server, Key("one").token()).status_code == 503
        asking.close()
