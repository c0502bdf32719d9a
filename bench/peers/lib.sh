# Shared by every peer: NAME.sh start|stop|info PORT DATA
#
#	start	serves DATA on 127.0.0.1:PORT in the background; its top
#		processes are in $RUN/pids; returns when the port is open
#	stop	ends those processes and removes $RUN
#	info	one line: the version
#
# A peer defines peer_info and peer_start, which writes a configuration into
# $RUN, starts the server and calls add_pid; then it calls peer_main.
set -eu
NAME=$(basename "$0" .sh)
COMMAND=${1:?start, stop or info}
PORT=${2:-0}
DATA=${3:-}
RUN=${BENCH_RUN:?}/$NAME-$PORT
[ "$(id -u)" -eq 0 ] && USER_NAME=www-data || USER_NAME=$(id -un)

add_pid() { echo "$1" >>"$RUN/pids"; }

wait_for() {
	for _ in $(seq 200); do
		"$@" 2>/dev/null && return
		sleep 0.05
	done
	echo "$NAME: never came true: $*" >&2
	cat "$RUN"/*.log >&2
	exit 1
}

port_is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$PORT"); }

stop_pid() {
	kill -TERM "$1" 2>/dev/null || return 0
	for _ in $(seq 100); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.05
	done
	kill -KILL "$1" 2>/dev/null || true
}

peer_main() {
	case $COMMAND in
	start)
		rm -rf "$RUN"
		mkdir -p "$RUN"
		chmod 777 "$RUN"
		umask 0
		ulimit -n "$(ulimit -Hn)"
		peer_start
		wait_for port_is_open
		;;
	stop)
		[ -d "$RUN" ] || exit 0
		while read -r pid; do
			stop_pid "$pid"
		done <"$RUN/pids"
		rm -rf "$RUN"
		;;
	info) peer_info ;;
	esac
}
