// Inserting a row under an id that nobody has.
#pragma once

#include <functional>

#include "common/model/id.hpp"
#include "sql/connection/connection.hpp"

namespace db {

// Where new ids come from: generate_id, but for tests.
using IdSource = std::function<model::Id()>;

// Calls insert(id), which runs one INSERT, with new ids until one is free, and returns that one. A clash
// undoes that INSERT alone (InnoDB); the transaction around it goes on.
template <class Insert>
model::Id insert_with_new_id(const IdSource& generate, const Insert& insert) {
    constexpr int kMostTries = 8;
    for (int generates = 1;; ++generates) {
        const model::Id id = generate();
        try {
            insert(id);
            return id;
        } catch (const Error& error) {
            if (!error.duplicate_key() || generates == kMostTries) throw;
        }
    }
}

}  // namespace db
