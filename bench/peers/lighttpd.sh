#!/bin/bash
# lighttpd: 2 workers, mod_webdav with properties and locks in SQLite.
. "$(dirname "$0")/lib.sh"

peer_info() { lighttpd -v | head -n 1; }

peer_start() {
	local temporary=$DATA/.lighttpd-tmp # A PUT can then be a rename.
	mkdir -p "$temporary"
	cat >"$RUN/lighttpd.conf" <<-C
	server.modules = ( "mod_webdav" )
	server.bind = "127.0.0.1"
	server.port = $PORT
	server.username = "$USER_NAME"
	server.groupname = "$(id -gn "$USER_NAME")"
	server.document-root = "$DATA"
	server.upload-dirs = ( "$temporary" )
	server.errorlog = "$RUN/error.log"
	server.pid-file = "$RUN/lighttpd.pid"
	server.max-worker = 2
	server.max-fds = $(ulimit -Hn)
	server.max-connections = 16000
	server.listen-backlog = 4096
	server.max-keep-alive-requests = 1000000000
	server.max-keep-alive-idle = 600
	server.max-read-idle = 600
	server.max-write-idle = 600
	server.max-request-size = 0
	server.network-backend = "sendfile"
	mimetype.assign = ( ".txt" => "text/plain",
	    "" => "application/octet-stream" )
	webdav.activate = "enable"
	webdav.is-readonly = "disable"
	webdav.sqlite-db-name = "$RUN/webdav.db"
	webdav.opts = ( "propfind-depth-infinity" => "enable" )
	C
	lighttpd -D -f "$RUN/lighttpd.conf" >"$RUN/start.log" 2>&1 &
	add_pid $!
}

peer_main
