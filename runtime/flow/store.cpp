#include <backflow/runtime/flow/store.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>
#include <backflow/graph/random.h>

namespace backflow {
namespace {

void draw_uniform(std::span<float> out, const Initializer& i, std::uint64_t seed, std::uint32_t stream) {
  for (std::size_t k = 0; k < out.size(); k += 4) {
    const auto words = random_words(seed, stream, 0, k / 4);
    for (std::size_t j = 0; j < std::min<std::size_t>(4, out.size() - k); ++j)
      out[k + j] = i.a + (i.b - i.a) * unit_uniform(words[j]);
  }
}

void draw_normal(std::span<float> out, const Initializer& i, std::uint64_t seed, std::uint32_t stream) {
  for (std::size_t k = 0; k < out.size(); ++k) {
    const auto words = random_words(seed, stream, 0, k / 4);
    const std::size_t pair = k % 4 / 2 * 2;
    out[k] = i.a + i.b * unit_normals(words[pair], words[pair + 1])[k % 2];
  }
}

}  // namespace

Tensor draw(const std::string& name, const Spec& spec, const Initializer& initial, std::uint64_t seed) {
  Tensor t(spec);
  if (spec.type != Type::f32) {
    require(initial.kind == Initializer::fill && initial.a == 0, "[", printable(name),
            "] only f32 tensors can be drawn");
    return t;
  }
  const std::span<float> out = t.as();
  switch (initial.kind) {
    case Initializer::fill:
      std::fill(out.begin(), out.end(), initial.a);
      break;
    case Initializer::uniform:
      draw_uniform(out, initial, seed, stream_of(name));
      break;
    case Initializer::normal:
      draw_normal(out, initial, seed, stream_of(name));
      break;
    case Initializer::values:
      std::copy(initial.data->begin(), initial.data->end(), out.begin());
      break;
  }
  return t;
}

Tensor& Store::obtain(const std::string& name, const Spec& spec, const Layout& layout, const Initializer& initial) {
  auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    found = tensors_.emplace(name, reordered(draw(name, spec, initial, seed_), layout)).first;
  }
  require(found->second.spec() == spec, "[", printable(name), "] the graph expects ", to_string(spec),
          ", the stored tensor is ", to_string(found->second.spec()));
  return found->second;
}

Tensor& Store::at(const std::string& name) {
  changed();
  return const_cast<Tensor&>(std::as_const(*this).at(name));
}

const Tensor& Store::at(const std::string& name) const {
  auto found = tensors_.find(name);
  if (found != tensors_.end()) return found->second;
  std::string known;
  for (const auto& [other, tensor] : tensors_) known += (known.empty() ? "" : ", ") + other;
  fail("[store] there is no tensor '", name, "'; there are: ", known);
}

Tensor& Store::derived(const std::string& key, const std::function<Tensor()>& make) {
  auto found = derived_.find(key);
  if (found == derived_.end()) found = derived_.emplace(key, make()).first;
  return found->second;
}

void Store::assign(const std::string& name, const Tensor& plain) {
  changed();
  auto found = tensors_.find(name);
  require(!frozen_ || found == tensors_.end(), "[store] '", printable(name), "' is frozen");
  if (found == tensors_.end()) {
    tensors_.emplace(name, reordered(plain, Layout()));
    return;
  }
  Tensor& t = found->second;
  require(t.spec() == plain.spec(), "[", printable(name), "] expected ", to_string(t.spec()), ", got ",
          to_string(plain.spec()));
  // In place: flows hold the address.
  const Tensor ordered = reordered(plain, t.layout());
  std::memcpy(t.data(), ordered.data(), t.bytes());
}

}  // namespace backflow
