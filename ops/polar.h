// Complex numbers from their phases, with fixed magnitudes: MACO (Fel et al. 2023) optimizes the phases of a spectrum.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// Real parts r cos φ, then imaginary parts r sin φ: `phase` is [N, C, H, V], `magnitude` [H, V], the result
/// [N, C, 2H, V]. The magnitude has no gradient.
Value polar(Value phase, Value magnitude, const std::string& name = "");

}  // namespace backflow
