// What --tensorboard shows of a run.
#pragma once

#include <mutex>

#include <backflow/runtime/flow/store.h>
#include <backflow/runtime/image/image.h>
#include <backflow/runtime/train/fit.h>
#include <backflow/runtime/train/tensorboard.h>

namespace backflow {

/// Several threads may call.
class RunEvents {
 public:
  /// A run that does not go on removes the files of another one.
  RunEvents(const std::filesystem::path& folder, std::optional<std::int64_t> first_step);

  void add_step(const train::StepReport& report);
  /// Numbers and the parameters' histograms; those of the evaluation are under validation/ or test/.
  void add_epoch(const train::EpochReport& report, const Store& store);
  void add_image(const std::string& name, std::int64_t step, const image::Image& image);

 private:
  std::mutex mutex_;
  train::TensorBoardFile file_;
};

}  // namespace backflow
