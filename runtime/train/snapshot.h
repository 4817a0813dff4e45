// Copies of a model's parameters, taken between two steps while training goes on.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <backflow/runtime/flow/store.h>

namespace backflow::train {

/// The parameters as they were after one step. Never changes.
class Snapshot {
 public:
  /// A copy of those tensors of `store` that `wanted` names; all of them, if it is null.
  Snapshot(const Store& store, std::int64_t version, std::int64_t step, bool (*wanted)(const std::string&) = nullptr);

  std::int64_t version() const { return version_; }  // 1 for the first
  std::int64_t step() const { return step_; }        // after which it was taken
  std::size_t bytes() const;
  /// Row-major copies in a store of their own, for flows that only read, or train on.
  Store store() const;
  /// Overwrites the tensors of `store` that have these names, or adds them.
  void assign_to(Store& store) const;

 private:
  std::int64_t version_, step_;
  std::uint64_t seed_;
  std::map<std::string, Tensor> tensors_;  // in the layouts that training chose
};

/// Overwrites the weights of `to`, or adds them: of each parameter of `from` its moving average where it has one
/// (MinimizeOptions::average_keep), else itself.
void assign_averages(const Store& from, Store& to);

/// The newest snapshot, and who wants to know. Thread-safe.
class Snapshots {
 public:
  /// Copies the parameters of `store`, and leaves out the optimizer's state. To be called between two steps: from
  /// Job::next() or a hook of TrainJob.
  std::shared_ptr<const Snapshot> publish(const Store& store, std::int64_t step);
  /// Null before the first. It stays as it is as long as somebody has it, whatever is published later.
  std::shared_ptr<const Snapshot> latest() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> latest_;
};

}  // namespace backflow::train
