#include "fcgi/http/query.hpp"

#include <string_view>

#include "fcgi/http/urlencoded_body.hpp"

namespace http {

base::Result<Form, std::string> decode_query(const Request& request) {
    const std::string_view target = request.uri;
    const std::size_t mark = target.find('?');
    if (mark == std::string_view::npos) return Form();
    auto form = decode_urlencoded(target.substr(mark + 1));
    if (form) return form;
    // "Form parse error - ..." becomes "Query parse error - ...".
    constexpr std::string_view kForm = "Form";
    return "Query" + form.error().substr(kForm.size());
}

}  // namespace http
