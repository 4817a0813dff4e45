// The tensors that live between runs: parameters, optimizer state, running statistics.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "graph/initializer.h"
#include "runtime/tensor.h"

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

  const std::map<std::string, Tensor>& tensors() const { return tensors_; }
  std::uint64_t seed() const { return seed_; }

 private:
  std::uint64_t seed_;
  std::map<std::string, Tensor> tensors_;
};

/// A row-major tensor of first values.
Tensor draw(const std::string& name, const Spec& spec, const Initializer& initial, std::uint64_t seed);

}  // namespace backflow
