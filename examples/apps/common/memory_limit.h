// How much memory a run may take: what --max-memory says, else most of what the machine has left.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace backflow {

/// Adds a flag that takes a number of bytes, such as 500M or 2GiB.
CLI::Option* add_size(CLI::App& app, const std::string& flag, std::optional<std::uint64_t>& bytes,
                      const std::string& help, const std::string& group);
/// Adds --max-memory. `help` says of what.
void add_max_memory(CLI::App& app, std::optional<std::uint64_t>& bytes, const std::string& help,
                    const std::string& group);
/// In bytes; 0, which is no limit, where nothing is given and the system does not say. Throws a UsageError for 0 bytes.
std::size_t memory_limit(const std::optional<std::uint64_t>& given);

/// Such as "12.5 MiB".
std::string mebibytes(std::size_t bytes);

}  // namespace backflow
