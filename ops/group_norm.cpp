#include <backflow/ops/group_norm.h>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/standardize.h>

namespace backflow {
namespace {

Value normalize_groups(const char* op, Value x, Value weight, Value bias, const GroupNormOptions& o) {
  const Shape& s = x.shape();
  require(s.size() >= 2, "[", op, "] input needs shape [N, C, …], got ", to_string(s));
  require(o.groups >= 1 && s[1] % o.groups == 0, "[", op, "] ", s[1], " channels do not go into ", o.groups, " groups");
  for (const Value& v : {weight, bias})
    require(!v || v.shape() == Shape{s[1]}, "[", op, "] weight and bias need shape [", s[1], "], got ",
            v ? to_string(v.shape()) : "");
  Shape by_channel(s.size() - 1, 1);
  by_channel[0] = s[1];
  Value y = standardize(reshape(x, {s[0] * o.groups, elements(s) / (s[0] * o.groups)}), o.epsilon, o.name);
  y = reshape(y, s);
  if (x.spec().image) x.graph->mark_image(y);
  if (weight) y = multiply(y, reshape(weight, by_channel));
  return bias ? add(y, reshape(bias, by_channel)) : y;
}

}  // namespace

Value group_norm(Value x, Value weight, Value bias, const GroupNormOptions& o) {
  return normalize_groups("group_norm", x, weight, bias, o);
}

Value instance_norm(Value x, Value weight, Value bias, float epsilon, const std::string& name) {
  const std::int64_t channels = x.shape().size() < 2 ? 1 : x.shape()[1];
  return normalize_groups("instance_norm", x, weight, bias, {.groups = channels, .epsilon = epsilon, .name = name});
}

}  // namespace backflow
