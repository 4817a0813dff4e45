// y = A x Bᵀ on every image of a batch, A and B sparse: what resizing and mirroring have in common. Internal to ops/.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/taps.h>

namespace backflow {

/// x [N, C, H, W] f32 → y [N, C, rows, columns]; the gradient is the same with both matrices transposed.
Value resample(const std::string& kind, Value x, Taps rows, Taps columns, const std::string& name);

}  // namespace backflow
