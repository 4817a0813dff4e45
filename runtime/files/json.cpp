#include <backflow/runtime/files/json.h>

#include <backflow/graph/error.h>

namespace backflow::files {

nlohmann::ordered_json parse_json(const std::string& text, const std::string& where) {
  using Json = nlohmann::ordered_json;
  const auto shallow = [&](int depth, Json::parse_event_t, const Json&) {
    require(static_cast<std::size_t>(depth) <= kMaxJsonDepth, where, "the JSON nests deeper than ", kMaxJsonDepth);
    return true;
  };
  return Json::parse(text, shallow, false);
}

bool is_utf8(const std::string& text) {
  try {
    return !nlohmann::json(text).dump().empty();
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

}  // namespace backflow::files
