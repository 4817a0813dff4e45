#include "examples/apps/common/memory_limit.h"

#include <fmt/format.h>

#include <cmath>

#include <backflow/runtime/scheduler/available_memory.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

constexpr double kMemoryShare = 0.8;  // of what the machine has left

}  // namespace

CLI::Option* add_size(CLI::App& app, const std::string& flag, std::optional<std::uint64_t>& bytes,
                      const std::string& help, const std::string& group) {
  return app.add_option(flag, bytes, help)
      ->transform(CLI::AsSizeValue(false))
      ->transform(CLI::Validator(  // runs before the other, which takes −1 for a large number
          [](std::string& text) { return text.starts_with('-') ? "needs to be above 0, got " + text : std::string(); },
          ""))
      ->type_name("SIZE")
      ->group(group);
}

void add_max_memory(CLI::App& app, std::optional<std::uint64_t>& bytes, const std::string& help,
                    const std::string& group) {
  add_size(app, "--max-memory", bytes, help + "; default: most of what the machine has left", group);
}

std::size_t memory_limit(const std::optional<std::uint64_t>& given) {
  if (given && *given == 0) throw UsageError("--max-memory needs to be above 0, got 0");
  if (given) return *given;
  const double bytes = kMemoryShare * available_memory();
  return std::isfinite(bytes) ? static_cast<std::size_t>(bytes) : 0;
}

std::string mebibytes(std::size_t bytes) { return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20)); }

}  // namespace backflow
