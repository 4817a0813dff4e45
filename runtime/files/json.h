// JSON from files that nobody has checked. Internal to runtime/ and the programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace backflow::files {

/// Levels of nesting; what walks over a value calls itself for each.
constexpr std::size_t kMaxJsonDepth = 64;

/// The value, discarded (is_discarded()) if `text` is no JSON. Throws an Error if it nests deeper than kMaxJsonDepth;
/// `where` begins its sentence.
nlohmann::ordered_json parse_json(const std::string& text, const std::string& where);

/// Whether JSON can hold the text.
bool is_utf8(const std::string& text);

}  // namespace backflow::files
