// The names of a classifier's classes, one a line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace backflow::models {

/// The file's lines, without spaces around them; empty lines at the end do not count. Throws an Error with the file's
/// name if it cannot be read, is no text, or does not have `classes` lines (0: any number).
std::vector<std::string> read_labels(const std::filesystem::path& file, std::int64_t classes = 0);

}  // namespace backflow::models
