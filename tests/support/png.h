// Chunks of PNG files, for tests that damage them.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>

namespace backflow {

/// The big-endian number at `at`, of four bytes.
inline std::uint32_t png_number(const std::string& bytes, std::size_t at) {
  std::uint32_t n = 0;
  for (std::size_t i = 0; i < 4; ++i) n = n << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return n;
}

/// A PNG whose chunks, damaged as they are, have the checksums that a reader asks for.
inline std::string with_checksums(std::string png) {
  for (std::size_t at = 8; at + 12 <= png.size();) {
    const std::size_t length = png_number(png, at);
    if (length > png.size() - at - 12) break;
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(png.data() + at + 4), static_cast<uInt>(length + 4));
    for (std::size_t i = 0; i < 4; ++i) png[at + 8 + length + i] = static_cast<char>(sum >> (24 - 8 * i));
    at += 12 + length;
  }
  return png;
}

}  // namespace backflow
