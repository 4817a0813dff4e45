// The tensors that live between runs: parameters, optimizer state, running statistics.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <backflow/graph/initializer.h>
#include <backflow/runtime/flow/tensor.h>

namespace backflow {

class Store {
 public:
  explicit Store(std::uint64_t seed = 1) : seed_(seed) {}

  /// The tensor called `name`; made and drawn from `initial` if it is not there yet. The draw depends on seed, name and
  /// shape alone. Throws an Error if it is there with another shape.
  Tensor& obtain(const std::string& name, const Spec& spec, const Layout& layout, const Initializer& initial);
  /// Throws an Error, with the names that exist, if there is none.
  Tensor& at(const std::string& name);
  const Tensor& at(const std::string& name) const;
  bool contains(const std::string& name) const { return tensors_.contains(name); }
  /// Row-major copy.
  Tensor plain(const std::string& name) const { return reordered(at(name), Layout()); }
  /// Overwrites the tensor's values, or adds it, from a row-major one. Throws an Error if the shapes differ.
  void assign(const std::string& name, const Tensor& plain);

  /// From now on no tensor that is there may change: assign() fails, and so does a flow with updates. What flows
  /// compute from parameters alone they compute once and share: a network whose input is optimized is several times
  /// cheaper.
  void freeze() { frozen_ = true; }
  bool frozen() const { return frozen_; }
  /// A form of frozen weights under the key that the compiler gave it, made by `make` if it is not there yet.
  Tensor& derived(const std::string& key, const std::function<Tensor()>& make);

  const std::map<std::string, Tensor>& tensors() const { return tensors_; }
  std::uint64_t seed() const { return seed_; }

  /// Grows whenever a tensor may have changed; a step that changes some says so. What somebody derived from tensors is
  /// good as long as it stays.
  std::uint64_t version() const { return std::atomic_ref(version_).load(); }
  void changed() { ++std::atomic_ref(version_); }

 private:
  std::uint64_t seed_;
  mutable std::uint64_t version_ = 0;
  std::map<std::string, Tensor> tensors_, derived_;
  bool frozen_ = false;
};

/// A row-major tensor of first values.
Tensor draw(const std::string& name, const Spec& spec, const Initializer& initial, std::uint64_t seed);

}  // namespace backflow
