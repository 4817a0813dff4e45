// The steps of one octave: the flows that compute them, and what they report. Internal to runtime/dream/.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <backflow/runtime/dream/dream_networks.h>
#include <backflow/runtime/dream/octave/octaves.h>
#include <backflow/runtime/dream/options.h>
#include <backflow/runtime/dream/random_key.h>
#include <backflow/runtime/flow/memory_report.h>
#include <backflow/runtime/image/image.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {

/// What all octaves of an image share.
struct DreamPlan {
  std::shared_ptr<DreamNetworks> networks;
  std::vector<Objective> objectives;  // resolved, one for each network
  DreamOptions options;
  std::string target;  // the objective in one spelling; a part of every random number
  std::optional<image::Image> photo, guide, mask;
  std::size_t memory_limit = 0;  // of octave_bytes(); 0: none

  std::vector<RandomKey> keys() const;  // one for each variant
  Shape pixels(const Octave& octave) const {
    return {options.variants, networks->channels(), octave.height, octave.width};
  }
};

/// What a step saw.
struct Seen {
  double objective = 0, probability = -1;
};

class OctaveRunner {
 public:
  virtual ~OctaveRunner() = default;

  /// The flow of the next piece of step `step`, or null when all of its pieces have ended. `below` says that ReLUs of
  /// the objective are to be looked below.
  virtual Flow* next(std::int64_t step, bool below) = 0;
  /// Of the step that has ended.
  virtual Seen seen() const = 0;
  /// After the last step: a flow that makes pixels of the parameters, or null where they are pixels.
  virtual Flow* finish() = 0;
  /// The image as numbers, [N, C, H, W]: after finish() the last, before it the one that the last step saw or left.
  virtual Tensor planes() const = 0;
  /// Of the flow that looks at the image.
  virtual MemoryReport memory_report() const = 0;
};

/// `own` has the states of make_states() and outlives the stage.
std::unique_ptr<OctaveRunner> make_octave_runner(const DreamPlan& plan, const Octave& octave, Store& own,
                                                 Scheduler& scheduler);

/// The image and the optimizer's states, zero, where the flows of `octave` expect them.
void make_states(const DreamPlan& plan, const Octave& octave, Store& own);

/// Bytes that the runner needs in addition to the weights; more than the plan's limit if that cannot be met.
std::size_t octave_bytes(const DreamPlan& plan, const Octave& octave);
/// OctaveRunner::memory_report() of a runner that is not made, but for the workers' blocks.
MemoryReport planned_memory(const DreamPlan& plan, const Octave& octave);

}  // namespace backflow::dream
