# Functions that the scripts share; sourced, never run.
# shellcheck shell=bash

set -euo pipefail

# Debian installs servers in folders that are not in the PATH of ordinary users.
PATH="$PATH:/usr/sbin:/sbin"
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034  # used by the scripts that source this
readonly root

if [[ -t 1 ]]; then bold=$'\e[1m' plain=$'\e[0m'; else bold="" plain=""; fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# require_value "$@": the option $1 has a value behind it.
require_value() { [[ $# -ge 2 && -n $2 ]] || die "$1 needs a value; see --help"; }

is_port() { [[ $1 =~ ^[1-9][0-9]{0,4}$ && $1 -le 65535 ]]; }

port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# wait_for SECONDS COMMAND...: succeeds as soon as the command does, fails once the time is over.
wait_for() {
    local -r deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

# Whether the process has the folder in its command line. A pid file that was left behind may name a foreign process.
is_ours() {
    local -r pid=$1 folder=$2
    [[ $pid =~ ^[0-9]+$ ]] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$folder"
}

# Those processes of a pid file that run, one a line.
running_pids() {
    local -r file=$1 folder=$2
    local pid
    [[ -r $file ]] || return 0
    for pid in $(<"$file"); do
        if is_ours "$pid" "$folder"; then printf '%s\n' "$pid"; fi
    done
}

is_running() { [[ -n $(running_pids "$1" "$2") ]]; }
is_stopped() { ! is_running "$1" "$2"; }

# stop_processes PIDFILE FOLDER SIGNAL SECONDS: ends them, by SIGKILL if they take longer.
stop_processes() {
    local -r file=$1 folder=$2 signal=$3 seconds=$4
    local pids
    mapfile -t pids < <(running_pids "$file" "$folder")
    if ((${#pids[@]})); then
        kill -s "$signal" "${pids[@]}" 2>/dev/null || true
        if ! wait_for "$seconds" is_stopped "$file" "$folder"; then
            mapfile -t pids < <(running_pids "$file" "$folder")
            kill -s KILL "${pids[@]}" 2>/dev/null || true
            wait_for 5 is_stopped "$file" "$folder" || true
        fi
    fi
    rm -f -- "$file"
}
