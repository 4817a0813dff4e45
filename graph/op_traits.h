// What the compiler and other readers of a graph need to know of an op, as one value. An op that says nothing runs as
// it is: in f32, unfused, every value in a place of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow {

class Activation;  // ops/onednn/activation.h
class Op;
struct Signature;

/// What a pixel of the output depends on, for images [N, C, H, W].
enum class Locality : std::uint8_t {
  unknown,    // the op does not say
  pointwise,  // the same pixel of each input, and inputs that have no pixels
  window,     // the pixels of input 0 that OpTraits::window names
  global      // more than a window that moves along with it
};

/// Along an axis, pixel i of the output reads the pixels i · stride − before … i · stride − before + length − 1.
struct SlidingWindow {
  struct Axis {
    std::int64_t length = 1, stride = 1, before = 0;
  };
  Axis rows, columns;
};

/// Values that kernels can read or write in bf16; those of another type than f32 never count. What an op does not
/// mention stays f32.
struct Bf16Rule {
  bool pays = false;  // products that are worth the conversion of what they read; they can write f32 as well
  std::vector<bool> in, out;
};

/// A range along one axis of a larger value.
struct Part {
  std::int64_t axis = 0, begin = 0, length = 0;
  bool operator==(const Part&) const = default;
};

/// min(max(x, low), high): relu, relu6, … A NaN stays one. Its gradient passes where the output lies between or is NaN.
struct Clamp {
  float low = 0, high = std::numeric_limits<float>::infinity();

  bool has_high() const { return high < std::numeric_limits<float>::infinity(); }
  float of(float x) const { return x < low ? low : x > high ? high : x; }
  bool operator==(const Clamp&) const = default;
};

/// The op that takes over, and what computes its input `input` from what that is now.
struct Prepacking {
  std::size_t input;
  std::shared_ptr<const Op> weights, op;
};

/// Whether a convolution can scale channels by scaling its weights, and which.
enum class ChannelScaling : std::uint8_t { none, of_output, of_input };

/// Forms of a convolution's weights that scale and shift its channels. Each reads what the convolution has, then inputs
/// of the op that is folded.
struct ChannelFold {
  std::shared_ptr<const Op> weights, bias;  // no bias where nothing is added
  std::vector<std::size_t> weights_in, bias_in;
};

/// An op's options by name, whole numbers and floats alike: {"stride", {2, 2}}.
using OpOptions = std::map<std::string, std::vector<double>>;

/// The functions may use the op and must not outlive it.
struct OpTraits {
  // What it computes.
  Locality locality = Locality::unknown;
  std::function<SlidingWindow(std::span<const Spec> in)> window = {};
  bool images = false;                       // what it makes of four axes is images, [N, C, H, W]
  bool sum = false;                          // Σ of its inputs, which have one shape
  bool keeps_order = false;                  // the input's elements in their order, in another shape
  std::vector<std::size_t> permutes = {};    // the input in another order of its axes: axis a is its permutes[a]
  bool reorder = false;                      // the input in another layout
  bool rectifier = false;                    // an activation whose gradient is 0 on a side, where it learns nothing
  std::optional<Clamp> clamp = {};           // the clamp that it is
  std::optional<Clamp> clamp_gradient = {};  // the clamp whose gradient it is; inputs: dy, the clamp's output
  std::shared_ptr<const Activation> activation = {};  // what a product can apply to its result in its place

  // Types.
  std::function<Bf16Rule(const Signature& whole)> bf16 = {};
  bool shadow_copy = false;  // an update that can write its first output in bf16 too: as one more output, the last

  // Memory.
  std::function<std::vector<Part>(const Signature& whole)> concatenates = {};  // where each input lies in the output
  std::function<std::optional<Part>(const Signature& whole)> slices = {};  // the part of input 0 that the output is;
                                                                           // nothing if it is no range of one axis
  bool strided = false;                  // kernels read and write views of which only some channels belong to the value
  bool ignores_consumer_inputs = false;  // of a fused op: it does not read the consumer's other inputs

  // Batches.
  /// The op in place of this one where only the samples from `begin` on are there, of a batch whose values are `whole`.
  /// An output without an axis of samples is then an addend: those of all parts make the batch's.
  std::function<std::shared_ptr<const Op>(const Signature& whole, std::int64_t begin)> part_of_batch = {};

  // Weights.
  std::string weight_form = {};  // of an op that only turns weights into another form: one text, one function
  /// The form in which the op would rather read its weights; nothing where it is best as it is. `frozen`: computing the
  /// form costs nothing.
  std::function<std::optional<Prepacking>(const Signature& whole, bool frozen)> prepack = {};
  ChannelScaling channel_scaling = ChannelScaling::none;
  /// How frozen weights of the convolution that makes input 0, or that alone reads the output, can do the op's work.
  std::function<std::optional<ChannelFold>(ChannelScaling of_neighbour, bool has_bias)> fold = {};

  // Files.
  std::function<OpOptions()> options = {};  // with which the op can be made again; see runtime/models/description.h
};

}  // namespace backflow
