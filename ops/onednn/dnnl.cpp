#include <backflow/ops/onednn/dnnl.h>

#include <dnnl_debug.h>

#include <algorithm>

#include <backflow/ops/onednn/allocations.h>
#include <backflow/ops/onednn/onednn_isa.h>

namespace backflow::onednn {
namespace {

class PrimitiveKernel final : public Kernel {
 public:
  PrimitiveKernel(dnnl::primitive primitive, std::vector<Argument> arguments, const Desc& scratchpad)
      : primitive_(std::move(primitive)),
        stream_(engine()),
        arguments_(std::move(arguments)),
        scratch_bytes_(scratchpad.get_size()) {
    for (const Argument& a : arguments_) add(a.id, a.desc);
    if (scratch_bytes_ > 0) add(DNNL_ARG_SCRATCHPAD, scratchpad);
  }

  void run(const Buffers& b) override {
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      const Argument& a = arguments_[i];
      // oneDNN takes inputs as non-const too.
      point(i, a.output ? b.out[a.index] : const_cast<std::byte*>(b.in[a.index]));
    }
    if (scratch_bytes_ > 0) point(arguments_.size(), b.scratch);
    const ForeignAllocations scope;
    const auto status =
        dnnl_primitive_execute(primitive_.get(), stream_.get(), static_cast<int>(handles_.size()), handles_.data());
    require(status == dnnl_success, "oneDNN could not execute a primitive: ", dnnl_status2str(status));
  }

  std::size_t scratch_bytes() const override { return scratch_bytes_; }
  bool is_primitive() const override { return true; }

 private:
  void add(int id, const Desc& desc) {
    memories_.emplace_back(desc, engine(), nullptr);
    handles_.push_back({id, memories_.back().get()});
    pointers_.push_back(nullptr);
  }

  /// Only where it changed: setting a handle makes 2.x write the padding of blocked layouts again.
  void point(std::size_t i, std::byte* memory) {
    if (pointers_[i] == memory) return;
    memories_[i].set_data_handle(memory);
    pointers_[i] = memory;
  }

  dnnl::primitive primitive_;
  dnnl::stream stream_;
  std::vector<Argument> arguments_;
  std::vector<dnnl::memory> memories_;
  std::vector<dnnl_exec_arg_t> handles_;
  std::vector<std::byte*> pointers_;
  std::size_t scratch_bytes_;
};

/// All of oneDNN's tags by name: there is no call for it.
Tag tag_of(const std::string& name) {
  for (int t = dnnl_format_tag_any + 1; t < dnnl_format_tag_last; ++t)
    if (name == dnnl_fmt_tag2str(static_cast<dnnl_format_tag_t>(t))) return static_cast<Tag>(t);
  fail("[layout] oneDNN has no layout called '", name, "'");
}

}  // namespace

const dnnl::engine& engine() {
  static const dnnl::engine cpu = [] {
    onednn_isa();  // says which instructions may be used, before oneDNN makes anything
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  }();
  return cpu;
}

dnnl::memory::data_type data_type(Type type) {
  switch (type) {
    case Type::f32:
      return dnnl::memory::data_type::f32;
    case Type::bf16:
      return dnnl::memory::data_type::bf16;
    case Type::s32:
      return dnnl::memory::data_type::s32;
    case Type::u8:
      return dnnl::memory::data_type::u8;
  }
  fail("unknown element type");
}

Desc describe(const Spec& spec, const Layout& layout) {
  if (spec.shape.empty()) return describe({{1}, spec.type}, Layout());  // oneDNN has no values of no axes
  if (layout.is_any()) return {spec.shape, data_type(spec.type), Tag::any};
  if (layout.is_blocked()) return {spec.shape, data_type(spec.type), tag_of(layout.letters(spec.shape.size()))};
  return {spec.shape, data_type(spec.type), strides(spec.shape, layout)};
}

Desc describe(const View& view) {
  if (view.shape == view.whole.shape) return describe(view.whole, view.layout);
  if (!view.layout.is_blocked())
    return {view.shape, data_type(view.whole.type), strides(view.whole.shape, view.layout)};
  return describe(view.whole, view.layout).submemory_desc(view.shape, Shape(view.shape.size(), 0));
}

Desc matrix(std::int64_t rows, std::int64_t columns, std::int64_t row_stride, std::int64_t column_stride, Type type) {
  return {{rows, columns}, data_type(type), dnnl::memory::dims{row_stride, column_stride}};
}

dnnl::memory::dims dims_of(const Desc& desc) {
#if DNNL_VERSION_MAJOR >= 3
  return desc.get_dims();
#else
  return desc.dims();
#endif
}

namespace {

dnnl::memory::data_type type_of(const Desc& desc) {
#if DNNL_VERSION_MAJOR >= 3
  return desc.get_data_type();
#else
  return desc.data_type();
#endif
}

/// oneDNN's comparison passes over the strides of axes of length 1, but its kernels do not.
bool same(const Desc& a, const Desc& b) {
#if DNNL_VERSION_MAJOR >= 3
  return a == b && a.get_strides() == b.get_strides();
#else
  const auto &x = a.data.format_desc.blocking.strides, &y = b.data.format_desc.blocking.strides;
  return a == b && std::equal(x, x + a.data.ndims, y);
#endif
}

}  // namespace

Desc as_operand(const Desc& desc, const Desc& other) {
  return type_of(desc) == type_of(other) ? desc : Desc(dims_of(desc), type_of(other), Tag::any);
}

bool is_bf16(const Desc& desc) { return type_of(desc) == dnnl::memory::data_type::bf16; }

Desc any(const Desc& desc) { return {dims_of(desc), type_of(desc), Tag::any}; }

Layout layout_of(const Desc& desc) {
  const auto dims = dims_of(desc);
  const auto type = type_of(desc);
  const Layout plain;
  if (same(desc, Desc(dims, type, strides(dims, plain)))) return plain;
  for (int t = dnnl_format_tag_any + 1; t < dnnl_format_tag_last; ++t) {
    const std::string name = dnnl_fmt_tag2str(static_cast<dnnl_format_tag_t>(t));
    std::size_t axes = 0;
    for (char c : name)
      if (std::isalpha(static_cast<unsigned char>(c))) axes = std::max<std::size_t>(axes, std::tolower(c) - 'a' + 1);
    if (axes == dims.size() && same(desc, Desc(dims, type, static_cast<Tag>(t), true))) return Layout(name);
  }
  fail("[layout] oneDNN chose a layout without a name for ", to_string(dims));
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

std::unique_ptr<Kernel> primitive_kernel(const dnnl::primitive& primitive, std::vector<Argument> arguments,
                                         const Desc& scratchpad) {
  return std::make_unique<PrimitiveKernel>(primitive, std::move(arguments), scratchpad);
}

std::unique_ptr<Kernel> reorder_kernel(const Desc& from, const Desc& to) {
  require_sound("reorder", Kind::reorder, is_bf16(from));
  const dnnl::reorder::primitive_desc pd(engine(), from, engine(), to, attributes());
  return primitive_kernel(dnnl::reorder(pd), {{DNNL_ARG_FROM, false, 0, from}, {DNNL_ARG_TO, true, 0, to}},
                          pd.scratchpad_desc());
}

}  // namespace backflow::onednn
