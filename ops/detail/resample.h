// Values times sparse matrices, along the height and width of images or along one axis: what resizing, mirroring and
// selecting have in common. Internal to ops/.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/resample.h>

namespace backflow {

/// y = A x Bᵀ on every image of a batch: x [N, C, H, W] f32 → y [N, C, rows, columns]; the gradient is the same with
/// both matrices transposed.
Value resample(const std::string& kind, Value x, Taps rows, Taps columns, const std::string& name);
/// resample() under another name.
Value resample(const std::string& kind, Value x, const ResampleOptions& options);

}  // namespace backflow
