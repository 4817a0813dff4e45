// Share of the samples whose largest logit is that of their label.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// logits [N, C], labels [N] of s32; the result is a scalar in 0 … 1, shape [1]. Of equal logits the first counts. It
/// has no gradient.
Value accuracy(Value logits, Value labels, const std::string& name = "");

}  // namespace backflow
