#include "sql/group_commit/write_queue.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>

namespace db {
namespace {

// One text of statements holds all values of a batch. The server limits its length, and a long text delays the
// other writes of its batch.
constexpr std::size_t kMostBytes = 1024 * 1024;

// Orders the writes round-robin by key: the first of each key, then the second of each, and so on. So a key
// with many writes does not delay those with few.
void order_round_robin(std::deque<std::unique_ptr<Write>>& writes) {
    std::map<model::KeyDigest, std::size_t> seen;
    std::vector<std::pair<std::size_t, std::unique_ptr<Write>>> ranked;
    ranked.reserve(writes.size());
    for (auto& write : writes) ranked.emplace_back(seen[write->access().key]++, std::move(write));
    std::ranges::stable_sort(ranked, {}, [](const auto& one) { return one.first; });
    std::ranges::transform(ranked, writes.begin(), [](auto& one) { return std::move(one.second); });
}

// How many of the first writes make a batch: at least one.
std::size_t batch_size(const std::deque<std::unique_ptr<Write>>& writes, std::size_t most) {
    std::size_t bytes = 0;
    std::size_t count = 0;
    while (count < std::min(most, writes.size())) {
        bytes += writes[count]->bytes();
        if (count > 0 && bytes > kMostBytes) break;
        ++count;
    }
    return count;
}

}  // namespace

bool WriteQueue::add(std::unique_ptr<Write>& write) {
    bool is_news = false;
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return false;
        if (queued_.size() >= longest_) {
            std::erase_if(queued_, [](const auto& one) { return one->has_given_up(); });
            if (queued_.size() >= longest_) return false;
        }
        queued_.push_back(std::move(write));
        is_news = queued_.size() == 1 || fills_half_a_batch();
    }
    if (is_news) work_.notify_one();
    return true;
}

void WriteQueue::put_back(Batch writes) {
    const std::lock_guard lock(mutex_);
    queued_.insert(queued_.begin(), std::make_move_iterator(writes.begin()),
                   std::make_move_iterator(writes.end()));
}

// A batch keeps the order in which its writes were added. What is left over is put in order again next time.
Batch WriteQueue::take(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    wait(lock, time);
    std::erase_if(queued_, [](const auto& one) { return one->has_given_up(); });
    if (!is_due(Write::Clock::now())) return {};
    if (queued_.size() > most_) order_round_robin(queued_);
    const auto end = queued_.begin() + static_cast<std::ptrdiff_t>(batch_size(queued_, most_));
    Batch batch(std::make_move_iterator(queued_.begin()), std::make_move_iterator(end));
    queued_.erase(queued_.begin(), end);
    ++busy_writers_;
    return batch;
}

void WriteQueue::done() {
    const std::lock_guard lock(mutex_);
    --busy_writers_;
}

bool WriteQueue::is_due(Write::Clock::time_point now) const {
    if (queued_.empty()) return false;
    return closed_ || busy_writers_ == 0 || fills_half_a_batch() ||
           queued_.front()->arrived() + moment_ <= now;
}

// Waits until a batch is due or the queue is closed.
void WriteQueue::wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds time) {
    ++idle_writers_;
    const auto end = Write::Clock::now() + time;
    for (auto now = Write::Clock::now(); !closed_ && !is_due(now) && now < end; now = Write::Clock::now()) {
        work_.wait_until(lock, queued_.empty() ? end : std::min(end, queued_.front()->arrived() + moment_));
    }
    --idle_writers_;
}

bool WriteQueue::has_idle_writer() const {
    const std::lock_guard lock(mutex_);
    return idle_writers_ != 0;
}

void WriteQueue::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    work_.notify_all();
}

bool WriteQueue::is_at_end() const {
    const std::lock_guard lock(mutex_);
    return closed_ && queued_.empty();
}

}  // namespace db
