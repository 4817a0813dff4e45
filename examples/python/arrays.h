// NumPy arrays and the memory of tensors. torch CPU tensors come and go as NumPy arrays, which share their memory.
#pragma once

#include <pybind11/numpy.h>

#include <backflow/runtime/flow/tensor.h>
#include <backflow/runtime/image/image.h>

namespace backflow::python {

/// The memory of a value as an array, without a copy; the array keeps `owner` alive. Throws an Error for a blocked
/// layout, which no strides can describe.
pybind11::array view(const std::byte* data, const Spec& spec, const Layout& layout, pybind11::handle owner);

/// `object` as a row-major array of this type and shape: its own memory if it is that already, else a converted copy.
/// A number stands for an array of shape [1]. Throws an Error, with `name` in it, where no faithful copy is possible.
pybind11::array row_major(const std::string& name, const pybind11::object& object, const Spec& spec);

/// Whether `a` is `object`'s own memory and not a copy.
bool shares_memory(const pybind11::array& a, const pybind11::object& object);

using Pixels = pybind11::array_t<std::uint8_t, pybind11::array::c_style>;

/// A copy as uint8 [height, width, 3].
pybind11::array image_array(const image::Image& image);
/// The way back. Throws an Error, with `name` in it, for another shape.
image::Image image_of(const std::string& name, const Pixels& pixels);

}  // namespace backflow::python
