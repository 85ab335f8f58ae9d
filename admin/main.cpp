// targethooks: the operator's command line.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "admin/command_line.hpp"
#include "admin/validation.hpp"
#include "common/base/service_main.hpp"
#include "sql/connection/schema.hpp"
#include "sql/connection/secret_key_check.hpp"

namespace {

using admin::ExitCode;

ExitCode fail(ExitCode code, const std::string& what) {
    std::cerr << "targethooks: " << what << '\n';
    return code;
}

std::string database_message(const db::Error& error, const admin::Database& database) {
    std::string what = std::string("database: ") + error.what();
    const bool may_be_done = error.is(db::ErrorCategory::kLost) || error.is(db::ErrorCategory::kUncertain);
    if (may_be_done && database.is_connected()) {
        what += " (the change may have been made: check before you try again)";
    }
    return what;
}

// std::nullopt means the default path.
std::optional<std::string> config_path(const admin::Invocation& invocation) {
    if (invocation.config_path) return invocation.config_path;
    const char* named = std::getenv("TARGETHOOKS_CONFIG");
    return named != nullptr && *named != '\0' ? std::optional<std::string>(named) : std::nullopt;
}

ExitCode run(const admin::Invocation& invocation) {
    if (invocation.command == nullptr) {
        std::cout << invocation.text << std::flush;
        return ExitCode::kDone;
    }
    admin::Database database(config_path(invocation), environ);
    try {
        const admin::Report report = invocation.command->run(database, invocation.arguments);
        database.wake_up();
        admin::write(std::cout, report, invocation.format);
        return ExitCode::kDone;
    } catch (const admin::UsageError& error) {
        const std::string hint = admin::help_hint(invocation.command->words);
        return fail(ExitCode::kWrongUsage, error.what() + ("\n" + hint));
    } catch (const db::Refused& refused) {
        return fail(ExitCode::kOperationRefused, refused.what());
    } catch (const base::ConfigError& error) {
        return fail(ExitCode::kWrongConfiguration, error.what());
    } catch (const db::WrongSecretKey& error) {
        return fail(ExitCode::kWrongConfiguration, error.what());
    } catch (const db::SchemaError& error) {
        return fail(ExitCode::kWrongSchema, error.what());
    } catch (const db::Error& error) {
        return fail(ExitCode::kDatabaseFailed, database_message(error, database));
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        base::keep_memory_private();
        return run(admin::parse_command_line(words));
    } catch (const admin::UsageError& error) {
        return fail(ExitCode::kWrongUsage, error.what());
    } catch (const std::exception& exception) {
        return fail(ExitCode::kDatabaseFailed, exception.what());
    }
}
