// Everything that a dream needs, checked before its first step. Internal to runtime/dream/.
#pragma once

#include <memory>
#include <string>

#include <backflow/runtime/dream/dream.h>
#include <backflow/runtime/dream/octave/octave_runner.h>

namespace backflow::dream {

/// Throws an Error if the options, the objective, the inputs and the networks do not go together, or if a network
/// cannot take one of the sizes.
DreamPlan plan_of(std::shared_ptr<DreamNetworks> networks, const std::string& objective, DreamOptions options,
                  DreamInputs inputs);

}  // namespace backflow::dream
