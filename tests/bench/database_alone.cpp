// Measures the database without FastCGI, HTTP and group commit. On each connection (Connector/C++, with the
// service's settings) a thread registers one webhook after another, statement by statement: look up key and
// target, insert webhook and delivery, commit.
//
//   database_alone CONFIG KEY TARGET CONNECTIONS SECONDS
//
// CONFIG is the service's. Prints one JSON object: the number of committed registrations, the duration in
// seconds, and percentiles of the time of one registration in microseconds. It exits with a non-zero status
// at the first failure.

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/config.hpp"
#include "common/base/sha256.hpp"
#include "common/model/id.hpp"
#include "sql/connection/connection.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::vector<std::int64_t>;

constexpr std::string_view kLookUp =
    "SELECT k.account_id, k.user_id, e.id, e.event_type, e.content,"
    " DATE_FORMAT(e.occurred_at, '%Y-%m-%dT%H:%i:%s.%fZ'),"
    " DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d %H:%i:%s.%f')"
    " FROM api_keys k JOIN targets t ON t.account_id = k.account_id JOIN events e ON e.id = "
    "t.created_event_id"
    " WHERE k.digest = UNHEX(?) AND k.revoked_at IS NULL"
    " AND (k.expires_at IS NULL OR k.expires_at > UTC_TIMESTAMP(6))"
    " AND t.id = ? AND t.deleted_at IS NULL";
constexpr std::string_view kInsertWebhook =
    "INSERT INTO webhooks"
    " (id, account_id, target_id, url, name, check_cert, api_version, secret, created_at, created_by)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, UNHEX(?), ?, ?)";
constexpr std::string_view kInsertDelivery =
    "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try) VALUES (?, ?, ?, ?, ?)";

struct Work {
    db::ConnectionSettings settings;
    db::Bytes digest;
    model::Id target = 0;
    std::size_t connections = 0;
    std::chrono::seconds time{};
};

std::size_t to_number(std::string_view text) {
    std::size_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || end != text.data() + text.size() || number == 0) {
        throw std::runtime_error("not a positive number: " + std::string(text));
    }
    return number;
}

Work read_work(char** arguments) {
    auto config = base::Config::load(arguments[1], true, environ);
    const base::Digest digest = base::sha256(arguments[2]);
    const auto target = model::parse_id(arguments[3]);
    if (!target) throw std::runtime_error("not an id: " + std::string(arguments[3]));
    return {.settings = db::ConnectionSettings::from(config, "api_", "targethooks_api"),
            .digest = {std::string(digest.begin(), digest.end())},
            .target = *target,
            .connections = to_number(arguments[4]),
            .time = std::chrono::seconds(to_number(arguments[5]))};
}

void register_one(db::Connection& connection, const Work& work) {
    db::Transaction transaction(connection);
    const db::Rows access = connection.query(kLookUp, {work.digest, work.target});
    if (access.size() != 1) throw std::runtime_error("the key and target are not in the database");
    const model::Id id = model::generate_id();
    const std::string& now = access.text(0, 6);
    connection.execute(
        kInsertWebhook,
        {id, access.number(0, 0), work.target, std::string("https://ci.example.com/hook"), std::string("CI"),
         true, std::string("v1"), db::Bytes{std::string(61, 's')}, now, access.number(0, 1)});
    connection.execute(kInsertDelivery, {access.number(0, 2), id, access.number(0, 0), now, now});
    transaction.commit();
}

Microseconds register_until(db::Connection& connection, const Work& work, Clock::time_point end) {
    Microseconds times;
    for (auto start = Clock::now(); start < end;) {
        try {
            register_one(connection, work);
        } catch (const db::Error& error) {
            if (!error.duplicate_key()) throw;
            continue;  // the id exists: generate another one
        }
        const auto now = Clock::now();
        times.push_back(std::chrono::duration_cast<std::chrono::microseconds>(now - start).count());
        start = now;
    }
    return times;
}

// All threads start together after all connections are made.
Microseconds run(const Work& work, std::chrono::duration<double>& took) {
    std::vector<db::Connection> connections;
    for (std::size_t i = 0; i < work.connections; ++i) connections.emplace_back(work.settings);

    const auto start = Clock::now();
    std::vector<std::future<Microseconds>> threads;
    for (db::Connection& connection : connections) {
        threads.push_back(std::async(std::launch::async, [&connection, &work, end = start + work.time] {
            return register_until(connection, work, end);
        }));
    }
    Microseconds all;
    for (auto& thread : threads) {
        const Microseconds times = thread.get();
        all.insert(all.end(), times.begin(), times.end());
    }
    took = Clock::now() - start;
    std::sort(all.begin(), all.end());
    return all;
}

std::int64_t percentile(const Microseconds& sorted, std::size_t percent) {
    return sorted.at(std::min(sorted.size() - 1, sorted.size() * percent / 100));
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 6) {
            throw std::runtime_error("usage: database_alone CONFIG KEY TARGET CONNECTIONS SECONDS");
        }
        std::chrono::duration<double> took{};
        const Microseconds times = run(read_work(argv), took);
        std::cout << "RESULT {\"requests\": " << times.size() << ", \"seconds\": " << took.count()
                  << ", \"failed\": 0, \"broken\": 0, \"p50_us\": " << percentile(times, 50)
                  << ", \"p99_us\": " << percentile(times, 99) << "}\n";
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "database_alone: " << error.what() << '\n';
        return 1;
    }
}
