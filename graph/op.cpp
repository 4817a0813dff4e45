#include <backflow/graph/op.h>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

// What an elementwise loop reads and writes comes and goes this fast as long as it fits into the caches.
constexpr double kCacheBytes = 8e6, kCacheBytesPerNanosecond = 100;

}  // namespace

void Op::gradient(Backward&) const { fail("[", kind(), "] has no gradient"); }

Tiling Op::tiling(const Signature&) const { return {}; }

Layouts Op::layouts(const Signature& tile, std::span<const Layout>) const {
  return {std::vector<Layout>(tile.in.size()), std::vector<Layout>(tile.out.size())};
}

std::shared_ptr<const Op> Op::fused_with(const Op&) const { return nullptr; }

std::optional<std::size_t> Op::overwrites(std::size_t) const { return std::nullopt; }

std::optional<std::size_t> Op::may_overwrite(std::size_t) const { return std::nullopt; }

Tiling row_tiling(const Signature& whole, double nanoseconds, std::initializer_list<std::size_t> read_whole) {
  Tiling t;
  t.extent = whole.out.at(0).shape.at(0);
  t.nanoseconds = nanoseconds;
  t.in.assign(whole.in.size(), Access::along(0));
  t.out.assign(whole.out.size(), Access::along(0));
  for (std::size_t i : read_whole) t.in.at(i) = Access{};
  return t;
}

Tiling flat_tiling(const Signature& whole) {
  Tiling t;
  t.flat = true;
  t.extent = elements(whole.out.at(0).shape);
  double bytes = 0;
  auto access = [&](const Spec& s) {
    bytes += static_cast<double>(elements(s.shape)) * static_cast<double>(size_of(s.type));
    return s.shape == whole.out[0].shape ? Access::along(0) : Access{};
  };
  for (const Spec& s : whole.in) t.in.push_back(access(s));
  for (const Spec& s : whole.out) t.out.push_back(access(s));
  t.nanoseconds = bytes < kCacheBytes ? bytes / kCacheBytesPerNanosecond : time_of_bytes(bytes);
  return t;
}

Bf16Rule bf16_everywhere(const Signature& whole) {
  Bf16Rule n;
  for (const Spec& s : whole.in) n.in.push_back(s.type == Type::f32);
  for (const Spec& s : whole.out) n.out.push_back(s.type == Type::f32);
  return n;
}

Layouts same_layouts(const Signature& tile, std::span<const Layout> offered) {
  const Layout first = offered[0].is_any() ? Layout() : offered[0];
  Layouts result;
  for (const Spec& s : tile.in) result.in.push_back(s.shape == tile.in[0].shape ? first : Layout());
  for (const Spec& s : tile.out) result.out.push_back(s.shape == tile.in[0].shape ? first : Layout());
  return result;
}

}  // namespace backflow
