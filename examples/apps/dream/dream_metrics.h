// metrics.jsonl of a run of `dream`: a line for each step of each image.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <backflow/runtime/dream/dream.h>
#include <backflow/runtime/files/output_file.h>

namespace backflow {

/// {"target":"class:88","step":1,"objective":…,"probability":…,"learning_rate":…,"width":…,"height":…}; probability is
/// null where no class is wanted.
std::string metrics_line(const std::string& target, const dream::DreamStep& step);

using StepsByTarget = std::map<std::string, std::vector<dream::DreamStep>>;
/// Reads such a file, whose lines may be in any order; the last one may be cut short. Throws an Error that names the
/// file and the line. Nothing if there is no file.
StepsByTarget read_metrics(const std::filesystem::path& file);

/// A file that grows while the images are made, in the order in which steps end.
class DreamMetrics {
 public:
  /// Begins with `before`, in the order of `targets`.
  DreamMetrics(std::filesystem::path file, std::vector<std::string> targets, StepsByTarget before);

  void add(const std::string& target, const dream::DreamStep& step);
  /// Throws an Error once if the file cannot be written; what was added is not lost, see sync() and finish().
  void flush();
  /// Flushes down to the disk; writes the file anew if flush() failed.
  void sync();
  /// Writes all of it again, target by target, which is the same however the steps fell.
  void finish();

  const std::vector<dream::DreamStep>& of(const std::string& target) { return steps_[target]; }

 private:
  std::string text();
  /// Writes the file whole, and goes on at its end.
  void open();

  std::filesystem::path file_;
  std::vector<std::string> targets_;
  StepsByTarget steps_;
  std::string lines_;                       // that were added since flush()
  std::unique_ptr<files::OutputFile> out_;  // null after a failure
};

}  // namespace backflow
