// Sends requests for the tests of the sender. Each line of standard input is a JSON object:
//
//   {"tag": 1, "url": "...", "check_cert": true, "headers": ["name: value"], "body": "...", "account": 1}
//                                              starts a request
//   {"do": "wait"}                             waits until nothing is in flight
//   {"do": "wait", "for": 1}                   waits until that many more have ended
//   {"do": "cancel"}                           cancels the requests in flight
//
// Each outcome is a line of JSON on standard output, flushed as soon as it is known. At the end of the input
// the tool waits for the rest. Arguments are settings, NAME=VALUE; times are in milliseconds. The resolver is
// that of lying_resolver.cpp.
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <csignal>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "delivery/http/sender.hpp"

namespace {

using std::chrono::milliseconds;

std::size_t to_number(std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) throw std::invalid_argument("no number");
    return number;
}

delivery::SenderSettings parse_settings(int argc, const char* const* argv) {
    delivery::SenderSettings settings;
    std::string allow;
    std::string ports;
    const auto in_milliseconds = [](milliseconds& into) {
        return [&into](std::string_view text) { into = milliseconds(to_number(text)); };
    };
    const auto as_number = [](std::size_t& into) {
        return [&into](std::string_view text) { into = to_number(text); };
    };
    const auto as_text = [](std::string& into) { return [&into](std::string_view text) { into = text; }; };
    const std::map<std::string_view, std::function<void(std::string_view)>> takers = {
        {"total_timeout", in_milliseconds(settings.total_timeout)},
        {"connect_timeout", in_milliseconds(settings.connect_timeout)},
        {"body_timeout", in_milliseconds(settings.body_timeout)},
        {"max_header_bytes", as_number(settings.max_header_bytes)},
        {"max_body_bytes", as_number(settings.max_body_bytes)},
        {"max_connections", as_number(settings.max_connections)},
        {"most_threads", as_number(settings.most_threads)},
        {"dns_cache_time",
         [&](std::string_view text) {
             settings.dns_cache_time = std::chrono::seconds(to_number(text) / 1000);
         }},
        {"ca_file", as_text(settings.ca_file)},
        {"proxy", as_text(settings.proxy)},
        {"allow", as_text(allow)},
        {"ports", as_text(ports)},
    };
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const std::size_t equals = argument.find('=');
        takers.at(argument.substr(0, equals))(argument.substr(equals + 1));
    }
    settings.destinations = {security::AllowList::parse(allow), security::PortList::parse(ports)};
    return settings;
}

delivery::Request to_request(const rapidjson::Value& line) {
    delivery::Request request{.tag = line["tag"].GetUint64(),
                              .url = line["url"].GetString(),
                              .check_cert = line["check_cert"].GetBool(),
                              .headers = {},
                              .body = {line["body"].GetString(), line["body"].GetStringLength()},
                              .account = line["account"].GetUint64()};
    for (const auto& header : line["headers"].GetArray()) request.headers.emplace_back(header.GetString());
    return request;
}

void print(const delivery::Outcome& outcome) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    const auto text = [&writer](const char* key, std::string_view value) {
        writer.Key(key);
        writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    const auto number = [&writer](const char* key, std::int64_t value) {
        writer.Key(key);
        writer.Int64(value);
    };
    writer.StartObject();
    number("tag", static_cast<std::int64_t>(outcome.tag));
    number("status", outcome.status);
    text("failure", category_of(outcome.failure));
    text("detail", outcome.detail);
    text("reason", reason_of(outcome));
    text("answer", outcome.answer);
    text("by_allow_list", outcome.by_allow_list ? "yes" : "no");
    text("repeated", outcome.unanswered ? outcome.unanswered->detail : "");
    number("retry_after", outcome.retry_after ? outcome.retry_after->count() : -1);
    number("milliseconds", std::chrono::duration_cast<milliseconds>(outcome.duration).count());
    writer.EndObject();
    std::cout << std::string_view(buffer.GetString(), buffer.GetSize()) << std::endl;
}

// Waits for that number of outcomes, or for all if fewer are in flight.
void wait_for(delivery::Sender& sender, std::size_t count) {
    constexpr milliseconds kLong{60'000};
    while (count > 0 && sender.in_flight() > 0) {
        for (const auto& outcome : sender.wait(kLong, {})) {
            print(outcome);
            if (count > 0) --count;
        }
    }
}

void obey(delivery::Sender& sender, const rapidjson::Document& line) {
    if (!line.HasMember("do")) {
        sender.start(to_request(line));
        return;
    }
    const std::string_view what = line["do"].GetString();
    if (what == "cancel") {
        sender.cancel_all();
    } else {
        wait_for(sender, line.HasMember("for") ? line["for"].GetUint64() : sender.in_flight());
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        delivery::Sender sender(parse_settings(argc, argv));
        for (std::string text; std::getline(std::cin, text);) {
            rapidjson::Document line;
            line.Parse(text.data(), text.size());
            if (!line.IsObject()) throw std::invalid_argument("no JSON object: " + text);
            obey(sender, line);
        }
        wait_for(sender, sender.in_flight());
    } catch (const std::exception& error) {
        std::cerr << "send_tool: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
