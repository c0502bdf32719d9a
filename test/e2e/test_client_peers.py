"""The same round of commands before the WebDAV servers of others."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

import rounds
from command import Client
from server import free_port

MODULES = "/usr/lib/apache2/modules"
USER = "www-data" if os.getuid() == 0 else None


def apache(run, data, port):
    who = "User %s\nGroup %s\n" % (USER, USER) if USER else ""
    modules = "\n".join(
        "LoadModule %s_module %s/mod_%s.so" % (name, MODULES, name)
        for name in ("mpm_event", "authz_core", "mime", "dav", "dav_fs"))
    (run / "conf").write_text("""
ServerRoot %(run)s
PidFile %(run)s/pid
ServerName 127.0.0.1
Listen 127.0.0.1:%(port)d
ErrorLog %(run)s/error.log
%(who)s%(modules)s
TypesConfig /etc/mime.types
DavLockDB %(run)s/lock
DocumentRoot %(data)s
<Directory %(data)s>
Dav On
AllowOverride None
Options None
Require all granted
</Directory>
""" % {"run": run, "port": port, "who": who, "modules": modules,
       "data": data})
    return ["apache2", "-f", run / "conf", "-DFOREGROUND"]


def lighttpd(run, data, port):
    who = 'server.username = "%s"\nserver.groupname = "%s"\n' % (
        USER, USER) if USER else ""
    (run / "conf").write_text("""
server.modules = ( "mod_webdav" )
server.bind = "127.0.0.1"
server.port = %d
server.document-root = "%s"
server.errorlog = "%s/error.log"
server.upload-dirs = ( "%s" )
%sserver.stream-request-body = 1
mimetype.assign = ( "" => "application/octet-stream" )
webdav.activate = "enable"
webdav.is-readonly = "disable"
webdav.sqlite-db-name = "%s/db"
""" % (port, data, run, run, who, run))
    return ["lighttpd", "-D", "-f", run / "conf"]


def nginx(run, data, port):
    who = "user %s;\n" % USER if USER else ""
    paths = "".join("%s_temp_path %s/%s;\n" % (name, run, name)
                    for name in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (run / "conf").write_text("""
daemon off;
load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;
%spid %s/pid;
error_log %s/error.log;
events { }
http {
access_log off;
client_max_body_size 0;
client_body_temp_path %s/body;
%s
dav_ext_lock_zone zone=locks:1m;
server {
listen 127.0.0.1:%d;
root %s;
location / {
dav_methods PUT DELETE MKCOL COPY MOVE;
dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK;
dav_ext_lock zone=locks;
dav_access user:rw group:rw all:rw;
}
}
}
""" % (who, run, run, run, paths, port, data))
    return ["nginx", "-c", run / "conf", "-p", run, "-e", run / "start.log"]


def rclone(run, data, port):
    return ["rclone", "--config", run / "none", "serve", "webdav", data,
            "--addr", "127.0.0.1:%d" % port, "--dir-cache-time", "0"]


class Peer:
    def __init__(self, make):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="tarry-peer-"))
        run, data = self.top / "run", self.top / "data"
        run.mkdir()
        data.mkdir()
        for folder in (self.top, run, data):
            folder.chmod(0o777)
        port = free_port()
        self.url = "http://127.0.0.1:%d" % port
        self.log = open(run / "out", "wb")
        self.process = subprocess.Popen(
            [str(word) for word in make(run, data, port)],
            stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=subprocess.STDOUT, start_new_session=True)
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or \
                        time.monotonic() > end:
                    said = (run / "out").read_text()
                    self.close()
                    raise RuntimeError("it does not start: " + said)
                time.sleep(0.05)

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.top, ignore_errors=True)


PEERS = {
    # name: how to start it, what must be there, what it cannot do
    "apache": (apache, MODULES + "/mod_dav.so", ()),
    "lighttpd": (lighttpd, "/usr/lib/lighttpd/mod_webdav.so", ()),
    "nginx": (nginx, "/usr/lib/nginx/modules/ngx_http_dav_ext_module.so",
              ("properties", "refusal to lock twice", "409")),
    "rclone": (rclone, "/usr/bin/rclone",
               ("properties", "refusal to make what is there")),
}


@pytest.fixture(params=PEERS)
def peer(request):
    make, file, lacks = PEERS[request.param]
    if not os.path.exists(file) or shutil.which(
            "apache2" if request.param == "apache" else request.param,
            path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
        pytest.skip("%s is not installed" % request.param)
    peer = Peer(make)
    peer.name, peer.lacks = request.param, lacks
    yield peer
    peer.close()


@pytest.fixture
def client(peer):
    client = Client()
    rounds.fill(client, peer.url)
    yield client
    client.close()


@pytest.fixture
def other():
    client = Client()
    yield client
    client.close()


def test_transfers(client, peer):
    rounds.transfers(client, peer.url)


def test_listings(client, peer):
    rounds.listings(client, peer.url)


def test_trees(client, peer):
    rounds.trees(client, peer.url, peer.lacks)


def test_properties(client, peer):
    if "properties" in peer.lacks:
        done = client("prop", "set", peer.url + "/tree/a.txt", "{u:x}a", "b")
        assert done.code == rounds.REFUSED
    else:
        rounds.properties(client, peer.url)


def test_locks(client, other, peer):
    rounds.locks(client, other, peer.url, peer.lacks)
