#include <backflow/runtime/models/metadata_entries.h>

#include <cmath>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::models {
namespace {

constexpr std::size_t kMaxEntries = 64;  // of a list

}  // namespace

const std::string& MetadataEntries::text(const std::string& key) const {
  const auto found = metadata_.find(key);
  require(found != metadata_.end(), "its metadata have no entry '", key, "', which train writes");
  return found->second;
}

std::vector<float> MetadataEntries::numbers(const std::string& key, std::size_t count) const {
  const std::string& t = text(key);
  std::vector<float> values;
  for (std::size_t begin = 0; begin <= t.size();) {
    const std::size_t end = std::min(t.find(',', begin), t.size());
    float value = 0;
    require(files::read_number(std::string_view(t).substr(begin, end - begin), value) && std::isfinite(value),
            "its metadata entry '", key, "' should be a number, found '", files::printable(t), "'");
    values.push_back(value);
    begin = end + 1;
  }
  if (values.size() == 1) values.resize(count, values[0]);
  require(values.size() == count, "its metadata entry '", key, "' has ", values.size(), " numbers, expected 1 or ",
          count);
  return values;
}

std::vector<std::string> MetadataEntries::labels(std::int64_t classes) const {
  std::vector<std::string> names;
  const auto found = metadata_.find("labels");
  if (found == metadata_.end()) return names;
  std::istringstream in(found->second);
  for (std::string line; std::getline(in, line);) names.push_back(line);
  require(static_cast<std::int64_t>(names.size()) == classes, "its metadata entry 'labels' has ", names.size(),
          " lines, expected one for each of ", classes, " classes");
  return names;
}

data::Standardization MetadataEntries::targets(std::int64_t count) const {
  if (!metadata_.contains("target_mean")) return {};
  const auto n = static_cast<std::size_t>(count);
  data::Standardization result{numbers("target_mean", n), numbers("target_deviation", n)};
  for (const float v : result.stddev)
    require(v > 0, "its metadata entry 'target_deviation' should be above 0, found ", v);
  return result;
}

std::vector<std::int64_t> MetadataEntries::list(const std::string& key, std::int64_t most) const {
  std::string t = text(key);
  for (char& c : t)
    if (c == ',' || c == '[' || c == ']') c = ' ';
  std::istringstream in(t);
  std::vector<std::int64_t> values;
  for (std::string word; in >> word;) {
    require(files::read_number(word, values.emplace_back()), "its metadata entry '", key,
            "' should be whole numbers, found '", files::printable(text(key)), "'");
    require(values.back() >= 1 && values.back() <= most, "its metadata entry '", key, "' has ", values.back(),
            ", expected 1 … ", most);
    require(values.size() <= kMaxEntries, "its metadata entry '", key, "' has more than ", kMaxEntries, " numbers");
  }
  return values;
}

}  // namespace backflow::models
