#!/bin/bash
# nginx: 2 workers, ngx_http_dav_module and ngx_http_dav_ext_module.  Without
# open_file_cache: with it a GET after a PUT could be of the old content.
. "$(dirname "$0")/lib.sh"

peer_info() {
	nginx -v 2>&1 | sed 's/nginx version: //'
}

peer_start() {
	local temporary=$DATA/.nginx-tmp # A PUT can then be a rename.
	mkdir -p "$temporary"
	cat >"$RUN/nginx.conf" <<-C
	load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;
	user $USER_NAME;
	worker_processes 2;
	worker_rlimit_nofile $(ulimit -Hn);
	pid $RUN/nginx.pid;
	error_log $RUN/error.log crit;
	events { worker_connections 16384; use epoll; multi_accept on; }
	http {
	    include /etc/nginx/mime.types;
	    default_type application/octet-stream;
	    access_log off;
	    sendfile on;
	    sendfile_max_chunk 2m;
	    tcp_nopush on;
	    tcp_nodelay on;
	    keepalive_timeout 600s;
	    keepalive_requests 1000000000;
	    client_max_body_size 0;
	    client_body_buffer_size 64k;
	    client_body_temp_path $temporary;
	    proxy_temp_path $RUN/t1;
	    fastcgi_temp_path $RUN/t2;
	    uwsgi_temp_path $RUN/t3;
	    scgi_temp_path $RUN/t4;
	    dav_ext_lock_zone zone=locks:10m;
	    server {
	        listen 127.0.0.1:$PORT reuseport backlog=4096;
	        root $DATA;
	        location / {
	            dav_methods PUT DELETE MKCOL COPY MOVE;
	            dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK;
	            dav_ext_lock zone=locks;
	            dav_access user:rw group:rw all:rw;
	            create_full_put_path off;
	            min_delete_depth 0;
	        }
	    }
	}
	C
	nginx -c "$RUN/nginx.conf" -p "$RUN" >"$RUN/start.log" 2>&1
	wait_for test -s "$RUN/nginx.pid"
	add_pid "$(cat "$RUN/nginx.pid")"
}

peer_main
