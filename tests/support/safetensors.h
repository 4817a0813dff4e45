// Safetensors files made by hand, to be right or wrong on purpose.
#pragma once

#include <cstdint>
#include <string>

namespace backflow {

/// Length, header and data, without any check.
inline std::string safetensors_bytes(const std::string& header, const std::string& data) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(std::uint64_t{header.size()} >> shift);
  return bytes + header + data;
}

}  // namespace backflow
