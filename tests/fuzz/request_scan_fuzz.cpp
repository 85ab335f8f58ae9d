// Fuzzes the scan of a request's records, and libfcgi on what it calls complete.
#include "fcgi/request_scan.hpp"

#include "common/base/ascii.hpp"
#include "fcgi/exchange.hpp"
#include "tests/fuzz/fuzzing.hpp"

using fuzzing::require;
using State = fcgi::RequestScan::State;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzzing::as_text(data, size);
    const fcgi::RequestScan scan = fcgi::scan_request(input);
    const fcgi::RequestScan half = fcgi::scan_request(input.substr(0, size / 2));
    require(half.state == State::kIncomplete || half.state == scan.state, "more input changes no decision");
    require(!half.has_parameters || scan.state == State::kInvalid || scan.has_parameters,
            "complete parameters stay complete");
    if (scan.state != State::kComplete || scan.size > fcgi::MemoryFile::kMostInput) return 0;
    require(scan.size <= size && scan.has_parameters, "a complete request is in the input");
    const std::string_view request = input.substr(0, scan.size);
    require(fcgi::scan_request(request).state == State::kComplete, "its end does not depend on what follows");
    require(fcgi::scan_request(request.substr(0, scan.size - 1)).state != State::kComplete,
            "it is not shorter");
    // libfcgi allocates what a long length of a parameter asks for, up to 4 GiB. libFuzzer would stop there.
    if (!base::is_ascii(request)) return 0;
    fcgi::initialise_fastcgi();
    static fcgi::MemoryFile file;
    auto exchange = fcgi::Exchange::read(file, request);
    if (!exchange) return 0;
    const std::string_view answer = exchange->write(file, {.status = 200, .body = "{}"}, "behind");
    require(answer.size() > fcgi::Exchange::kEndBytes && answer.ends_with("behind"), "it can be answered");
    return 0;
}
