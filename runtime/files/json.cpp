#include <backflow/runtime/files/json.h>

#include <backflow/graph/error.h>

namespace backflow::files {
namespace {

constexpr int kMaxDepth = 64;

}  // namespace

nlohmann::ordered_json parse_json(const std::string& text, const std::string& what) {
  using Json = nlohmann::ordered_json;
  const auto shallow = [&](int depth, Json::parse_event_t, const Json&) {
    require(depth <= kMaxDepth, what, " the JSON nests deeper than ", kMaxDepth);
    return true;
  };
  return Json::parse(text, shallow, false);
}

}  // namespace backflow::files
