#!/bin/bash
# Tarry, as it comes, without an access log, as the same user as the others.
. "$(dirname "$0")/lib.sh"

tarry=$(realpath "$(dirname "$0")/../../build/tarry")

peer_info() { "$tarry" --version; }

peer_start() {
	local as=
	# The program is copied to where that user may read it.
	install -m 755 "$tarry" "$RUN/tarry"
	[ "$(id -u)" -ne 0 ] || as="setpriv --reuid=$USER_NAME \
	    --regid=$USER_NAME --init-groups"
	$as "$RUN/tarry" serve "$DATA" --listen "127.0.0.1:$PORT" \
	    --access-log off >"$RUN/start.log" 2>&1 </dev/null &
	add_pid $!
}

peer_main
