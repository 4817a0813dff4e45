// Ops that would rather read weights in a form that is computed beforehand: transformed, folded, packed. The compiler's
// pass `prepare` appends the node that computes it; where weights are frozen it runs once, not in every step.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <backflow/graph/op.h>

namespace backflow {

/// The op that takes over, and what computes its input `input` from what that is now.
struct Preparation {
  std::size_t input;
  std::shared_ptr<const Op> weights, op;
};

class Preparable {
 public:
  virtual ~Preparable() = default;
  /// Null where the op reads its weights best as they are. `frozen`: computing the form costs nothing.
  virtual std::optional<Preparation> prepared(const Signature& whole, bool frozen) const = 0;
};

/// An op that turns weights into another form. Ops of one identity compute the same from the same inputs.
class WeightForm {
 public:
  virtual ~WeightForm() = default;
  virtual std::string identity() const = 0;
};

}  // namespace backflow
