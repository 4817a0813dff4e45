#include <backflow/ops/onednn/self_check.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <memory>
#include <string_view>

#include <backflow/graph/bf16.h>
#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/element_copy.h>
#include <backflow/ops/onednn/bf16_units.h>
#include <backflow/ops/onednn/kernel_thread.h>
#include <backflow/ops/onednn/onednn_version.h>

namespace backflow::onednn {
namespace {

constexpr std::array<std::string_view, 2> kTested{"2.6.3", "3.7.2"};  // Debian 12 and 13

thread_local bool is_checking = false;

/// Bytes aligned as kernels want them; all ones, which is NaN, until they are written.
class Memory {
 public:
  explicit Memory(std::size_t bytes) : bytes_(bytes + kAlignment, std::byte{0xFF}) {}
  std::byte* begin() {
    void* aligned = bytes_.data();
    std::size_t space = bytes_.size();
    return static_cast<std::byte*>(std::align(kAlignment, 1, aligned, space));
  }

 private:
  static constexpr std::size_t kAlignment = 64;
  std::vector<std::byte> bytes_;
};

/// Row-major where the op does not care.
View view_of(const Spec& spec, const Layout& layout) { return whole_view(spec, layout.is_any() ? Layout() : layout); }

Memory memory_of(const View& v) {
  return Memory(static_cast<std::size_t>(physical_elements(v.shape, v.layout)) * size_of(v.whole.type));
}

Memory reordered(const View& from, Memory& source, const View& to) {
  Memory target = memory_of(to);
  const std::byte* in = source.begin();
  std::byte* out = target.begin();
  element_copy(from, to)->run({&in, &out, nullptr});
  return target;
}

/// `array` as a kernel reads it.
Memory written(const Array& array, const View& v) {
  const View plain = whole_view(v.whole, {});
  Memory memory = memory_of(plain);
  auto* f32 = reinterpret_cast<float*>(memory.begin());
  auto* bf16 = reinterpret_cast<Bf16*>(memory.begin());
  for (std::size_t i = 0; i < array.data.size(); ++i)
    if (v.whole.type == Type::bf16)
      bf16[i] = Bf16::of(array.data[i]);
    else
      f32[i] = array.data[i];
  return reordered(plain, memory, v);
}

Array read(const View& v, Memory& memory) {
  Memory plain = reordered(v, memory, whole_view(v.whole, {}));
  const auto* f32 = reinterpret_cast<const float*>(plain.begin());
  const auto* bf16 = reinterpret_cast<const Bf16*>(plain.begin());
  Array array(v.shape);
  for (std::size_t i = 0; i < array.data.size(); ++i)
    array.data[i] = v.whole.type == Type::bf16 ? static_cast<float>(bf16[i]) : f32[i];
  return array;
}

/// What the op can have in bf16.
void narrow(const Op& op, Signature& s) {
  const OpTraits traits = op.traits();
  Bf16Rule rule;
  if (traits.bf16) rule = traits.bf16(s);
  if (traits.reorder) rule = {.in = {true}, .out = {true}};
  for (std::size_t i = 0; i < rule.in.size(); ++i)
    if (rule.in[i]) s.in[i].type = Type::bf16;
  for (std::size_t i = 0; i < rule.out.size(); ++i)
    if (rule.out[i]) s.out[i].type = Type::bf16;
}

/// The op in one tile, in the layouts that it asks for.
Array run(const Op& op, const std::vector<const Array*>& in, Type type) {
  Signature s;
  std::vector<Layout> offered;
  for (const Array* array : in) {
    s.in.push_back({array->shape});
    offered.push_back(Layout::channels_last(array->shape.size()));
  }
  s.out = op.infer(s.in);
  if (type == Type::bf16) narrow(op, s);
  const Layouts layouts = op.layouts(s, offered);
  std::vector<View> from;
  std::vector<Memory> operands;
  std::vector<const std::byte*> pointers;
  for (std::size_t i = 0; i < in.size(); ++i) {
    from.push_back(view_of(s.in[i], layouts.in[i]));
    operands.push_back(written(*in[i], from[i]));
    pointers.push_back(operands[i].begin());
  }
  const View to = view_of(s.out[0], layouts.out[0]);
  const auto kernel = op.kernel(from, std::span(&to, 1));
  Memory result = memory_of(to), scratch(kernel->scratch_bytes());
  std::byte* out = result.begin();
  kernel->run({pointers.data(), &out, scratch.begin()});
  return read(to, result);
}

/// Odd quarters, none of them 0: bf16 holds them, and f32 their products and sums.
Array numbers(const Shape& shape, std::uint32_t seed) {
  Array array(shape);
  std::uint32_t state = seed * 2654435761U + 1;
  for (float& x : array.data) {
    state = state * 1664525U + 1013904223U;
    x = static_cast<float>(static_cast<int>(state >> 29) * 2 - 7) / 4;
  }
  return array;
}

/// Every value of the graph; leaves have numbers of their own.
std::vector<Array> values_of(const Graph& g, Type type) {
  std::vector<Array> values;
  for (std::size_t n = 0; n < g.size(); ++n) {
    const Node& node = g.node(n);
    std::vector<const Array*> in;
    for (const Value& v : node.in) in.push_back(&values[v.node]);
    values.push_back(node.op ? run(*node.op, in, type) : numbers(node.out[0].shape, static_cast<std::uint32_t>(n + 1)));
  }
  return values;
}

std::string difference(const Array& got, const Array& expected, Type type) {
  float largest = 0;
  for (float x : expected.data) largest = std::max(largest, std::abs(x));
  const float tolerance = largest * (type == Type::bf16 ? 0.02F : 1e-4F);
  for (std::size_t i = 0; i < got.data.size(); ++i)
    if (!(std::abs(got.data[i] - expected.data[i]) <= tolerance))
      return str_cat("element ", i, " of ", to_string(got.shape), " is ", got.data[i], ", expected ", expected.data[i]);
  return {};
}

Faults find_faults() {
  is_checking = true;
  const KernelThread thread;
  Faults found;
  for (const Probe& probe : probes())
    for (const Type type : {Type::f32, Type::bf16}) {
      if (type == Type::bf16 && bf16_units() == Bf16Units::absent) continue;
      const std::string text = fault(probe, type);
      if (!text.empty()) found.try_emplace({probe.kind, type == Type::bf16}, text);
    }
  is_checking = false;
  return found;
}

}  // namespace

std::string fault(const Probe& probe, Type type) try {
  Graph g;
  std::vector<Value> wrt;
  for (const Shape& shape : probe.in) wrt.push_back(g.input(str_cat("x", wrt.size()), {shape}));
  const Value y = probe.build(g, wrt), dy = g.input("dy", {y.shape()});
  std::vector<Array> in;
  for (const Value& v : wrt) in.push_back(numbers(v.shape(), static_cast<std::uint32_t>(v.node + 1)));
  in.push_back(numbers(dy.shape(), static_cast<std::uint32_t>(dy.node + 1)));
  const auto expected = probe.answer(in);
  std::vector<Value> results{y};
  if (expected.size() > 1)
    for (const Value& v : gradient({y}, wrt, {dy})) results.push_back(v);
  const auto values = values_of(g, type);
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (auto text = difference(values[results[i].node], expected[i], type); !text.empty())
      return str_cat(probe.name, i == 0 ? "" : str_cat(", gradient by input ", i - 1), " in ", to_string(type), ": ",
                     text);
  return {};
} catch (const std::exception& e) {
  return str_cat(probe.name, " in ", to_string(type), ": ", e.what());
}

bool is_tested(const std::string& version) { return std::ranges::find(kTested, version) != kTested.end(); }

const Faults& faults() {
  static const Faults found = is_tested(onednn_version()) ? Faults{} : find_faults();
  return found;
}

std::string remark(const std::string& version, const Faults& found) {
  if (is_tested(version)) return {};
  std::string text = " (not among the versions that backflow is tested with; its self-check ";
  if (found.empty()) return text + "found nothing wrong)";
  for (const auto& [kind, fault] : found) text += (kind == found.begin()->first ? "failed: " : "; ") + fault;
  return text + ")";
}

void refuse(const Faults& found, const char* op, Kind kind, bool bf16) {
  const auto fault = found.find({kind, bf16});
  if (fault == found.end()) return;
  fail("[", op, "] oneDNN ", onednn_version(), " computes wrong values (", fault->second, "); backflow is tested with ",
       kTested[0], " and ", kTested[1]);
}

void require_sound(const char* op, Kind kind, bool bf16) {
  if (!is_checking) refuse(faults(), op, kind, bf16);
}

}  // namespace backflow::onednn
