#include <backflow/runtime/train/snapshot.h>

#include <cstring>

#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/minimize.h>

namespace backflow::train {

Snapshot::Snapshot(const Store& store, std::int64_t version, std::int64_t step, bool (*wanted)(const std::string&))
    : version_(version), step_(step), seed_(store.seed()) {
  for (const auto& [name, tensor] : store.tensors()) {
    if (wanted && !wanted(name)) continue;
    Tensor& copy = tensors_.emplace(name, Tensor(tensor.spec(), tensor.layout())).first->second;
    std::memcpy(copy.data(), tensor.data(), tensor.bytes());
  }
}

std::size_t Snapshot::bytes() const {
  std::size_t total = 0;
  for (const auto& [name, tensor] : tensors_) total += tensor.bytes();
  return total;
}

Store Snapshot::store() const {
  Store result(seed_);
  assign_to(result);
  return result;
}

void Snapshot::assign_to(Store& store) const {
  for (const auto& [name, tensor] : tensors_) store.assign(name, reordered(tensor, Layout()));
}

void assign_averages(const Store& from, Store& to) {
  for (const auto& [name, tensor] : from.tensors()) {
    if (!is_weight(name)) continue;
    const auto average = from.tensors().find(name + kAverageSuffix);
    to.assign(name, reordered(average == from.tensors().end() ? tensor : average->second, Layout()));
  }
}

std::shared_ptr<const Snapshot> Snapshots::publish(const Store& store, std::int64_t step) {
  const auto before = latest();
  auto made = std::make_shared<const Snapshot>(store, before ? before->version() + 1 : 1, step, is_weight);
  const std::scoped_lock lock(mutex_);
  latest_ = made;
  return made;
}

std::shared_ptr<const Snapshot> Snapshots::latest() const {
  const std::scoped_lock lock(mutex_);
  return latest_;
}

}  // namespace backflow::train
