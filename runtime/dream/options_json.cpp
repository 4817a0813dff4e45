// DreamOptions as JSON.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/option_fields.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::dream {
namespace {

using Json = nlohmann::ordered_json;

/// A float in the fewest digits that give it back: 0.02, not 0.019999999552965164.
double tidy(float value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  double result = 0;
  files::read_number(std::string_view(text.data(), static_cast<std::size_t>(end - text.data())), result);
  return result;
}

template <class T>
Json written(const T& value) {
  if constexpr (std::is_same_v<T, float>)
    return tidy(value);
  else
    return value;
}

template <class T>
constexpr bool kIsWhole = std::is_integral_v<T> && !std::is_same_v<T, bool>;

template <class T>
const char* expected() {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (kIsWhole<T>) return std::is_signed_v<T> ? "a whole number" : "a whole number ≥ 0";
  if constexpr (std::is_floating_point_v<T>) return "a number";
  if constexpr (std::is_same_v<T, std::string>) return "a text";
  return "a list of numbers";
}

template <class T>
bool fits(const Json& j) {
  if constexpr (std::is_same_v<T, bool>) return j.is_boolean();
  if constexpr (kIsWhole<T>)
    return std::is_signed_v<T> ? j.is_number_integer() && !(j.is_number_unsigned() && j.get<std::uint64_t>() >> 63)
                               : j.is_number_unsigned();
  if constexpr (std::is_floating_point_v<T>) return j.is_number();
  if constexpr (std::is_same_v<T, std::string>) return j.is_string();
  return j.is_array() && std::all_of(j.begin(), j.end(), [](const Json& e) { return e.is_number(); });
}

}  // namespace

std::string to_json(const DreamOptions& options) {
  Json j = Json::object();
  for_each_option(options, [&](const char* name, const auto& value) { j[name] = written(value); });
  return j.dump();
}

DreamOptions dream_options_from_json(const std::string& text) {
  const Json j = Json::parse(text, nullptr, false);
  require(j.is_object(), "[dream] the options are no JSON object: '", text.substr(0, 60), "'");
  DreamOptions options;
  std::vector<std::string> known;
  for_each_option(options, [&](const char* name, auto& value) {
    using T = std::decay_t<decltype(value)>;
    known.emplace_back(name);
    if (!j.contains(name)) return;
    require(fits<T>(j[name]), "[dream] option ", name, " needs to be ", expected<T>(), ", got ", j[name].dump());
    value = j[name].template get<T>();
  });
  for (const auto& [name, value] : j.items())
    if (std::find(known.begin(), known.end(), name) == known.end())
      fail("[dream] ", files::no_such("option", name, known));
  return options;
}

}  // namespace backflow::dream
