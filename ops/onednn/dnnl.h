// The one place that knows oneDNN's versions, and the kernel that executes one of its primitives.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <dnnl.hpp>

#include <backflow/graph/error.h>
#include <backflow/graph/op.h>

namespace backflow::onednn {

using Tag = dnnl::memory::format_tag;
using Desc = dnnl::memory::desc;

#if DNNL_VERSION_MAJOR >= 3
using softmax_forward = dnnl::softmax_forward;
using softmax_backward = dnnl::softmax_backward;
#else
using softmax_forward = dnnl::softmax_v2_forward;
using softmax_backward = dnnl::softmax_v2_backward;
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

/// A primitive descriptor from the arguments that both versions share: `descriptor<matmul>("linear", {attr}, src, …)`.
template <class Primitive, class... Arguments_>
typename Primitive::primitive_desc descriptor(const char* op, const dnnl::primitive_attr& attr,
                                              const Arguments_&... arguments) {
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
