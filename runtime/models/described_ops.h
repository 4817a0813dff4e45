// The ops that a network's description can have. Internal to runtime/models/.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <backflow/runtime/models/network_builder.h>

namespace backflow::models {

/// Above these a description is damaged or an attack; their products fit 64 bits.
constexpr std::size_t kManyDescribedInputs = 1000;
constexpr std::int64_t kMaxDescribedLength = 1 << 20, kMaxDescribedElements = std::int64_t{1} << 31;

/// Throws an Error unless each length is 1 … kMaxDescribedLength · `batch` and the product is in its bound.
void check_described_shape(const Shape& shape, std::int64_t batch);

/// One node of a description with its inputs.
class DescribedCall {
 public:
  DescribedCall(NetworkBuilder& to, std::vector<Value> inputs, const OpOptions& options, std::string node, Shape sample)
      : builder(to), in(std::move(inputs)), name(std::move(node)), sample_(std::move(sample)), options_(options) {}

  NetworkBuilder& builder;
  std::vector<Value> in;
  std::string name;

  /// Finite numbers, `count` of them.
  const std::vector<double>& numbers(const std::string& key, std::size_t count) const;
  /// Whole numbers from `least`.
  std::vector<std::int64_t> integers(const std::string& key, std::size_t count, std::int64_t least) const;
  std::int64_t integer(const std::string& key, std::int64_t least) const { return integers(key, 1, least)[0]; }
  float number(const std::string& key) const;
  /// Of the result, of an op that changes it freely: the first axis is the batch, the rest is in the description.
  Shape shape() const;

 private:
  Shape sample_;
  const OpOptions& options_;
};

struct DescribedOp {
  std::size_t least_inputs, most_inputs;
  Value (*make)(const DescribedCall& call);
  bool has_shape = false;  // the result's, which depends on the batch
};

/// By Op::kind().
const std::map<std::string, DescribedOp>& described_ops();
/// Those of them that are functions of each number, and that move numbers.
std::map<std::string, DescribedOp> described_functions();
std::map<std::string, DescribedOp> described_moves();

}  // namespace backflow::models
