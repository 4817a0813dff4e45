// CRC-32 as PNG, gzip and zlib have it.
#pragma once

#include <cstdint>
#include <span>

namespace backflow::files {

std::uint32_t crc32_of(std::span<const std::byte> bytes);

}  // namespace backflow::files
