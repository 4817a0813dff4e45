// Files that are written whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

namespace backflow {

/// Writes under a temporary name in the same directory, flushes to the disk, renames. Throws an Error with the system's
/// reason; whatever was at `file` before is then still there, whole.
void write_file(const std::filesystem::path& file, std::string_view content);

}  // namespace backflow
