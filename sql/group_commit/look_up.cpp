#include "sql/group_commit/look_up.hpp"

#include <map>
#include <set>

#include "sql/webhooks/access.hpp"

namespace db {
namespace {

// Many writes of a batch make the same access request; it is asked once.
class AccessRequests {
  public:
    explicit AccessRequests(const Batch& batch) {
        std::map<AccessRequest, std::size_t> known;
        requests_.reserve(batch.size());
        positions_.reserve(batch.size());
        for (const auto& write : batch) {
            const auto [position, is_new] = known.emplace(write->access(), requests_.size());
            if (is_new) requests_.push_back(position->first);
            positions_.push_back(position->second);
        }
    }

    [[nodiscard]] const std::vector<AccessRequest>& all() const { return requests_; }

    // For each write, its row in the answer.
    [[nodiscard]] std::vector<std::optional<std::size_t>> rows_of_writes(const Rows& answer) const {
        std::vector<std::optional<std::size_t>> row_of(requests_.size());
        for (std::size_t row = 0; row < answer.size(); ++row) {
            row_of.at(answer.number(row, AccessColumn::kIndex)) = row;
        }
        std::vector<std::optional<std::size_t>> rows;
        rows.reserve(positions_.size());
        for (const std::size_t position : positions_) rows.push_back(row_of.at(position));
        return rows;
    }

  private:
    std::vector<AccessRequest> requests_;
    std::vector<std::size_t> positions_;  // of each write's request
};

// Whose webhooks are counted.
struct Owners {
    std::set<model::KeyDigest> keys{};
    std::set<model::KeyDigest> locked_keys{};
    std::set<model::Id> targets{};

    void add(const AccessRequest& request) {
        keys.insert(request.key);
        if (request.scope.target_id) targets.insert(*request.scope.target_id);
    }
};

Owners owners_to_count(const Batch& batch, const AccountLimits& limits) {
    Owners owners;
    for (const auto& write : batch) {
        const Publication* const publication = write->publication();
        if (publication != nullptr && publication->event) owners.add(write->access());
        const Registration* const registration = write->registration();
        if (registration == nullptr || !registration->webhook || !limits.limit_webhooks()) continue;
        owners.add(write->access());
        owners.locked_keys.insert(registration->key);
    }
    return owners;
}

template <class Item>
std::vector<Item> to_vector(const std::set<Item>& items) {
    return {items.begin(), items.end()};
}

}  // namespace

LookUp::LookUp(Connection& connection, BatchedTransaction& transaction, const Batch& batch,
               const AccountLimits& limits)
    : keys_(batch.size(), FirstUse{}) {
    look_up_keys(connection, batch);
    ask(transaction, batch, limits);
}

void LookUp::look_up_keys(Connection& connection, const Batch& batch) {
    std::vector<KeyLookUp> keys;
    std::vector<std::size_t> positions;
    keys.reserve(batch.size());
    positions.reserve(batch.size());
    for (std::size_t n = 0; n < batch.size(); ++n) {
        const Write& write = *batch[n];
        if (write.is_empty() || !write.once()) continue;
        keys.push_back(
            {.caller = write.access().key, .key = write.once()->key, .request = write.once()->request});
        positions.push_back(n);
    }
    if (keys.empty()) return;
    std::vector<KeyState> states = look_up_idempotency_keys(connection, keys);
    for (std::size_t i = 0; i < positions.size(); ++i) keys_[positions[i]] = std::move(states.at(i));
}

// Webhooks are counted after the accounts were locked.
void LookUp::ask(BatchedTransaction& transaction, const Batch& batch, const AccountLimits& limits) {
    const AccessRequests requests(batch);
    const Owners owners = owners_to_count(batch, limits);
    if (!owners.locked_keys.empty()) transaction.add(lock_accounts(to_vector(owners.locked_keys)));
    transaction.add(select_access(requests.all()));
    if (!owners.keys.empty()) {
        transaction.add(WebhookCounts::select(to_vector(owners.keys), to_vector(owners.targets)));
    }
    std::vector<Rows> results = transaction.send();
    if (!owners.keys.empty()) {
        counts_ = WebhookCounts(results.back());
        results.pop_back();
    }
    access_ = std::move(results.back());
    rows_ = requests.rows_of_writes(access_);
}

}  // namespace db
