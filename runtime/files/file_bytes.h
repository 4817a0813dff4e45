// Whole files in memory, in and out.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace backflow {

/// The bytes of a regular file. Throws an Error with its name if it cannot be read or has more than `most` bytes.
std::vector<std::byte> read_bytes(const std::filesystem::path& file, std::uintmax_t most = std::uintmax_t{1} << 31);
/// Writes to a name beside it, then renames: the file is there whole or not at all. Throws an Error if that fails.
void write_bytes(const std::filesystem::path& file, std::span<const std::byte> bytes);

}  // namespace backflow
