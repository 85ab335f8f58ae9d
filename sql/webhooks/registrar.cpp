#include "sql/webhooks/registrar.hpp"

#include <thread>
#include <utility>
#include <vector>

#include "sql/webhooks/batch_writer.hpp"
#include "sql/webhooks/registration_queue.hpp"

namespace db {

class Registrar::Implementation {
  public:
    Implementation(const RegistrarSettings& settings, const security::SecretCipher& secrets,
                   base::Report report)
        : patience_(settings.patience), report_(std::move(report)) {
        for (std::size_t i = 0; i < settings.writers; ++i) {
            writers_.push_back(std::make_unique<BatchWriter>(settings, secrets, queue_, report_));
        }
        for (const auto& writer : writers_) threads_.emplace_back([&writer] { writer->run(); });
    }

    ~Implementation() { queue_.close(); }  // the threads finish what is queued and are joined
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;

    RegistrationOutcome submit(Registration registration, std::optional<model::Identity>* by) {
        return queue_.submit(std::move(registration), patience_, by);
    }

  private:
    const std::chrono::milliseconds patience_;
    const base::Report report_;
    RegistrationQueue queue_;
    std::vector<std::unique_ptr<BatchWriter>> writers_;
    std::vector<std::jthread> threads_;
};

Registrar::Registrar(const RegistrarSettings& settings, const security::SecretCipher& secrets,
                     base::Report report)
    : implementation_(std::make_unique<Implementation>(settings, secrets, std::move(report))) {}

Registrar::~Registrar() = default;

RegistrationOutcome Registrar::submit(Registration registration, std::optional<model::Identity>* by) {
    return implementation_->submit(std::move(registration), by);
}

}  // namespace db
