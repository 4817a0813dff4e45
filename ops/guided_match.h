// How well each place of a layer matches the best place of a guide: DeepDream guided by a photo.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y[n] = mean over all places p of max over k ⟨x[n, :, p], guide[k]⟩. x is [N, C, H, W], `guide` [K, C] (a layer's
/// values at K places of the guide), y [N]. The guide has no gradient.
Value guided_match(Value x, Value guide, const std::string& name = "");

}  // namespace backflow
