#include <backflow/ops/abs.h>
#include <backflow/ops/add.h>
#include <backflow/ops/clip.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/elu.h>
#include <backflow/ops/erf.h>
#include <backflow/ops/exp.h>
#include <backflow/ops/gelu.h>
#include <backflow/ops/hard_sigmoid.h>
#include <backflow/ops/hardswish.h>
#include <backflow/ops/identity.h>
#include <backflow/ops/leaky_relu.h>
#include <backflow/ops/log.h>
#include <backflow/ops/maximum.h>
#include <backflow/ops/minimum.h>
#include <backflow/ops/mish.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/power.h>
#include <backflow/ops/reciprocal.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/relu6.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/selu.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/silu.h>
#include <backflow/ops/softsign.h>
#include <backflow/ops/sqrt.h>
#include <backflow/ops/subtract.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/models/described_ops.h>

namespace backflow::models {
namespace {

template <Value (*f)(Value, const std::string&)>
DescribedOp unary() {
  return {1, 1, [](const DescribedCall& c) { return f(c.in[0], c.name); }};
}

template <Value (*f)(Value, Value, const std::string&)>
DescribedOp binary() {
  return {2, 2, [](const DescribedCall& c) { return f(c.in[0], c.in[1], c.name); }};
}

/// Functions with numbers of their own.
std::map<std::string, DescribedOp> with_numbers() {
  using Call = const DescribedCall&;
  return {
      {"clip",
       {1, 1,
        [](Call c) {
          return clip(c.in[0], {c.number("low"), c.number("high"), c.name});
        }}},
      {"elu",
       {1, 1,
        [](Call c) {
          return elu(c.in[0], {c.number("alpha"), c.name});
        }}},
      {"gelu", {1, 1, [](Call c) { return gelu(c.in[0], {.name = c.name}); }}},
      {"hard_sigmoid",
       {1, 1,
        [](Call c) {
          return hard_sigmoid(c.in[0], {c.number("alpha"), c.number("beta"), c.name});
        }}},
      {"leaky_relu",
       {1, 1,
        [](Call c) {
          return leaky_relu(c.in[0], {c.number("alpha"), c.name});
        }}},
      {"scale", {1, 1, [](Call c) { return scale(c.in[0], c.number("factor"), c.name); }}},
      {"selu",
       {1, 1,
        [](Call c) {
          return selu(c.in[0], {c.number("alpha"), c.number("gamma"), c.name});
        }}},
  };
}

}  // namespace

std::map<std::string, DescribedOp> described_functions() {
  auto all = with_numbers();
  all.merge(std::map<std::string, DescribedOp>{
      {"abs", unary<abs>()},
      {"add", binary<add>()},
      {"divide", binary<divide>()},
      {"erf", unary<erf>()},
      {"exp", unary<exp>()},
      {"hardswish", unary<hardswish>()},
      {"identity", unary<identity>()},
      {"log", unary<log>()},
      {"maximum", binary<maximum>()},
      {"minimum", binary<minimum>()},
      {"mish", unary<mish>()},
      {"multiply", binary<multiply>()},
      {"power", binary<power>()},
      {"reciprocal", unary<reciprocal>()},
      {"relu", unary<relu>()},
      {"relu6", unary<relu6>()},
      {"sigmoid", unary<sigmoid>()},
      {"silu", unary<silu>()},
      {"softsign", unary<softsign>()},
      {"sqrt", unary<sqrt>()},
      {"subtract", binary<subtract>()},
      {"tanh", unary<tanh>()},
  });
  return all;
}

}  // namespace backflow::models
