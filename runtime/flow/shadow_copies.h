// Copies of parameters in bf16 that a flow reads. Its own updates write them; where anything else has changed the
// parameters, they are made again before the next step. Internal to runtime/flow/.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include <backflow/graph/kernel.h>
#include <backflow/runtime/flow/store.h>

namespace backflow {

class ShadowCopies {
 public:
  /// A step of the flow changes tensors of this store.
  void changes(Store& store) { stores_.insert(&store); }
  void add(std::unique_ptr<Kernel> cast, const std::byte* parameter, std::byte* copy) {
    copies_.push_back({std::move(cast), parameter, copy});
  }
  /// To be called before each step.
  void begin_step() {
    if (versions() != seen_)
      for (Copy& c : copies_) c.cast->run({&c.parameter, &c.copy, nullptr});
    for (Store* s : stores_) s->changed();
    seen_ = versions();
  }

 private:
  struct Copy {
    std::unique_ptr<Kernel> cast;
    const std::byte* parameter;
    std::byte* copy;
  };

  std::uint64_t versions() const {
    std::uint64_t sum = 0;
    for (const Store* s : stores_) sum += s->version();
    return sum;
  }

  std::vector<Copy> copies_;
  std::set<Store*> stores_;
  std::uint64_t seen_ = static_cast<std::uint64_t>(-1);  // versions for which the copies are right
};

}  // namespace backflow
