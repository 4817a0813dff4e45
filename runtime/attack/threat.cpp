#include <backflow/runtime/attack/threat.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::attack {
namespace {

/// "0.1" or "8/255"
bool read_radius(const std::string& text, float& radius) {
  const std::size_t slash = text.find('/');
  double number = 0, divisor = 1;
  if (!files::read_number(text.substr(0, slash), number)) return false;
  if (slash != std::string::npos && !files::read_number(text.substr(slash + 1), divisor)) return false;
  if (!(divisor > 0) || !std::isfinite(divisor)) return false;
  radius = static_cast<float>(number / divisor);
  return std::isfinite(radius);
}

}  // namespace

Threat parse_threat(const std::string& text, const std::string& option) {
  const std::size_t colon = text.find(':');
  Threat threat;
  const std::string norm = text.substr(0, colon);
  const auto problem = [&](const std::string& what) {
    return OptionError(option, str_cat("needs NORM:RADIUS, such as linf:8/255, linf:0.1 or l2:0.5, got '",
                                       files::printable(text), "'", what));
  };
  if (norm != "linf" && norm != "l2") throw problem(": the norm is linf or l2");
  threat.norm = norm == "linf" ? Norm::linf : Norm::l2;
  if (colon == std::string::npos || !read_radius(text.substr(colon + 1), threat.epsilon))
    throw problem(": the radius is a number or a fraction");
  if (!(threat.epsilon > 0)) throw problem(": the radius has to be above 0");
  if (threat.norm == Norm::linf && threat.epsilon >= 1)
    throw problem(": pixels lie in 0 … 1, so the radius has to be below 1");
  return threat;
}

std::string to_string(const Threat& threat) {
  std::array<char, 32> digits{};
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), threat.epsilon).ptr;
  return str_cat(name_of(threat.norm), ':',
                 std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

}  // namespace backflow::attack
