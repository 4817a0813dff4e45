// Numbers of a run as JSON lines: one object a step, one an epoch.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include <backflow/runtime/files/output_file.h>

namespace backflow::train {

/// One number of a line. Written with the fewest digits that give the same number back; null if it is not finite.
struct Metric {
  template <std::integral T>
  Metric(std::string_view n, T v) : name(n), value(static_cast<std::int64_t>(v)) {}
  Metric(std::string_view n, float v) : name(n), value(v) {}
  Metric(std::string_view n, double v) : name(n), value(v) {}

  std::string_view name;  // plain letters, digits and _
  std::variant<std::int64_t, float, double> value;
};

class MetricsFile {
 public:
  /// Where a resumed run goes on.
  struct Resume {
    std::int64_t step = 0, epoch = 0;
  };

  /// A new file; an old one is emptied.
  explicit MetricsFile(const std::filesystem::path& file);
  /// Goes on in an old file, from its first line that the resumed run will write again: one whose "step" is
  /// `from.step` or later, or, if it has no step, whose "epoch" is `from.epoch` or later; or one that was cut short.
  /// Throws an Error if another line is not a JSON object.
  MetricsFile(const std::filesystem::path& file, const Resume& from);

  /// Writes `{"name":value, …}` and a line end through to the system, and allocates nothing.
  void write(std::initializer_list<Metric> line);

 private:
  files::OutputFile out_;
  std::string line_;
};

}  // namespace backflow::train
