// Ops that multiply each channel by a number known beforehand, and may add another: of frozen weights the compiler's
// pass `fold` lets the convolution beside them do it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <backflow/graph/op.h>

namespace backflow {

/// The forms of weights that do it. Each reads what the convolution has, then inputs of the op that is folded.
struct ChannelFold {
  std::shared_ptr<const Op> weights, bias;  // no bias where nothing is added
  std::vector<std::size_t> weights_in, bias_in;
};

class FoldsIntoWeights {
 public:
  virtual ~FoldsIntoWeights() = default;
  /// Into the op that makes input 0, or that alone reads the output; nothing if that one cannot take it.
  virtual std::optional<ChannelFold> fold_into(const Op& neighbour, bool has_bias) const = 0;
};

}  // namespace backflow
