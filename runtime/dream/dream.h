// An image that is made for a network: optimized step by step on a scheduler's workers.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <backflow/runtime/dream/dream_networks.h>
#include <backflow/runtime/dream/options.h>
#include <backflow/runtime/flow/memory_report.h>
#include <backflow/runtime/image/image.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {

/// What a step saw, before it changed the image; means over variants, views and scales.
struct DreamStep {
  std::int64_t step = 0;    // 1 for the first
  double objective = 0;     // of all terms, without regularizers
  double probability = -1;  // of the first class that is a target, by the first network; −1 if there is none
  double learning_rate = 0;
  std::int64_t width = 0, height = 0;  // of the octave
};

class Dream;

struct DreamInputs {
  std::optional<image::Image> photo = {};  // where start = photo begins; resized to the image
  std::optional<image::Image> guide = {};  // for guide, caricature, invert and style; also resized
  std::optional<image::Image> mask = {};   // white where the image may change, black where it stays the start
  /// Of memory_bytes(), 0 for none. To meet it activations are computed a second time, to the same bits.
  std::size_t memory_limit = 0;
  /// Runs after each step, on a worker; image(), save() and steps() may be called there.
  std::function<void(const Dream&, const DreamStep&)> after_step = nullptr;
};

/// Copies stand for the same image. Every member may be called at any time, also while it is being made.
class Dream {
 public:
  /// `objective` is a text for parse_objective(). Throws an Error if it, an option or an input does not fit the
  /// networks, or if the memory limit cannot be met.
  Dream(std::shared_ptr<DreamNetworks> networks, const std::string& objective, DreamOptions options,
        DreamInputs inputs = {});

  /// What makes it, to be submitted; the image remains when it has ended, however that was. Throws an Error if another
  /// job of this image lives.
  std::unique_ptr<Job> job(Scheduler& scheduler) const;
  /// Makes it whole, and waits.
  void run(Scheduler& scheduler) const;
  /// The job completes after the step that runs; another one can go on. A job that is cancelled instead may leave a
  /// step half done: then only load() or a new Dream go on.
  void stop() const;

  const DreamOptions& options() const;
  /// The objective in one spelling, classes by number.
  const std::string& objective() const;
  std::int64_t steps() const;  // that are done, of options().steps
  bool done() const;
  std::vector<DreamStep> metrics() const;

  /// What is there so far, in the size of the current octave; the start before the first step. While it is being made,
  /// the image of spectra is the one that the last step saw.
  image::Image image(std::int64_t variant = 0) const;
  /// The same as numbers [C, H, W] in 0 … 1.
  Tensor planes(std::int64_t variant = 0) const;

  /// The image, the optimizer's state and the step in a safetensors file. Not while a step runs: from after_step, or
  /// when no job runs.
  void save(const std::filesystem::path& file) const;
  /// Goes on from such a file, to the bits that an uninterrupted run would have. Throws an Error if it is of another
  /// objective or other options.
  void load(const std::filesystem::path& file) const;

  /// Bytes that the job needs in addition to the weights.
  std::size_t memory_bytes() const;
  /// The same without a limit.
  std::size_t unlimited_bytes() const;
  /// What a step of the largest octave holds on these workers; see runtime/flow/memory_report.h. Of a tiled image, the
  /// flow that sees the tiles.
  MemoryReport memory_report(Scheduler& scheduler) const;

  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

/// Makes all of them at once and waits. Throws the first failure when all others have ended.
void dream_all(Scheduler& scheduler, const std::vector<Dream>& dreams);

}  // namespace backflow::dream
