#include "handlers/fault.hpp"

#include <exception>
#include <string>

#include "fcgi/http/problem.hpp"
#include "sql/connection/error.hpp"

namespace handlers {

http::Response answer_fault() {
    try {
        throw;
    } catch (const db::CommitUncertain& error) {
        return perhaps_done(error.what());
    } catch (const std::exception& exception) {
        return not_done(exception.what());
    } catch (...) {
        return not_done("unknown exception");
    }
}

http::Response not_done(std::string_view reason) {
    return http::unexpected_error(std::string(reason), http::Stored::kNo);
}

http::Response perhaps_done(std::string_view reason) {
    return http::unexpected_error(std::string(reason), http::Stored::kPerhaps);
}

http::Response expired(bool was_committing) {
    constexpr std::string_view kReason = "the database did not answer in time";
    return was_committing ? perhaps_done(kReason) : not_done(kReason);
}

}  // namespace handlers
