#include "fcgi/request_scan.hpp"

namespace fcgi {
namespace {

using State = RequestScan::State;

constexpr std::size_t kHeaderBytes = 8;

enum class Type : unsigned char { kBeginRequest = 1, kParameters = 4, kStandardInput = 5 };

std::size_t byte(std::string_view bytes, std::size_t index) {
    return static_cast<unsigned char>(bytes[index]);
}

std::size_t number(std::string_view bytes, std::size_t index) {
    return byte(bytes, index) << 8 | byte(bytes, index + 1);
}

struct Record {
    Type type;
    std::size_t request_id;
    std::size_t content_bytes;
    std::size_t padding_bytes;
};

Record parse_header(std::string_view bytes) {
    return {static_cast<Type>(byte(bytes, 1)), number(bytes, 2), number(bytes, 4), byte(bytes, 6)};
}

// libfcgi does not skip the padding of these two records, but takes it for the next record.
bool may_have_padding(const Record& record) {
    const bool ends_parameters = record.type == Type::kParameters && record.content_bytes == 0;
    return record.type != Type::kBeginRequest && !ends_parameters;
}

// The body of BEGIN_REQUEST: the role, flags, and bytes that are reserved.
bool begins_request(const Record& record) {
    constexpr std::size_t kBodyBytes = 8;
    return record.type == Type::kBeginRequest && record.request_id != 0 && record.content_bytes == kBodyBytes;
}

bool is_responder(std::string_view body) {
    constexpr std::size_t kResponder = 1;
    return number(body, 0) == kResponder;
}

}  // namespace

RequestScan scan_request(std::string_view input) {
    constexpr char kVersion = 1;
    constexpr RequestScan kInvalid{.state = State::kInvalid};
    RequestScan scan;
    std::size_t request_id = 0;
    std::size_t offset = 0;
    while (offset < input.size()) {
        const std::string_view rest = input.substr(offset);
        if (rest.front() != kVersion) return kInvalid;
        if (rest.size() < kHeaderBytes) break;
        const Record record = parse_header(rest);
        const std::size_t size = kHeaderBytes + record.content_bytes + record.padding_bytes;
        const Type expected = scan.has_parameters ? Type::kStandardInput : Type::kParameters;
        const bool is_first = offset == 0;
        const bool is_expected =
            is_first ? begins_request(record) : record.type == expected && record.request_id == request_id;
        if (!is_expected || (record.padding_bytes > 0 && !may_have_padding(record))) return kInvalid;
        if (rest.size() < size) break;
        if (is_first && !is_responder(rest.substr(kHeaderBytes))) return kInvalid;
        request_id = record.request_id;
        offset += size;
        if (is_first || record.content_bytes > 0) continue;
        if (scan.has_parameters) return {State::kComplete, offset, true};
        scan.has_parameters = true;
    }
    return scan;
}

}  // namespace fcgi
