// Bytes of .npy and .npz files.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <zlib.h>

namespace backflow {

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

inline std::string little_endian(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 255);
  return text;
}

/// `shape` as Python writes it: "(2, 3)".
inline std::string npy(const std::string& type, const std::string& shape, const std::string& data, bool fortran = false,
                       int version = 1) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
  header.append((64 - (header.size() + 11) % 64) % 64, ' ');
  header += '\n';
  return "\x93NUMPY" + std::string{static_cast<char>(version), '\0'} +
         little_endian(header.size(), version == 1 ? 2 : 4) + header + data;
}

/// An archive of entries that are not packed.
inline std::string npz(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string files, directory;
  for (const auto& [name, data] : entries) {
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size()));
    const std::string about = little_endian(0, 4) + little_endian(0, 4) + little_endian(crc, 4) +
                              little_endian(data.size(), 4) + little_endian(data.size(), 4) +
                              little_endian(name.size(), 2) + little_endian(0, 2);
    directory += "PK\x01\x02" + little_endian(20, 2) + little_endian(20, 2) + about + little_endian(0, 10) +
                 little_endian(files.size(), 4) + name;
    files += "PK\x03\x04" + little_endian(20, 2) + about + name + data;
  }
  return files + directory + "PK\x05\x06" + little_endian(0, 4) + little_endian(entries.size(), 2) +
         little_endian(entries.size(), 2) + little_endian(directory.size(), 4) + little_endian(files.size(), 4) +
         little_endian(0, 2);
}

}  // namespace backflow
