// JSON from files that nobody has checked. Internal to runtime/ and the programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace backflow::files {

/// The value, discarded (is_discarded()) if `text` is no JSON. Throws an Error that begins with `what` if it nests
/// deeper than 64: code that walks over it calls itself.
nlohmann::ordered_json parse_json(const std::string& text, const std::string& what);

}  // namespace backflow::files
