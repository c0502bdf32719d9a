#!/bin/bash
# Apache httpd: event MPM, 2 processes of 64 threads, mod_dav, mod_dav_fs.
. "$(dirname "$0")/lib.sh"

peer_info() { apache2 -v | sed -n 's/^Server version: //p'; }

peer_start() {
	local modules=/usr/lib/apache2/modules
	cat >"$RUN/httpd.conf" <<-C
	ServerRoot $RUN
	PidFile $RUN/httpd.pid
	ServerName 127.0.0.1
	Listen 127.0.0.1:$PORT
	ListenBacklog 4096
	User $USER_NAME
	Group $(id -gn "$USER_NAME")
	ErrorLog $RUN/error.log
	LogLevel error
	LoadModule mpm_event_module $modules/mod_mpm_event.so
	LoadModule authz_core_module $modules/mod_authz_core.so
	LoadModule mime_module $modules/mod_mime.so
	LoadModule dav_module $modules/mod_dav.so
	LoadModule dav_fs_module $modules/mod_dav_fs.so
	TypesConfig /etc/mime.types
	ServerLimit 2
	StartServers 2
	ThreadsPerChild 64
	ThreadLimit 64
	MaxRequestWorkers 128
	MinSpareThreads 128
	MaxSpareThreads 128
	MaxConnectionsPerChild 0
	AsyncRequestWorkerFactor 150
	KeepAlive On
	MaxKeepAliveRequests 0
	KeepAliveTimeout 600
	Timeout 600
	EnableSendfile On
	EnableMMAP On
	HostnameLookups Off
	DavLockDB $RUN/DavLock
	DocumentRoot $DATA
	<Directory $DATA>
	    Dav On
	    DavDepthInfinity On
	    AllowOverride None
	    Options None
	    Require all granted
	</Directory>
	LimitXMLRequestBody 0
	LimitRequestBody 0
	C
	apache2 -f "$RUN/httpd.conf" -k start >"$RUN/start.log" 2>&1
	wait_for test -s "$RUN/httpd.pid"
	add_pid "$(cat "$RUN/httpd.pid")"
}

peer_main
