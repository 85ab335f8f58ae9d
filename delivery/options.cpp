#include "delivery/options.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/wakeup_sender.hpp"
#include "common/security/destination_config.hpp"
#include "delivery/mail/header_text.hpp"

namespace delivery {
namespace {

using std::chrono::milliseconds;

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

milliseconds time(base::Config& config, std::string_view key, std::uint64_t least, std::uint64_t most,
                  milliseconds fallback) {
    return milliseconds(config.number(key, least, most, static_cast<std::uint64_t>(fallback.count())));
}

SenderSettings sender_from(base::Config& config) {
    SenderSettings sender;
    sender.total_timeout = time(config, "deliver_timeout_ms", 100, 300'000, sender.total_timeout);
    sender.connect_timeout = time(config, "deliver_connect_timeout_ms", 100, 300'000, sender.connect_timeout);
    sender.ca_file = config.text("deliver_ca_file", sender.ca_file);
    sender.proxy = config.text("deliver_proxy", "");
    sender.destinations = security::read_destinations(config);
    return sender;
}

SchedulerLimits limits_from(base::Config& config) {
    SchedulerLimits limits;
    limits.in_flight = config.number("deliver_in_flight", 1, 20'000, limits.in_flight);
    limits.per_host = static_cast<unsigned>(config.number("deliver_per_host", 1, 10'000, limits.per_host));
    limits.per_webhook =
        static_cast<unsigned>(config.number("deliver_per_webhook", 1, 1000, limits.per_webhook));
    limits.waiting_of_one = std::size_t{limits.per_webhook} * 4;
    limits.prefetched = limits.in_flight * 2;  // enough for quick receivers during a claim batch
    return limits;
}

db::DisablePolicy disable_policy_from(base::Config& config, const TimeScale& time_scale) {
    constexpr std::chrono::microseconds kDay = std::chrono::days{1};
    const std::uint64_t days = config.number("deliver_disable_after_days", 0, 36'500, 5);
    if (days == 0) return {};
    const bool has_time_to_warn = days > 1;
    return {.after = time_scale(kDay * static_cast<std::int64_t>(days)),
            .warning = has_time_to_warn ? time_scale(kDay) : std::chrono::microseconds{0}};
}

std::vector<std::string> words_of(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    std::vector<std::string> words;
    for (std::size_t begin = text.find_first_not_of(kBlanks); begin < text.size();) {
        const std::size_t end = std::min(text.find_first_of(kBlanks, begin), text.size());
        words.emplace_back(text.substr(begin, end - begin));
        begin = text.find_first_not_of(kBlanks, end);
    }
    return words;
}

MailerSettings mailer_from(base::Config& config, const TimeScale& time_scale) {
    MailerSettings mailer;
    mailer.from = config.text("mail_from", "");
    if (!mailer.from.empty() && !is_mail_address(mailer.from)) {
        throw config.error("mail_from", "must be an address, such as hooks@example.com");
    }
    mailer.command = words_of(config.text("mail_command", "/usr/sbin/sendmail -t"));
    if (mailer.command.empty() || !mailer.command.front().starts_with('/')) {
        throw config.error("mail_command", "must be the path of a program and its arguments");
    }
    constexpr milliseconds kShortestInterval{100};
    mailer.interval = std::max(time_scale(mailer.interval), kShortestInterval);
    constexpr milliseconds kShortestTime{
        5000};  // even a machine that runs many tests sends a mail in that time
    mailer.limits.time = std::max(time_scale(mailer.limits.time), kShortestTime);
    return mailer;
}

DispatcherSettings dispatcher_from(base::Config& config) {
    DispatcherSettings settings;
    settings.session.database = db::ConnectionSettings::from(config, "deliver_", "targethooks_deliver");
    settings.session.database.io_timeout = std::chrono::seconds{5};
    settings.sender = sender_from(config);
    settings.limits = limits_from(config);
    // With fewer connections none would be kept under full load, and each request would need a new one.
    settings.sender.max_connections = std::max(settings.sender.max_connections, settings.limits.in_flight);
    settings.session.worker_name = config.text("deliver_name", host_name());
    if (settings.session.worker_name.empty() || settings.session.worker_name.size() > 255) {
        throw config.error("deliver_name", "must be a name of at most 255 bytes");
    }
    settings.wakeup_socket = base::WakeupSender::socket_from(config);
    settings.poll_interval = time(config, "deliver_poll_ms", 10, 60'000, settings.poll_interval);
    settings.lease_margin = time(config, "deliver_lease_margin_ms", 100, 600'000, settings.lease_margin);
    settings.stop_limit = time(config, "deliver_stop_ms", 0, 600'000, settings.stop_limit);
    settings.session.dead_after =
        time(config, "deliver_dead_after_ms", 500, 600'000, settings.session.dead_after);
    // Heartbeats are frequent, so that the hosts of a worker that leaves don't wait for long.
    settings.session.heartbeat_interval =
        std::min<std::chrono::milliseconds>(settings.session.dead_after / 5, std::chrono::seconds{1});
    settings.time_scale = TimeScale::from(config);
    settings.session.disable = disable_policy_from(config, settings.time_scale);
    settings.failpoint = Failpoint::from(config);
    return settings;
}

}  // namespace

Options Options::from(base::Config& config) {
    Options options{.dispatcher = dispatcher_from(config),
                    .housekeeper = {},
                    .mailer = {},
                    .secrets = security::SecretCipher::from(config)};
    options.housekeeper.database = options.dispatcher.session.database;
    const std::chrono::seconds retention =
        std::chrono::days(config.number("deliver_retention_days", 0, 36'500, 30));
    options.housekeeper.age = options.dispatcher.time_scale(retention);
    options.housekeeper.audit_age =
        std::chrono::days(config.number("deliver_audit_retention_days", 0, 36'500, 365));
    options.mailer = mailer_from(config, options.dispatcher.time_scale);
    options.mailer.database = options.dispatcher.session.database;
    options.log = base::LogSettings::from(config, "deliver_");
    config.finish();
    return options;
}

}  // namespace delivery
