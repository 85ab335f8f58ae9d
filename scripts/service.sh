# The private service of scripts/run: database, pool and nginx in one folder, $dir; sourced, never run.
#
# Every process has the folder in its command line and its pid in a file there. By these it is found again.
# shellcheck shell=bash disable=SC2154  # dir, port, tls_port, receiver_port, processes: set by the script that sources this

readonly pid_names=(nginx pool deliver database)  # in the order in which they are stopped

pid_file() { printf '%s/%s.pid' "$dir" "$1"; }

service_is_up() {
    local name
    for name in "${pid_names[@]}"; do is_running "$(pid_file "$name")" "$dir" || return 1; done
}

service_is_down() {
    local name
    for name in "${pid_names[@]}"; do is_stopped "$(pid_file "$name")" "$dir" || return 1; done
}

service_stop() {
    say "Stopping nginx, the pool, the delivery daemon and the database"
    stop_processes "$(pid_file nginx)" "$dir" QUIT 10
    stop_processes "$(pid_file pool)" "$dir" TERM 25
    stop_processes "$(pid_file deliver)" "$dir" TERM 30
    stop_processes "$(pid_file database)" "$dir" TERM 60
    rm -f -- "$dir/api.sock"
}

fail_with_log() {
    printf '%s\n' "--- the end of $2" >&2
    tail -n 15 -- "$2" >&2 || true
    die "$1"
}

# The database

sql() { mariadb --no-defaults --socket="$dir/db.sock" --user="$(id -un)" "$@"; }

database_answers() { sql -e 'DO 1' 2>/dev/null; }

database_create() {
    local user_option=()
    if ((EUID == 0)); then user_option=(--user=root); fi
    say "Creating a database in $dir/db"
    rm -rf -- "$dir/db.new"
    # This system user is the only administrator of the database, and needs no password.
    mariadb-install-db --no-defaults --datadir="$dir/db.new" --tmpdir="$dir/tmp" --skip-test-db "${user_option[@]}" \
        --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
        >"$dir/log/database-create.log" 2>&1 || fail_with_log "the database can't be created" "$dir/log/database-create.log"
    mv -- "$dir/db.new" "$dir/db"
}

database_start() {
    local user_option=()
    [[ -d $dir/db ]] || database_create
    if ((EUID == 0)); then user_option=(--user=root); fi
    say "Starting the database"
    # In a session of its own, so that Ctrl-C reaches only this script.
    setsid mariadbd --no-defaults --datadir="$dir/db" --socket="$dir/db.sock" --pid-file="$(pid_file database)" \
        --skip-networking --innodb-flush-log-at-trx-commit=1 --character-set-server=utf8mb4 --tmpdir="$dir/tmp" \
        --log-error="$dir/log/database.log" "${user_option[@]}" </dev/null >/dev/null 2>&1 9>&- &
    printf '%s\n' $! >"$(pid_file database)"
    wait_for 60 database_answers_or_died "$!"
    database_answers || fail_with_log "the database didn't start" "$dir/log/database.log"
}

database_answers_or_died() { database_answers || ! kill -0 "$1" 2>/dev/null; }

# The password of a program's database user. It is made once, and kept in a file that nobody else can read.
password_of() {
    local -r file=$dir/$1.password
    [[ -s $file ]] || { openssl rand -hex 24 >"$file.new" && mv -- "$file.new" "$file"; }
    cat -- "$file"
}

database_prepare() {
    local program
    {
        printf 'CREATE DATABASE IF NOT EXISTS targethooks CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n'
        for program in api deliver admin; do
            printf "CREATE USER IF NOT EXISTS 'targethooks_%s'@'localhost';\n" "$program"
            printf "ALTER USER 'targethooks_%s'@'localhost' IDENTIFIED BY '%s';\n" "$program" "$(password_of "$program")"
        done
    } | sql
    sql targethooks <"$root/sql/grants/admin.sql"
    say "Updating its tables"
    operator migrate
    for program in api deliver; do sql targethooks <"$root/sql/grants/$program.sql"; done
}

# The programs

operator() { "$root/build/release/admin/targethooks" --config "$dir/targethooks.conf" "$@" 9>&-; }

# The key that encrypts webhooks' secrets. They are lost without it, so it is kept with the database.
secret_key_create() {
    [[ -s $dir/secret.key ]] || { openssl rand -hex 32 >"$dir/secret.key.new" && mv -- "$dir/secret.key.new" "$dir/secret.key"; }
}

write_configuration() {
    cat >"$dir/targethooks.conf" <<END
# Written by scripts/run at every start.
database_socket = $dir/db.sock
database_name = targethooks
api_database_user = targethooks_api
api_database_password_file = $dir/api.password
admin_database_user = targethooks_admin
admin_database_password_file = $dir/admin.password
secret_key_file = $dir/secret.key
api_log_file = $dir/log/api.log
# No limits of webhooks here, and none of requests in progress in nginx, so that people can put load on the service.
api_webhooks_of_target = 0
api_webhooks_of_account = 0
deliver_database_user = targethooks_deliver
deliver_database_password_file = $dir/deliver.password
deliver_log_file = $dir/log/deliver.log
deliver_ca_file = $dir/tls/authorities.pem
wakeup_socket = $dir/deliver.sock
# The receiver of the demonstration.
destination_allow = 127.0.0.1:$receiver_port
END
}

pool_answers() {
    local status
    # 401 is the pool's answer to a request without a key. Without a pool, nginx answers 500.
    status=$(curl -s -o /dev/null -w '%{http_code}' --max-time 5 "http://127.0.0.1:$port/me/")
    [[ $status == 401 ]]
}

pool_answers_or_died() { pool_answers || is_stopped "$(pid_file pool)" "$dir"; }

pool_start() {
    say "Starting the pool, with as many processes: $processes"
    setsid --wait spawn-fcgi -s "$dir/api.sock" -M 0600 -b 1024 -F "$processes" -P "$(pid_file pool)" -- \
        "$root/build/release/fcgi/targethooks-api" --config "$dir/targethooks.conf" >/dev/null 9>&-
}

deliver_started() { grep -qs 'event=started' "$dir/log/deliver.log"; }
deliver_started_or_died() { deliver_started || is_stopped "$(pid_file deliver)" "$dir"; }

deliver_start() {
    say "Starting the delivery daemon"
    rm -f -- "$dir/log/deliver.log"
    setsid "$root/build/release/delivery/targethooks-deliver" --config "$dir/targethooks.conf" \
        </dev/null >"$dir/log/deliver.stderr" 2>&1 9>&- &
    printf '%s\n' $! >"$(pid_file deliver)"
    wait_for 20 deliver_started_or_died || true
    deliver_started || fail_with_log "the delivery daemon didn't start" "$dir/log/deliver.stderr"
}

# nginx

# The authorities that deliveries trust: the system's, and our self-signed certificate.
authorities_create() {
    local -r system=/etc/ssl/certs/ca-certificates.crt
    { [[ ! -r $system ]] || cat -- "$system"; cat -- "$dir/tls/localhost.pem"; } >"$dir/tls/authorities.pem"
}

certificate_create() {
    [[ ! -s $dir/tls/localhost.pem ]] || return 0
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$dir/tls/localhost.key" -out "$dir/tls/localhost.pem.new" 2>/dev/null
    mv -- "$dir/tls/localhost.pem.new" "$dir/tls/localhost.pem"
}

write_nginx_configuration() {
    local user_line=""
    if ((EUID == 0)); then user_line="user root;"; fi
    sed "s|unix:/run/targethooks/api.sock|unix:$dir/api.sock|" "$root/nginx/targethooks-http.conf" \
        >"$dir/nginx/targethooks-http.conf"
    # Without the limit of requests of an address: people put load on the service, all of it from this one.
    sed '/^limit_conn /d' "$root/nginx/targethooks.conf" >"$dir/nginx/targethooks.conf"
    cat >"$dir/nginx/nginx.conf" <<END
# Written by scripts/run at every start.
$user_line
worker_processes auto;
pid $(pid_file nginx);
error_log $dir/log/nginx-error.log;
events { worker_connections 16384; }
http {
    client_body_temp_path $dir/tmp/body;
    fastcgi_temp_path $dir/tmp/fastcgi;
    proxy_temp_path $dir/tmp/proxy;
    uwsgi_temp_path $dir/tmp/uwsgi;
    scgi_temp_path $dir/tmp/scgi;
    include $dir/nginx/targethooks-http.conf;
    server {
        listen 127.0.0.1:$port default_server;
        listen 127.0.0.1:$tls_port ssl http2 default_server;
        ssl_certificate $dir/tls/localhost.pem;
        ssl_certificate_key $dir/tls/localhost.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        access_log $dir/log/access.log targethooks;
        include $dir/nginx/targethooks.conf;
        location / { return 404; }
    }

    # The receiver. Its log has what it gets. It passes requests on to itself, because nginx reads a body only then.
    log_format receiver escape=none
        "\$time_iso8601 \$request_method \$request_uri \$server_protocol"
        "\n  webhook-id: \$http_webhook_id"
        "\n  webhook-timestamp: \$http_webhook_timestamp"
        "\n  webhook-signature: \$http_webhook_signature"
        "\n  \$request_body";
    server {
        listen 127.0.0.1:$receiver_port ssl http2 default_server;
        ssl_certificate $dir/tls/localhost.pem;
        ssl_certificate_key $dir/tls/localhost.key;
        access_log $dir/log/receiver.log receiver;
        client_max_body_size 1m;
        client_body_buffer_size 1m;
        location / { proxy_pass http://unix:$dir/receiver.sock:; }
    }
    server {
        listen unix:$dir/receiver.sock;
        access_log off;
        client_max_body_size 1m;
        return 200;
    }
}
END
}

nginx_start() {
    say "Starting nginx on 127.0.0.1, port $port (HTTP), $tls_port (HTTPS) and $receiver_port (the receiver)"
    write_nginx_configuration
    rm -f -- "$dir/receiver.sock"  # nginx leaves it behind when it is killed
    ulimit -n "$(ulimit -Hn)"  # for its worker_connections
    setsid --wait nginx -e "$dir/log/nginx-error.log" -p "$dir" -c "$dir/nginx/nginx.conf" 9>&- ||
        die "nginx didn't start; it says why above"
    wait_for 20 pool_answers_or_died || true
    pool_answers || fail_with_log "the pool doesn't answer" "$dir/log/api.log"
}

# The demonstration: an account with a user, a key and a target, created once.

# json_text NAME: the string of that name in a flat JSON object on standard input.
json_text() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -n 1; }

demo_create() {
    local account user key target
    [[ ! -s $dir/demo.json ]] || return 0
    say "Creating a demonstration account with a key and a target"
    account=$(operator account create --name Demo --json | json_text id)
    user=$(operator user create --account "$account" --email demo@example.com --name "Demo User" --json | json_text id)
    key=$(operator key create --user "$user" --name demo --rights read,manage,publish --json | json_text key)
    target=$(operator target create --account "$account" --name Shop --url https://shop.example.com --json | json_text id)
    [[ -n $key && -n $target ]] || die "the demonstration account can't be created"
    printf '{"key": "%s", "target": "%s"}\n' "$key" "$target" >"$dir/demo.json.new"
    mv -- "$dir/demo.json.new" "$dir/demo.json"
}

demo_print() {
    local key target url receiver
    key=$(json_text key <"$dir/demo.json")
    target=$(json_text target <"$dir/demo.json")
    url=http://127.0.0.1:$port/targets/$target/webhooks/
    receiver=https://localhost:$receiver_port/hook
    cat <<END

Register a webhook, as JSON, urlencoded or multipart. Its greeting arrives at the receiver that runs here:

curl -i $url -H 'Authorization: JWT $key' -H 'Content-Type: application/json' -d '{"url": "$receiver", "name": "CI"}'

curl -i $url -H 'Authorization: JWT $key' --data-urlencode 'url=$receiver' -d name=CI

curl -i $url -H 'Authorization: JWT $key' -F url=$receiver -F name=CI

The same over HTTPS: curl --cacert $dir/tls/localhost.pem https://localhost:$tls_port/...
The operator's command line: $root/build/release/admin/targethooks --config $dir/targethooks.conf --help
What the receiver gets: $dir/log/receiver.log
Logs: $dir/log
Unlike a deployment, this service has no limits of webhooks and of requests in progress: see docs/limits.md.

END
}
