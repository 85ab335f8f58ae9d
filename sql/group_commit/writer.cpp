#include "sql/group_commit/writer.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <utility>

namespace db {
namespace {

// While the database is away, new writes are refused at once, and an idle writer finds out when it is back.
constexpr std::chrono::milliseconds kLongestIdle{500};

Write::Clock::time_point deadline_of(const Batch& batch) {
    Write::Clock::time_point latest{};
    for (const auto& write : batch) latest = std::max(latest, write->deadline());
    return latest;
}

// Whether a part of the batch may succeed although the whole batch failed. Too large a packet appears as a
// lost connection.
bool is_worth_dividing(const Error& error) {
    constexpr int kNoConnection = 2002;
    if (error.is(ErrorCategory::kLost)) return error.code() != kNoConnection;
    return error.is(ErrorCategory::kRetry) || error.is(ErrorCategory::kOther);
}

}  // namespace

void Writer::run() noexcept {
    while (!queue_.is_at_end()) {
        Batch batch = queue_.take(kLongestIdle);
        if (!batch.empty()) {
            process(std::move(batch));
            queue_.done();
        } else if (availability_.is_away()) {
            session_.reconnect();
        }
    }
}

void Writer::process(Batch batch) {
    std::vector<Batch> parts;
    parts.push_back(std::move(batch));
    while (!parts.empty()) {
        Batch part = std::move(parts.back());
        parts.pop_back();
        process(std::move(part), parts);
    }
}

void Writer::process(Batch batch, std::vector<Batch>& later) {
    constexpr int kMostTries = 4;
    Batch again;
    for (int tries = 1; remove_done(batch), !batch.empty(); ++tries) {
        try {
            store(batch, again);
        } catch (const CommitUncertain&) {
            find_out_commit(batch);
        } catch (const Error& error) {
            // If an id exists, an earlier try has stored it after all. If an idempotency key exists, another
            // transaction was faster.
            const bool is_new_try = error.duplicate_key() && tries < kMostTries && settle_stored(batch);
            if (!is_new_try) divide(batch, error, later);
        } catch (const std::exception& exception) {
            fail(batch, {exception.what(), true});  // an error in this program
        }
    }
    if (!again.empty()) queue_.put_back(std::move(again));
}

void Writer::store(Batch& batch, Batch& again) {
    const Clock::time_point deadline = deadline_of(batch);
    const auto work = [&](Connection& connection) {
        while (remove_done(batch), !batch.empty()) batches_.attempt(connection, batch, again);
        return true;
    };
    try {
        session_.run(work, deadline);
        is_stuck_ = false;
    } catch (const Error&) {
        is_stuck_ = Clock::now() >= deadline;
        throw;
    }
}

std::optional<std::size_t> Writer::settle_stored(Batch& batch) {
    const auto work = [&](Connection& connection) {
        const LatestReads latest(connection);
        return batches_.settle_stored(connection, batch);
    };
    remove_done(batch);
    if (batch.empty()) return 0;
    try {
        return session_.run(work, deadline_of(batch));
    } catch (const Error&) {
        return std::nullopt;
    }
}

void Writer::find_out_commit(Batch& batch) {
    const std::optional<std::size_t> found = settle_stored(batch);
    if (!found) return fail(batch, {"the commit had no answer"});
    if (*found != 0) report_("commit_found", std::to_string(*found) + " writes");
    if (!batch.empty()) report_("commit_not_found", std::to_string(batch.size()) + " writes");
}

void Writer::divide(Batch& batch, const Error& error, std::vector<Batch>& later) {
    remove_done(batch);
    if (batch.empty()) return;
    report_("batch_failed", error.what());
    if (batch.size() == 1 || !is_worth_dividing(error)) return fail(batch, {error.what()});
    const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
    Batch second(std::make_move_iterator(middle), std::make_move_iterator(batch.end()));
    batch.erase(middle, batch.end());
    later.push_back(std::move(second));
    later.push_back(std::exchange(batch, {}));
}

void Writer::fail(Batch& batch, const Unavailable& outcome) {
    remove_done(batch);
    for (const auto& write : batch) write->settle(outcome);
    batch.clear();
}

}  // namespace db
