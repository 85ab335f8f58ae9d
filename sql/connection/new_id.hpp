// Inserts a row under a new id.
#pragma once

#include <functional>

#include "common/model/id.hpp"
#include "sql/connection/connection.hpp"

namespace db {

// Generates new ids: generate_id, except in tests.
using IdSource = std::function<model::Id()>;

// Calls insert(id), which runs one INSERT, with new ids until one is free, and returns that id. A duplicate
// id undoes only that INSERT (InnoDB); the surrounding transaction continues.
template <class Insert>
model::Id insert_with_new_id(const IdSource& generate, const Insert& insert) {
    constexpr int kMostTries = 8;
    for (int tries = 1;; ++tries) {
        const model::Id id = generate();
        try {
            insert(id);
            return id;
        } catch (const Error& error) {
            if (!error.duplicate_key() || tries == kMostTries) throw;
        }
    }
}

}  // namespace db
