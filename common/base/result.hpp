// A value or an error. Errors of the client are returned as values of this type. Our own failures (no
// database, no memory) are exceptions, which the server catches in one place.
#pragma once

#include <utility>
#include <variant>

namespace base {

template <class T, class E>
class [[nodiscard]] Result {
  public:
    // Implicit, so that functions can `return value;` and `return error;`.
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    // REQUIRES: ok()
    [[nodiscard]] T& value() { return std::get<0>(state_); }
    [[nodiscard]] const T& value() const { return std::get<0>(state_); }

    // REQUIRES: !ok()
    [[nodiscard]] E& error() { return std::get<1>(state_); }
    [[nodiscard]] const E& error() const { return std::get<1>(state_); }

  private:
    std::variant<T, E> state_;
};

}  // namespace base
