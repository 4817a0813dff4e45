// The kinds of stages. Internal to runtime/dream/.
#pragma once

#include <backflow/runtime/dream/octave/octave_runner.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {

std::unique_ptr<OctaveRunner> make_whole_runner(const DreamPlan& plan, const Octave& octave, Store& own,
                                                Scheduler& scheduler);
std::unique_ptr<OctaveRunner> make_tiled_runner(const DreamPlan& plan, const Octave& octave, Store& own,
                                                Scheduler& scheduler);

/// What the plan's memory limit leaves to temporary values when the image, its states and `more` bytes have theirs; 0
/// where there is no limit.
std::size_t arena_limit(const DreamPlan& plan, const Octave& octave, std::size_t more = 0);

/// Bytes of temporary values.
std::size_t whole_runner_arena(const DreamPlan& plan, const Octave& octave);
std::size_t tiled_runner_arena(const DreamPlan& plan, const Octave& octave);
/// Of the flow that looks at the image, before it is made.
MemoryReport whole_runner_memory(const DreamPlan& plan, const Octave& octave);
MemoryReport tiled_runner_memory(const DreamPlan& plan, const Octave& octave);

/// Whether pixels are computed from the parameters, not the parameters themselves.
bool needs_decoding(const DreamPlan& plan);
/// The pixels alone, as output "pixels".
void append_pixels(Graph& g, const DreamPlan& plan, const Octave& octave);

/// Whether an octave is larger than a tile.
bool is_tiled(const DreamPlan& plan, const Octave& octave);

/// Writes the inputs of paint() with a mask, as far as the flow reads them: the base is the photo, or grey.
void write_mask(Flow& flow, const DreamPlan& plan, const Octave& octave);

}  // namespace backflow::dream
