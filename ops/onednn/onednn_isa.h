// The instructions that oneDNN uses. Internal to ops/.
#pragma once

#include <dnnl.hpp>

namespace backflow {

/// The best set of this CPU within BACKFLOW_MAX_ISA, which the first call makes oneDNN obey.
dnnl::cpu_isa onednn_isa();

}  // namespace backflow
