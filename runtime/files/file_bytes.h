// A whole file in memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace backflow::files {

/// The bytes of a regular file. Throws an Error with its name if it cannot be read or has more than `most` bytes.
std::vector<std::byte> file_bytes(const std::filesystem::path& file, std::uintmax_t most = std::uintmax_t{1} << 31);

}  // namespace backflow::files
