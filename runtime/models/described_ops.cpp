#include <backflow/runtime/models/described_ops.h>

#include <cmath>
#include <limits>

#include <backflow/graph/error.h>
#include <backflow/ops/average_pool2d.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/local_response_norm.h>
#include <backflow/ops/log_softmax.h>
#include <backflow/ops/matmul.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/softmax.h>

namespace backflow::models {
namespace {

Pair pair_of(const DescribedCall& c, const char* key) {
  const auto n = c.integers(key, 2, 1);
  return {n[0], n[1]};
}

Padding padding_of(const DescribedCall& c) {
  const auto n = c.integers("padding", 4, 0);
  return {n[0], n[1], n[2], n[3]};
}

Value third_input(const DescribedCall& c) { return c.in.size() > 2 ? c.in[2] : Value{}; }

Value described_conv2d(const DescribedCall& c) {
  return conv2d(c.in[0], c.in[1], third_input(c),
                {.stride = pair_of(c, "stride"),
                 .padding = padding_of(c),
                 .dilation = pair_of(c, "dilation"),
                 .groups = c.integer("groups", 1),
                 .name = c.name});
}

Value described_batch_norm(const DescribedCall& c) {
  require(c.in[0].shape().size() >= 2, "[batch_norm] input needs an axis of channels, got ",
          to_string(c.in[0].shape()));
  // One that is not trained keeps its statistics too.
  const bool is_frozen = c.in[1].graph->node(c.in[1]).leaf == Leaf::state;
  return batch_norm(
      c.in[0], {c.in[1], c.in[2], c.in[3], c.in[4]},
      {.training = is_frozen ? std::optional(false) : std::nullopt, .epsilon = c.number("epsilon"), .name = c.name});
}

Value described_dropout(const DescribedCall& c) {
  const float p = c.number("p");
  require(p >= 0 && p < 1, "option 'p' has ", p, ", expected a number in [0, 1)");
  return c.builder.dropout(c.in[0], p, c.name);
}

Value described_matmul(const DescribedCall& c) {
  return matmul(c.in[0], c.in[1],
                {.transpose_a = c.integer("transpose_a", 0) != 0,
                 .transpose_b = c.integer("transpose_b", 0) != 0,
                 .name = c.name});
}

Value described_local_response_norm(const DescribedCall& c) {
  return local_response_norm(c.in[0], {.size = c.integer("size", 1),
                                       .alpha = c.number("alpha"),
                                       .beta = c.number("beta"),
                                       .k = c.number("k"),
                                       .name = c.name});
}

Value described_max_pool2d(const DescribedCall& c) {
  return max_pool2d(c.in[0], {.kernel = pair_of(c, "kernel"),
                              .stride = pair_of(c, "stride"),
                              .padding = padding_of(c),
                              .ceil_mode = c.integer("ceil_mode", 0) != 0,
                              .name = c.name});
}

Value described_average_pool2d(const DescribedCall& c) {
  return average_pool2d(c.in[0], {.kernel = pair_of(c, "kernel"),
                                  .stride = pair_of(c, "stride"),
                                  .padding = padding_of(c),
                                  .ceil_mode = c.integer("ceil_mode", 0) != 0,
                                  .count_include_pad = c.integer("count_include_pad", 0) != 0,
                                  .name = c.name});
}

}  // namespace

void check_described_shape(const Shape& shape, std::int64_t batch) {
  require(!shape.empty() && shape.size() <= kMaxAxes, "a value has ", shape.size(), " axes, expected 1 … ", kMaxAxes);
  double product = 1;
  for (auto n : shape) {
    require(n >= 1 && n <= kMaxDescribedLength * batch, "a value of shape ", to_string(shape), " is not possible");
    product *= static_cast<double>(n);
  }
  require(product <= static_cast<double>(kMaxDescribedElements), "a value of shape ", to_string(shape),
          " is too large");
}

const std::vector<double>& DescribedCall::numbers(const std::string& key, std::size_t count) const {
  const auto found = options_.find(key);
  require(found != options_.end() && found->second.size() == count, "option '", key, "' should have ", count,
          " numbers");
  return found->second;
}

std::vector<std::int64_t> DescribedCall::integers(const std::string& key, std::size_t count, std::int64_t least) const {
  std::vector<std::int64_t> result;
  for (double v : numbers(key, count)) {
    require(v >= static_cast<double>(least) && v <= static_cast<double>(kMaxDescribedLength) && v == std::floor(v),
            "option '", key, "' has ", v, ", expected a whole number ", least, " … ", kMaxDescribedLength);
    result.push_back(static_cast<std::int64_t>(v));
  }
  return result;
}

float DescribedCall::number(const std::string& key) const {
  const double v = numbers(key, 1)[0];
  require(std::abs(v) <= std::numeric_limits<float>::max(), "option '", key, "' has ", v, ", which is no float");
  return static_cast<float>(v);
}

Shape DescribedCall::shape() const {
  Shape result{in[0].shape().at(0)};
  result.insert(result.end(), sample_.begin(), sample_.end());
  check_described_shape(result, result[0]);
  return result;
}

const std::map<std::string, DescribedOp>& described_ops() {
  static const std::map<std::string, DescribedOp> table = [] {
    std::map<std::string, DescribedOp> all{
        {"average_pool2d", {1, 1, described_average_pool2d}},
        {"batch_norm", {5, 5, described_batch_norm}},
        {"conv2d", {2, 3, described_conv2d}},
        {"dropout", {1, 1, described_dropout}},
        {"linear", {2, 3, [](const DescribedCall& c) { return linear(c.in[0], c.in[1], third_input(c), c.name); }}},
        {"local_response_norm", {1, 1, described_local_response_norm}},
        {"log_softmax",
         {1, 1,
          [](const DescribedCall& c) {
            return log_softmax(c.in[0], {.axis = static_cast<int>(c.integer("axis", 0)), .name = c.name});
          }}},
        {"matmul", {2, 2, described_matmul}},
        {"max_pool2d", {1, 1, described_max_pool2d}},
        {"softmax",
         {1, 1,
          [](const DescribedCall& c) {
            return softmax(c.in[0], {.axis = static_cast<int>(c.integer("axis", 1)), .name = c.name});
          }}},
    };
    all.merge(described_functions());
    all.merge(described_moves());
    return all;
  }();
  return table;
}

}  // namespace backflow::models
