#include <backflow/runtime/flow/executable.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>
#include <backflow/ops/onednn/kernel_thread.h>
#include <backflow/runtime/log/message.h>

namespace backflow {
namespace {

std::map<std::string, Layout> known_layouts(const Store& store, const Store* own) {
  std::map<std::string, Layout> known;
  for (const Store* s : {&store, own})
    if (s)
      for (const auto& [name, tensor] : s->tensors()) known[name] = tensor.layout();
  return known;
}

}  // namespace

Executable::Executable(const Graph& graph, Store& store, const FlowOptions& options, Trace* trace)
    : name_(options.name),
      own_(options.own),
      trace_(trace),
      plan_(compile(graph, known_layouts(store, options.own),
                    {store.frozen(), uses_bf16(options.precision), options.memory_limit})),
      arena_(plan_.arena_bytes) {
  require(options.memory_limit == 0 || plan_.arena_bytes <= options.memory_limit, "[", name_, "] needs ",
          plan_.arena_bytes, " bytes for temporary values at least, the limit is ", options.memory_limit);
  assign_addresses(store);
  for (const auto& units : plan_.tasks.units) {
    first_call_.push_back(calls_.size());
    for (std::size_t unit : units) {
      const Unit& u = plan_.order.units[unit];
      calls_.push_back(make_call(plan_.nodes[u.node], plan_.nodes[u.node].cut[u.tile], u.tile));
    }
  }
}

std::span<Call> Executable::task(std::size_t t) {
  return std::span(calls_).subspan(first_call_[t], plan_.tasks.units[t].size());
}

void Executable::assign_addresses(Store& store) {
  for (const PlanValue& v : plan_.values) {
    if (v.overwritten) shadow_copies_.changes(changed_store(*v.overwritten, store));
    addresses_.push_back(address_of(v, store));
  }
  for (std::size_t v = 0; v < plan_.values.size(); ++v) {
    std::size_t at = plan_.base(v);
    while (plan_.values[at].overwritten) at = plan_.base(*plan_.values[at].overwritten);
    addresses_[v] = addresses_[at];
  }
  for (const PlanNode& node : plan_.once) compute_once(node, store);
  for (const PlanNode& n : plan_.shadow_copies)
    shadow_copies_.add(n.op->kernel(n.cut[0].in_view, n.cut[0].out_view), addresses_[n.in[0]], addresses_[n.out[0]]);
}

/// Where a value lies that lies in no other.
std::byte* Executable::address_of(const PlanValue& v, Store& store) {
  if (v.leaf == Leaf::input) {
    unwritten_.insert(v.name);
    return (inputs_[v.name] = Tensor(v.spec)).data();
  }
  if (v.leaf == Leaf::parameter || v.leaf == Leaf::state)
    return owning_store(v.name, store).obtain(v.name, v.spec, v.layout, v.initial).data();
  if (v.leaf != Leaf::constant || !v.derived.empty()) return arena_.data() + v.offset;
  constants_.push_back(v.ordered_as ? Tensor(v.spec, v.layout)
                                    : reordered(draw(v.name, v.spec, v.initial, store.seed()), v.layout));
  return constants_.back().data();
}

Store& Executable::owning_store(const std::string& name, Store& store) const {
  return own_ && own_->contains(name) ? *own_ : store;
}

Store& Executable::changed_store(std::size_t value, Store& store) const {
  while (plan_.values[value].overwritten) value = *plan_.values[value].overwritten;
  const std::string& name = plan_.values[plan_.values[value].ordered_as.value_or(value)].name;
  require(!owning_store(name, store).frozen(), "[", name_, "] '", printable(name), "' would change frozen weights");
  return owning_store(name, store);
}

/// Forms of frozen weights; flows on the same store share them.
void Executable::compute_once(const PlanNode& node, Store& store) {
  const std::size_t result = node.out[0];
  const PlanValue& v = plan_.values[result];
  addresses_[result] = store
                           .derived(v.derived,
                                    [&] {
                                      Tensor made(v.spec, v.layout);
                                      addresses_[result] = made.data();
                                      const Call call = make_call(node, node.cut[0], 0);
                                      Memory scratch(call.kernel->scratch_bytes());
                                      const KernelThread thread;
                                      call.kernel->run({call.in.data(), call.out.data(), scratch.data()});
                                      return made;
                                    })
                           .data();
}

Call Executable::make_call(const PlanNode& node, const Tile& tile, std::size_t number) {
  Call call{.tile = static_cast<std::uint32_t>(number),
            .role = node.role,
            .name = trace_ ? trace_->keep(node.name) : &node.name};
  try {
    const KernelThread thread;
    call.kernel = node.op->kernel(tile.in_view, tile.out_view);
  } catch (const std::exception& e) {
    fail("[", printable(node.name), "] ", e.what());
  }
  for (std::size_t i = 0; i < tile.in.size(); ++i) {
    call.in.push_back(addresses_[tile.in[i]] + tile.in_view[i].offset());
    const std::size_t base = plan_.base(tile.in[i]);
    if (plan_.values[base].local) call.local_in.push_back(i);
    if (plan_.values[base].leaf == Leaf::input) input_uses_[base].emplace_back(calls_.size(), i);
  }
  for (std::size_t i = 0; i < tile.out.size(); ++i) {
    if (plan_.values[tile.out[i]].local) call.local_out.push_back(i);
    call.out.push_back(addresses_[tile.out[i]] + tile.out_view[i].offset());
  }
  call.local = !call.local_in.empty() || !call.local_out.empty();
  scratch_bytes_ = std::max(scratch_bytes_, call.kernel->scratch_bytes());
  return call;
}

Tensor& Executable::input(const std::string& name) {
  input_value(name);
  unwritten_.erase(name);
  return inputs_.at(name);
}

void Executable::bind(const std::string& name, const std::byte* memory) {
  const std::size_t value = input_value(name);
  unwritten_.erase(name);
  const std::byte* old = std::exchange(addresses_[value], const_cast<std::byte*>(memory));
  for (const auto& [call, index] : input_uses_[value]) {
    const std::byte*& pointer = calls_[call].in[index];
    pointer = memory + (pointer - old);
  }
  for (std::size_t v = value + 1; v < plan_.values.size(); ++v)
    if (plan_.values[v].view_of && plan_.base(v) == value) addresses_[v] = addresses_[value];
}

void Executable::warn_unwritten() {
  for (const std::string& name : unwritten_)
    log::message(log::Level::warning, "[", name_, "] input '", name, "' was never written: it is zeros");
  unwritten_.clear();
}

std::size_t Executable::input_value(const std::string& name) const {
  std::string known;
  for (std::size_t v = 0; v < plan_.values.size(); ++v) {
    if (plan_.values[v].leaf != Leaf::input) continue;
    if (plan_.values[v].name == name) return v;
    known += (known.empty() ? "" : ", ") + plan_.values[v].name;
  }
  fail("[", name_, "] no node reads an input '", name, "'; inputs: ", known);
}

std::span<const float> Executable::output(const std::string& name) const {
  auto found = plan_.outputs.find(name);
  require(found != plan_.outputs.end(), "[", name_, "] has no output '", name, "'");
  const PlanValue& v = plan_.values[found->second];
  require(v.spec.type == Type::f32, "[", name_, "] output '", name, "' has elements of ", to_string(v.spec.type),
          ", not f32");
  return {reinterpret_cast<const float*>(addresses_[found->second]), static_cast<std::size_t>(elements(v.spec.shape))};
}

}  // namespace backflow
