#include "common/model/object_json.hpp"

#include <initializer_list>
#include <utility>

#include "common/base/json_writer.hpp"

namespace model {
namespace {

using Member = std::pair<std::string_view, std::string_view>;

std::string object_of(std::initializer_list<Member> members) {
    return base::json_object([&members](base::JsonWriter& writer) {
        for (const auto& [name, value] : members) base::write_member(writer, name, value);
    });
}

}  // namespace

std::string user_json(Id id, std::string_view email, std::string_view name) {
    return object_of({{"id", to_base58(id)}, {"email", email}, {"name", name}});
}

std::string target_json(Id id, std::string_view name, std::string_view url) {
    return object_of({{"id", to_base58(id)}, {"name", name}, {"url", url}});
}

std::string test_object_json(Id id) {
    return object_of({{"id", to_base58(id)}, {"name", "Test"}});
}

}  // namespace model
