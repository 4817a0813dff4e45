#include <backflow/runtime/models/labels.h>

#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/file_bytes.h>

namespace backflow::models {

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

}  // namespace backflow::models
