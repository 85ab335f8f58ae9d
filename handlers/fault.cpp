#include "handlers/fault.hpp"

#include <exception>
#include <string>
#include <utility>

#include "fcgi/http/problem.hpp"
#include "sql/connection/connection.hpp"

namespace handlers {
namespace {

http::Response unexpected(std::string fault, const char* stored) {
    http::Response response = http::unexpected_error();
    response.headers.emplace_back("Retry-After", "1");
    response.log = {{"fault", std::move(fault)}, {"stored", stored}};
    return response;
}

}  // namespace

http::Response answer_fault() {
    try {
        throw;
    } catch (const db::CommitUncertain& error) {
        return unexpected(error.what(), "perhaps");
    } catch (const std::exception& exception) {
        return unexpected(exception.what(), "no");
    } catch (...) {
        return unexpected("unknown exception", "no");
    }
}

}  // namespace handlers
