// The kinds of stages. Internal to runtime/dream/.
#pragma once

#include "runtime/dream/stage.h"

namespace backflow {

std::unique_ptr<Stage> make_whole_stage(const DreamPlan& plan, const Octave& octave, Store& own, Scheduler& scheduler);

/// Bytes of temporary values.
std::size_t whole_stage_arena(const DreamPlan& plan, const Octave& octave);

}  // namespace backflow
