// Small problems with known answers. A oneDNN that the tests were not run with has to solve them before an op may use
// it: two versions so far computed wrong values in silence. Internal to ops/.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <backflow/graph/graph.h>

namespace backflow::onednn {

enum class Kind : std::uint8_t { convolution, matmul, pooling, eltwise, softmax, reorder };

/// Row-major, f32.
struct Array {
  Shape shape;
  std::vector<float> data;

  explicit Array(const Shape& s) : shape(s), data(static_cast<std::size_t>(elements(s))) {}
};

struct Probe {
  Kind kind;
  std::string name;
  std::vector<Shape> in;
  std::function<Value(Graph& graph, const std::vector<Value>& in)> build;
  /// From the inputs, and behind them the gradient of the output: the output, and unless there is no gradient rule that
  /// of each input.
  std::function<std::vector<Array>(std::span<const Array> in)> answer;
};

/// At least one of each kind.
std::vector<Probe> probes();

/// What is wrong in the op's answer where its operands are of this type; empty if nothing is.
std::string fault(const Probe& probe, Type type);

/// By kind, and whether operands are bf16: the first fault.
using Faults = std::map<std::pair<Kind, bool>, std::string>;

/// Whether the tests were run with this version.
bool is_tested(const std::string& version);
/// Those of the version that is loaded, found by the first call. Nothing is computed for a version that is tested.
const Faults& faults();
/// What a report of the version should add; empty for one that is tested.
std::string remark(const std::string& version, const Faults& found);
/// Throws an Error, in the name of `op`, if `found` has a fault of this kind.
void refuse(const Faults& found, const char* op, Kind kind, bool bf16);
/// The same for faults(). Inside the check itself all is allowed.
void require_sound(const char* op, Kind kind, bool bf16);

}  // namespace backflow::onednn
