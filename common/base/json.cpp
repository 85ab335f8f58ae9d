#include "common/base/json.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "common/base/json_writer.hpp"
#include "common/base/utf8.hpp"

namespace base {

namespace {

using Kind = JsonValue::Kind;

struct Fault {
    std::string what;
    std::size_t offset;
};

std::string message_of(const Fault& fault) {
    return "JSON parse error - " + fault.what + " (offset " + std::to_string(fault.offset) + ")";
}

// RapidJSON's description, without its quotation marks around brackets.
std::string describe(rapidjson::ParseErrorCode code) {
    std::string text = rapidjson::GetParseError_En(code);
    std::erase(text, '\'');
    return text;
}

// The number of characters at the beginning of the text that may occur in numbers.
std::size_t number_run_length(std::string_view text) {
    return std::min(text.find_first_not_of("+-.0123456789Ee"), text.size());
}

// number = [ "-" ] int [ frac ] [ exp ] (RFC 8259, section 6)
bool is_number(std::string_view text) {
    const auto skip_digits = [&text] {
        const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
        text.remove_prefix(count);
        return count;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    const bool leading_zero = text.starts_with('0');
    const std::size_t int_digits = skip_digits();
    if (int_digits == 0 || (leading_zero && int_digits > 1)) return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (skip_digits() == 0) return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
        if (skip_digits() == 0) return false;
    }
    return text.empty();
}

// Replaces each number by a zero and spaces, so that all other offsets stay the same. A malformed number is
// not replaced and stays malformed.
std::string blank_numbers(std::string_view json) {
    std::string blanked(json);
    bool in_string = false;
    for (std::size_t i = 0; i < json.size();) {
        if (json[i] == '"') in_string = !in_string;
        const std::size_t length = in_string ? 0 : number_run_length(json.substr(i));
        if (length > 0 && is_number(json.substr(i, length))) {
            std::fill_n(blanked.begin() + static_cast<std::ptrdiff_t>(i), length, ' ');
            blanked[i] = '0';
        }
        i += in_string && json[i] == '\\' ? 2 : std::max<std::size_t>(length, 1);
    }
    return blanked;
}

// The offset of the first escaped low surrogate, from begin on, that follows no high surrogate. REQUIRES: it
// exists, and every escape before it is well-formed.
std::size_t find_lone_low_surrogate(std::string_view json, std::size_t begin) {
    std::size_t i = json.find('\\', begin);
    for (; i != std::string_view::npos; i = json.find('\\', i)) {
        if (json[i + 1] != 'u') {
            i += 2;
            continue;
        }
        unsigned unit = 0;
        std::from_chars(json.data() + i + 2, json.data() + i + 6, unit, 16);
        if (unit >= 0xDC00 && unit <= 0xDFFF) return i;
        i += unit >= 0xD800 && unit <= 0xDBFF ? 12 : 6;
    }
    return begin;
}

std::string quote(std::string_view text) {
    return json_text([text](JsonWriter& writer) { write(writer, text); });
}

// Names are in canonical form here, so two names are equal if their texts are.
template <class Members>
void keep_last_of_each_name(Members& members) {
    std::set<std::string_view> seen;
    std::vector<bool> is_last(members.size());
    for (std::size_t i = members.size(); i-- > 0;) is_last[i] = seen.insert(members[i].name).second;
    Members kept;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (is_last[i]) kept.push_back(std::move(members[i]));
    }
    members = std::move(kept);
}

// Formats a value as JSON.
std::string format(const JsonValue& value) {
    if (value.kind == Kind::kString) return quote(value.text);
    return value.kind == Kind::kNull ? "null" : value.text;
}

// The array or object that is being read, and the arrays and objects around it.
class CanonicalJson {
  public:
    explicit CanonicalJson(MemberOrder order) : order_(order) {}

    void open_array() { containers_.push_back({.is_object = false}); }
    void open_object() { containers_.push_back({.is_object = true}); }
    void name(std::string_view name);  // the name of the next value
    void value(std::string formatted);

    // Closes the innermost array or object and returns its text.
    [[nodiscard]] std::string close();

  private:
    struct Member {
        std::string name;  // as JSON; empty in an array
        std::string value;
    };
    struct Container {
        bool is_object;
        std::string next_name{};
        std::vector<Member> members{};
    };

    MemberOrder order_;
    std::vector<Container> containers_;
};

void CanonicalJson::name(std::string_view name) {
    containers_.back().next_name = quote(name);
}

void CanonicalJson::value(std::string formatted) {
    Container& container = containers_.back();
    container.members.push_back({std::exchange(container.next_name, {}), std::move(formatted)});
}

std::string CanonicalJson::close() {
    auto [is_object, next_name, members] = std::move(containers_.back());
    containers_.pop_back();
    if (is_object) keep_last_of_each_name(members);
    if (is_object && order_ == MemberOrder::kByName) std::ranges::sort(members, {}, &Member::name);
    std::string text(1, is_object ? '{' : '[');
    for (const Member& member : members) {
        if (text.size() > 1) text += ',';
        text += member.name;
        if (is_object) text += ':';
        text += member.value;
    }
    return text += is_object ? '}' : ']';
}

// Handles RapidJSON's events, which give the functions their names. It keeps the members of the outermost object or
// array; nested values become canonical text. source is the text as it was sent, stream reads it or its
// blanked copy.
class MemberCollector : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, MemberCollector> {
  public:
    MemberCollector(std::string_view source, const rapidjson::MemoryStream& stream, const JsonLimits& limits,
                    MemberOrder order)
        : source_(source), stream_(stream), limits_(limits), nested_(order) {}

    bool Null() { return add(Kind::kNull, {}); }
    bool Bool(bool value) { return add(Kind::kBoolean, value ? "true" : "false"); }

    bool RawNumber(const char*, rapidjson::SizeType length, bool) {
        const std::string_view rest = source_.substr(stream_.Tell() - length);
        return add(Kind::kNumber, rest.substr(0, number_run_length(rest)));
    }

    bool String(const char* text, rapidjson::SizeType length, bool) {
        const std::string_view value(text, length);
        return check_surrogates(value) && add(Kind::kString, value);
    }

    bool Key(const char* text, rapidjson::SizeType length, bool) {
        const std::string_view name(text, length);
        if (!check_surrogates(name)) return false;
        if (depth_ == 1) {
            name_ = name;
        } else {
            nested_.name(name);
        }
        string_search_begin_ = stream_.Tell();
        return true;
    }

    bool StartObject() { return open(Kind::kObject); }
    bool StartArray() { return open(Kind::kArray); }
    bool EndObject(rapidjson::SizeType) { return close(Kind::kObject); }
    bool EndArray(rapidjson::SizeType) { return close(Kind::kArray); }

    [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

    // The value of the whole text. REQUIRES: the text was parsed to its end.
    [[nodiscard]] const JsonValue& root() const { return root_; }
    [[nodiscard]] JsonObject& members() { return members_; }

  private:
    bool add(Kind kind, std::string_view text) {
        string_search_begin_ = stream_.Tell();
        if (depth_ == 0) root_ = {kind, std::string(text)};
        if (depth_ == 1) members_.push_back({std::move(name_), {kind, std::string(text)}});
        if (depth_ > 1) nested_.value(format({kind, std::string(text)}));
        return true;
    }

    // The stream is still before the bracket when the event of the bracket comes.
    bool open(Kind kind) {
        if (depth_ == limits_.max_depth) {
            fault_ = {"Nested deeper than " + std::to_string(limits_.max_depth) + " levels.", stream_.Tell()};
            return false;
        }
        if (depth_ > 0) kind == Kind::kObject ? nested_.open_object() : nested_.open_array();
        ++depth_;
        string_search_begin_ = stream_.Tell();
        return true;
    }

    bool close(Kind kind) {
        --depth_;
        return add(kind, depth_ == 0 ? std::string() : nested_.close());
    }

    // RapidJSON refuses a high surrogate without a low one, but accepts a lone low one as a character.
    bool check_surrogates(std::string_view text) {
        if (!find_invalid_utf8(text)) return true;
        const std::size_t begin = source_.find('"', string_search_begin_);
        fault_ = {describe(rapidjson::kParseErrorStringUnicodeSurrogateInvalid),
                  find_lone_low_surrogate(source_, begin)};
        return false;
    }

    std::string_view source_;
    const rapidjson::MemoryStream& stream_;
    const JsonLimits& limits_;
    std::size_t depth_ = 0;
    std::size_t string_search_begin_ = 0;  // no string begins between here and the one being read
    std::string name_;
    CanonicalJson nested_;
    JsonObject members_;
    JsonValue root_;
    std::optional<Fault> fault_;
};

std::string type_name(const JsonValue& value) {
    switch (value.kind) {
        case Kind::kNumber:
            return value.text.find_first_of(".eE") == std::string::npos ? "int" : "float";
        case Kind::kBoolean:
            return "bool";
        case Kind::kNull:
            return "NoneType";
        case Kind::kArray:
            return "list";
        case Kind::kObject:
            return "dict";
        case Kind::kString:
            break;
    }
    return "str";
}

// The error of the parser, or nullopt. RapidJSON takes every NUL for the end of the text, and calls a text
// empty if it doesn't begin with a value.
std::optional<Fault> error_of(const rapidjson::ParseResult& parsed, const MemberCollector& collector,
                              const rapidjson::MemoryStream& stream, std::size_t size) {
    if (collector.fault()) return collector.fault();
    if (parsed.IsError()) {
        const bool no_value =
            (parsed.Code() == rapidjson::kParseErrorDocumentEmpty && parsed.Offset() < size) ||
            parsed.Code() == rapidjson::kParseErrorNumberTooBig;
        const auto code = no_value ? rapidjson::kParseErrorValueInvalid : parsed.Code();
        return Fault{describe(code), parsed.Offset()};
    }
    if (stream.Tell() < size) {
        return Fault{describe(rapidjson::kParseErrorDocumentRootNotSingular), stream.Tell()};
    }
    return std::nullopt;
}

struct Parsed {
    rapidjson::ParseErrorCode code = rapidjson::kParseErrorNone;
    Result<JsonObject, std::string> members;  // of an array: its items, without names
};

// root: the kind that the value must have. REQUIRES: text is source or its blanked copy.
Parsed parse(std::string_view text, std::string_view source, Kind root, const JsonLimits& limits,
             MemberOrder order) {
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    rapidjson::MemoryStream stream(text.data(), text.size());
    MemberCollector collector(source, stream, limits, order);
    const rapidjson::ParseResult parsed = rapidjson::Reader().Parse<kFlags>(stream, collector);
    if (const auto fault = error_of(parsed, collector, stream, text.size())) {
        return {parsed.Code(), message_of(*fault)};
    }
    if (collector.root().kind != root) return {parsed.Code(), not_an_object(collector.root())};
    return {parsed.Code(), std::move(collector.members())};
}

Result<JsonObject, std::string> parse_members(std::string_view text, Kind root, const JsonLimits& limits,
                                              MemberOrder order) {
    Parsed parsed = parse(text, text, root, limits, order);
    // RapidJSON 1.1 converts even those numbers to double that it passes on as text, and refuses numbers out
    // of range.
    if (parsed.code == rapidjson::kParseErrorNumberTooBig) {
        parsed = parse(blank_numbers(text), text, root, limits, order);
    }
    return std::move(parsed.members);
}

}  // namespace

Result<JsonObject, std::string> parse_object(std::string_view text, const JsonLimits& limits,
                                             MemberOrder order) {
    if (text.starts_with("\xEF\xBB\xBF")) return message_of({"Unexpected byte order mark.", 0});
    if (const auto invalid = find_invalid_utf8(text)) return message_of({"Invalid UTF-8.", *invalid});
    return parse_members(text, Kind::kObject, limits, order);
}

std::vector<JsonValue> items_of(const JsonValue& array) {
    auto members = parse_members(array.text, Kind::kArray, {}, MemberOrder::kAsGiven);
    std::vector<JsonValue> items;
    items.reserve(members.value().size());
    for (JsonMember& member : members.value()) items.push_back(std::move(member.value));
    return items;
}

std::string format_object(const JsonObject& object, MemberOrder order) {
    CanonicalJson text(order);
    text.open_object();
    for (const auto& [name, value] : object) {
        text.name(name);
        text.value(format(value));
    }
    return text.close();
}

std::string not_an_object(const JsonValue& value) {
    return "Invalid data. Expected a dictionary, but got " + type_name(value) + ".";
}

}  // namespace base
