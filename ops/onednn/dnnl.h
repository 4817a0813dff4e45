// The one place that knows oneDNN's versions, and the kernel that executes one of its primitives.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <dnnl.hpp>

#include <backflow/graph/error.h>
#include <backflow/graph/op.h>
#include <backflow/ops/onednn/self_check.h>

namespace backflow::onednn {

using Tag = dnnl::memory::format_tag;
using Desc = dnnl::memory::desc;

#if DNNL_VERSION_MAJOR >= 3
using softmax_forward = dnnl::softmax_forward;
using softmax_backward = dnnl::softmax_backward;
using pooling_forward = dnnl::pooling_forward;
using pooling_backward = dnnl::pooling_backward;
#else
using softmax_forward = dnnl::softmax_v2_forward;
using softmax_backward = dnnl::softmax_v2_backward;
using pooling_forward = dnnl::pooling_v2_forward;
using pooling_backward = dnnl::pooling_v2_backward;
#endif

/// The CPU. It has no state.
const dnnl::engine& engine();

dnnl::memory::data_type data_type(Type type);
/// Description of a whole value. Layout::any() lets oneDNN choose.
Desc describe(const Spec& spec, const Layout& layout);
/// Description of a tile: its shape with the strides of the whole value.
Desc describe(const View& view);
/// A two-dimensional piece of memory with any strides; for matrix products with transposed operands.
Desc matrix(std::int64_t rows, std::int64_t columns, std::int64_t row_stride, std::int64_t column_stride,
            Type type = Type::f32);
bool is_bf16(const Desc& desc);
/// Lengths of a description's axes.
dnnl::memory::dims dims_of(const Desc& desc);
/// The same shape and type, in the order that oneDNN likes.
Desc any(const Desc& desc);
/// `desc` where its elements have the type of `other`; else its shape with that type, in the order that oneDNN likes.
Desc as_operand(const Desc& desc, const Desc& other);
/// The layout of a description; throws an Error if it has no name.
Layout layout_of(const Desc& desc);

/// User scratchpad, so that concurrent executions never share memory.
dnnl::primitive_attr attributes();

/// Which buffer is which argument: index of an input or output of the node.
struct Argument {
  int id;  // DNNL_ARG_…
  bool output;
  std::size_t index;
  Desc desc;
};

/// Executes `primitive` with the tile's buffers.
std::unique_ptr<Kernel> primitive_kernel(const dnnl::primitive& primitive, std::vector<Argument> arguments,
                                         const Desc& scratchpad);

/// A kernel that copies a whole value into another order.
std::unique_ptr<Kernel> reorder_kernel(const Desc& from, const Desc& to);

template <class T, class... Others>
constexpr bool is_any_of = (std::is_same_v<T, Others> || ...);

template <class Primitive>
constexpr Kind kind_of() {
  if (is_any_of<Primitive, dnnl::matmul>) return Kind::matmul;
  if (is_any_of<Primitive, softmax_forward, softmax_backward>) return Kind::softmax;
  if (is_any_of<Primitive, dnnl::eltwise_forward, dnnl::eltwise_backward>) return Kind::eltwise;
  if (is_any_of<Primitive, pooling_forward, pooling_backward>) return Kind::pooling;
  return Kind::convolution;
}

/// Refuses a primitive whose kind the loaded oneDNN computes wrongly: see self_check.h.
template <class Primitive, class... Arguments_>
void require_sound_primitive(const char* op, const Arguments_&... arguments) {
  const auto bf16 = []<class T>(const T& argument) {
    if constexpr (std::is_same_v<T, Desc>)
      return is_bf16(argument);
    else
      return false;
  };
  require_sound(op, kind_of<Primitive>(), (bf16(arguments) || ...));
}

/// A primitive descriptor from the arguments that both versions share: `descriptor<matmul>("linear", {attr}, src, …)`.
template <class Primitive, class... Arguments_>
typename Primitive::primitive_desc descriptor(const char* op, const dnnl::primitive_attr& attr,
                                              const Arguments_&... arguments) {
  require_sound_primitive<Primitive>(op, arguments...);
  try {
#if DNNL_VERSION_MAJOR >= 3
    return {engine(), arguments..., attr};
#else
    return {typename Primitive::desc(arguments...), attr, engine()};
#endif
  } catch (const dnnl::error& e) {
    fail("[", op, "] oneDNN: ", e.what());
  }
}

/// The same for a backward primitive, which needs the descriptor of its forward one.
template <class Primitive, class Hint, class... Arguments_>
typename Primitive::primitive_desc backward_descriptor(const char* op, const dnnl::primitive_attr& attr,
                                                       const Hint& hint, const Arguments_&... arguments) {
  require_sound_primitive<Primitive>(op, arguments...);
  try {
#if DNNL_VERSION_MAJOR >= 3
    return {engine(), arguments..., hint, attr};
#else
    return {typename Primitive::desc(arguments...), attr, engine(), hint};
#endif
  } catch (const dnnl::error& e) {
    fail("[", op, "] oneDNN: ", e.what());
  }
}

/// The same, but of the first implementation whose name `fits`, or, if there is none, of the first one.
template <class Primitive, class Hint, class Fits, class... Arguments_>
typename Primitive::primitive_desc backward_descriptor_where(const char* op, const dnnl::primitive_attr& attr,
                                                             const Hint& hint, const Fits& fits,
                                                             const Arguments_&... arguments) {
  require_sound_primitive<Primitive>(op, arguments...);
#if DNNL_VERSION_MAJOR < 3
  const typename Primitive::desc kept(arguments...);  // next_impl() of 2.6 reads it again
  typename Primitive::primitive_desc pd(kept, attr, engine(), hint);
#else
  auto pd = backward_descriptor<Primitive>(op, attr, hint, arguments...);
#endif
  do {
    if (fits(std::string_view(pd.impl_info_str()))) return pd;
  } while (pd.next_impl());
  return backward_descriptor<Primitive>(op, attr, hint, arguments...);
}

inline void append_eltwise(dnnl::post_ops& ops, dnnl::algorithm algorithm, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
  ops.append_eltwise(algorithm, alpha, beta);
#else
  ops.append_eltwise(1.0F, algorithm, alpha, beta);
#endif
}

}  // namespace backflow::onednn
