#include <backflow/runtime/models/labels.h>

#include <algorithm>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/file_bytes.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::models {
namespace {

/// In small letters, without spaces around it.
std::string comparable(const std::string& name) {
  std::string text = files::lower_case(name);
  std::replace(text.begin(), text.end(), '_', ' ');
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

}  // namespace

std::vector<std::string> read_labels(const std::filesystem::path& file, std::int64_t classes) {
  constexpr std::uintmax_t most = 1 << 24;
  const auto bytes = files::file_bytes(file, most);
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  require(text.find('\0') == std::string::npos, "[labels] ", file.string(), " is no text");
  std::vector<std::string> labels;
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  std::istringstream in(text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text);
  for (std::string line; std::getline(in, line);) {
    const auto begin = line.find_first_not_of(" \t\r");
    labels.push_back(begin == std::string::npos ? "" : line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin));
  }
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  require(!labels.empty(), "[labels] ", file.string(), " is empty");
  require(classes == 0 || static_cast<std::int64_t>(labels.size()) == classes, "[labels] ", file.string(), " has ",
          labels.size(), " labels, the model has ", classes, " classes");
  return labels;
}

ClassNames::ClassNames(const std::vector<std::string>& labels, std::int64_t classes) : count_(classes) {
  for (std::size_t c = 0; c < labels.size(); ++c) {
    const auto number = static_cast<std::int32_t>(c);
    classes_.emplace(comparable(labels[c]), number);
    std::istringstream parts(labels[c]);
    for (std::string part; std::getline(parts, part, ',');) classes_.emplace(comparable(part), number);
  }
}

std::optional<std::int32_t> ClassNames::find(const std::string& name) const {
  if (const auto found = classes_.find(comparable(name)); found != classes_.end()) return found->second;
  std::int32_t number = 0;
  if (files::read_number(name, number) && number >= 0 && number < count_) return number;
  return std::nullopt;
}

}  // namespace backflow::models
