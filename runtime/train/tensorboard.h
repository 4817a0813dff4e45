// Numbers, images and histograms of a run, as TensorBoard reads them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <backflow/runtime/files/output_file.h>

namespace backflow::train {

/// A file of TensorFlow records (https://www.tensorflow.org/tutorials/load_data/tfrecord) with Event messages
/// (tensorflow/core/util/event.proto). Each call is written through to the system.
class TensorBoardFile {
 public:
  /// Makes the file events.out.tfevents.SECONDS.HOST.PROCESS in `folder`, which is made too. A run that goes on has a
  /// file of its own, and says that it writes the steps from `first_step` on, again where they were written before.
  explicit TensorBoardFile(const std::filesystem::path& folder, std::optional<std::int64_t> first_step = std::nullopt);

  /// Allocates nothing after the first time.
  void add_scalar(std::string_view tag, std::int64_t step, double value);
  /// `png` is a whole PNG file.
  void add_image(std::string_view tag, std::int64_t step, std::span<const std::byte> png, int width, int height);
  /// In buckets whose limits grow by a tenth, as TensorFlow's; numbers that are not finite are left out.
  void add_histogram(std::string_view tag, std::int64_t step, std::span<const float> values);

 private:
  void write_event(std::int64_t step);
  void write_summary(std::string_view tag, std::int64_t step);

  files::OutputFile out_;
  std::string value_, summary_, event_, record_;  // messages, from the inmost one out
};

}  // namespace backflow::train
