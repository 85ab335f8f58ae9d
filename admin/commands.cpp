#include "admin/commands.hpp"

namespace admin {

std::span<const Command> commands() {
    static const std::vector<Command> all = [] {
        std::vector<Command> list;
        for (const auto& part : {migrate_commands(), account_commands(), user_commands(), key_commands(),
                                 target_commands(), webhook_commands(), webhook_change_commands(),
                                 webhook_header_commands(), webhook_delivery_commands(), event_commands(),
                                 delivery_commands(), outbox_commands(), audit_commands()}) {
            list.insert(list.end(), part.begin(), part.end());
        }
        return list;
    }();
    return all;
}

}  // namespace admin
