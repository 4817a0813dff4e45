#include <backflow/runtime/models/layer_words.h>

#include <backflow/graph/error.h>
#include <backflow/ops/adaptive_average_pool2d.h>
#include <backflow/ops/add.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/elu.h>
#include <backflow/ops/gelu.h>
#include <backflow/ops/hardswish.h>
#include <backflow/ops/leaky_relu.h>
#include <backflow/ops/mish.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/relu6.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/silu.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/models/described_ops.h>
#include <backflow/runtime/models/networks.h>

namespace backflow::models {
namespace {

using Builder = NetworkBuilder;
using Inputs = std::vector<Value>;

constexpr double kMaxSideOfLayer = 1 << 14;
constexpr std::size_t kMostInputs = 64;

template <Value (*f)(Value, const std::string&)>
LayerWord function_word() {
  return {{}, [](Builder& b, const Inputs& in, const LayerOptions& o) { return b.keep(o.name, f(in[0], o.name)); }};
}

template <Value (*f)(Value, Value, const std::string&)>
LayerWord combining_word() {
  return {{"with"},
          [](Builder& b, const Inputs& in, const LayerOptions& o) { return b.keep(o.name, f(in[0], in[1], o.name)); },
          "",
          {"with"},
          2};
}

/// Numbers of a layer's weights are bounded before anything multiplies them.
void check_weights(const LayerOptions& o, Value x, double of_each) {
  const std::size_t axis = x.shape().size() == 4 ? 1 : x.shape().size() - 1;
  const double numbers = static_cast<double>(o.out) * static_cast<double>(x.shape()[axis]) * of_each;
  require(numbers <= static_cast<double>(kMaxDescribedElements), "it would have ", numbers, " weights");
}

Value conv2d_layer(Builder& b, const Inputs& in, const LayerOptions& o) {
  check_weights(o, in[0], static_cast<double>(o.kernel.front()) * static_cast<double>(o.kernel.back()));
  return b.conv2d(in[0], {.out = o.out,
                          .kernel = o.pair(o.kernel),
                          .stride = o.stride.empty() ? Pair(1) : o.pair(o.stride),
                          .padding = o.padding_of(),
                          .dilation = o.pair(o.dilation),
                          .groups = o.groups,
                          .bias = o.bias,
                          .name = o.name});
}

Value linear_layer(Builder& b, const Inputs& in, const LayerOptions& o) {
  check_weights(o, in[0], 1);
  return b.linear(in[0], {.out = o.out, .bias = o.bias, .name = o.name});
}

std::optional<Pair> stride_of(const LayerOptions& o) {
  return o.stride.empty() ? std::nullopt : std::optional(o.pair(o.stride));
}

Value max_pool2d_layer(Builder& b, const Inputs& in, const LayerOptions& o) {
  return b.max_pool2d(in[0], {.kernel = o.pair(o.kernel),
                              .stride = stride_of(o),
                              .padding = o.padding_of(),
                              .ceil_mode = o.ceil_mode,
                              .dilation = o.pair(o.dilation),
                              .name = o.name});
}

Value average_pool2d_layer(Builder& b, const Inputs& in, const LayerOptions& o) {
  return b.keep(o.name, average_pool2d(in[0], {.kernel = o.pair(o.kernel),
                                               .stride = stride_of(o),
                                               .padding = o.padding_of(),
                                               .ceil_mode = o.ceil_mode,
                                               .count_include_pad = o.count_include_pad,
                                               .name = o.name}));
}

Value adaptive_layer(Builder& b, const Inputs& in, const LayerOptions& o) {
  return b.keep(o.name, adaptive_average_pool2d(in[0], {.height = o.height, .width = o.width, .name = o.name}));
}

std::map<std::string, LayerWord> functions_of_layers() {
  return {
      {"elu",
       {{"alpha"},
        [](Builder& b, const Inputs& in, const LayerOptions& o) {
          return b.keep(o.name, elu(in[0], {static_cast<float>(o.alpha), o.name}));
        }}},
      {"gelu",
       {{},
        [](Builder& b, const Inputs& in, const LayerOptions& o) {
          return b.keep(o.name, gelu(in[0], {.name = o.name}));
        }}},
      {"hardswish", function_word<hardswish>()},
      {"leaky_relu",
       {{"slope"},
        [](Builder& b, const Inputs& in, const LayerOptions& o) {
          return b.keep(o.name, leaky_relu(in[0], {static_cast<float>(o.slope), o.name}));
        }}},
      {"mish", function_word<mish>()},
      {"relu", function_word<relu>()},
      {"relu6", function_word<relu6>()},
      {"sigmoid", function_word<sigmoid>()},
      {"silu", function_word<silu>()},
      {"tanh", function_word<tanh>()},
  };
}

}  // namespace

Padding LayerOptions::padding_of() const {
  if (padding.size() == 4) return {padding[0], padding[1], padding[2], padding[3]};
  return {padding.front(), padding.back(), padding.front(), padding.back()};
}

const std::map<std::string, LayerWord>& layer_word_table() {
  static const std::map<std::string, LayerWord> all = [] {
    auto words = functions_of_layers();
    words.merge(std::map<std::string, LayerWord>{
        {"adaptive_average_pool2d", {{"height", "width"}, adaptive_layer, "", {"height", "width"}}},
        {"add", combining_word<add>()},
        {"average_pool2d",
         {{"kernel", "stride", "padding", "ceil_mode", "count_include_pad"}, average_pool2d_layer, "", {"kernel"}}},
        {"batch_norm",
         {{}, [](Builder& b, const Inputs& in, const LayerOptions& o) { return b.batch_norm(in[0], o.name); }, "bn"}},
        {"concat",
         {{"with"},
          [](Builder& b, const Inputs& in, const LayerOptions& o) {
            return b.keep(o.name, concat(in, {.name = o.name}));
          },
          "",
          {"with"},
          kMostInputs}},
        {"conv2d",
         {{"out", "kernel", "stride", "padding", "dilation", "groups", "bias"}, conv2d_layer, "conv", {"out"}}},
        {"dropout",
         {{"p"},
          [](Builder& b, const Inputs& in, const LayerOptions& o) {
            return b.keep(o.name, b.dropout(in[0], static_cast<float>(o.p), o.name));
          }}},
        {"flatten", {{}, [](Builder&, const Inputs& in, const LayerOptions& o) { return flatten(in[0], o.name); }}},
        {"global_average_pool2d",
         {{},
          [](Builder& b, const Inputs& in, const LayerOptions& o) {
            return b.keep(o.name, global_average_pool2d(in[0], o.name));
          }}},
        {"linear", {{"out", "bias"}, linear_layer, "fc", {"out"}}},
        {"max_pool2d",
         {{"kernel", "stride", "padding", "ceil_mode", "dilation"}, max_pool2d_layer, "pool", {"kernel"}}},
        {"multiply", combining_word<multiply>()},
        {"reduce_mean",
         {{"axes"},
          [](Builder& b, const Inputs& in, const LayerOptions& o) {
            return b.keep(o.name, reduce_mean(in[0], {.axes = o.axes, .name = o.name}));
          }}},
    });
    return words;
  }();
  return all;
}

const std::string& prefix_of(const std::string& word) {
  const std::string& prefix = layer_word_table().at(word).prefix;
  return prefix.empty() ? word : prefix;
}

files::OptionTable table(LayerOptions& o) {
  const files::Range side{1, kMaxSideOfLayer}, width{1, static_cast<double>(kMaxWidth)};
  return {
      {"name", &o.name},
      {"from", &o.from},
      {"out", &o.out, "", width},
      {"groups", &o.groups, "", width},
      {"height", &o.height, "", side},
      {"width", &o.width, "", side},
      {"kernel", &o.kernel, "", side},
      {"stride", &o.stride, "", side},
      {"padding", &o.padding, "", {0, kMaxSideOfLayer}},
      {"dilation", &o.dilation, "", side},
      {"axes", &o.axes, "", {1, 3}},
      {"bias", &o.bias},
      {"ceil_mode", &o.ceil_mode},
      {"count_include_pad", &o.count_include_pad},
      {"alpha", &o.alpha},
      {"slope", &o.slope},
      {"p", &o.p, "", files::below_one()},
  };
}

}  // namespace backflow::models
