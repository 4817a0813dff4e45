// The names of a classifier's classes, one a line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace backflow::models {

/// The file's lines, without spaces around them; empty lines at the end do not count. Throws an Error with the file's
/// name if it cannot be read, is no text, or does not have `classes` lines (0: any number).
std::vector<std::string> read_labels(const std::filesystem::path& file, std::int64_t classes = 0);

/// A classifier's classes by what people call them.
class ClassNames {
 public:
  /// `labels` of the classes may be empty.
  ClassNames(const std::vector<std::string>& labels, std::int64_t classes);

  /// The class whose label is `name`, or has it between commas, in any case and with _ for spaces, the first of equal
  /// ones; else the one with this number.
  std::optional<std::int32_t> find(const std::string& name) const;

 private:
  std::map<std::string, std::int32_t> classes_;
  std::int64_t count_;
};

}  // namespace backflow::models
