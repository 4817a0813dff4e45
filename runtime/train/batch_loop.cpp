#include <backflow/runtime/train/batch_loop.h>

#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/flow/flow_memory.h>
#include <backflow/runtime/flow/memory_report.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::train {
namespace {

/// [N, C, H, W], or [N, features]
Shape images_of(const data::Batches& batches, std::int64_t size) {
  Shape shape = batches.input_shape();
  shape.insert(shape.begin(), size);
  return shape;
}

void build_any(Graph& g, const data::Batches& batches, std::int64_t size, const BuildBatch& build) {
  const Value images =
      g.input("images", {.shape = images_of(batches, size), .image = batches.input_shape().size() == 3});
  build(g, images, g.input("labels", labels_spec(batches, size)));
}

/// The last batch of an epoch may be smaller; what cannot be built for its size alone says so.
void build_batch(Graph& g, const data::Batches& batches, std::int64_t size, const BuildBatch& build) {
  if (size == batches.size_of(0)) return build_any(g, batches, size, build);
  try {
    build_any(g, batches, size, build);
  } catch (const Error& e) {
    Graph full;  // what fails for any batch is not the last one's fault
    build_any(full, batches, batches.size_of(0), build);
    fail("the last batch of an epoch has ", size, size == 1 ? " sample: " : " samples: ", e.what(),
         "; leave it out (drop_last, --drop-last) or choose another batch");
  }
}

/// Of a batch in memory: images and labels.
std::size_t slot_bytes(const data::Batches& batches, std::int64_t size) {
  const std::int64_t mixed = batches.mixes() ? 2 * size : 0;
  return static_cast<std::size_t>(elements(images_of(batches, size)) + elements(labels_spec(batches, size).shape) +
                                  mixed) *
         sizeof(float);
}

MemoryReport with_batches(MemoryReport report, std::size_t bytes) {
  report.held.push_back({"batches, the next one too", 2, bytes});
  report.total += bytes;
  return report;
}

/// What cannot be built for the last batch of an epoch fails here, not after many steps.
void check_last_batch(const data::Batches& batches, const BuildBatch& build) {
  const std::int64_t size = batches.size_of(batches.count() - 1);
  if (size == batches.size_of(0)) return;
  Graph g;
  build_batch(g, batches, size, build);
}

}  // namespace

Spec labels_spec(const data::Batches& batches, std::int64_t size) {
  if (batches.target_count() > 0) return {{size, batches.target_count()}};
  return {{size}, Type::s32};
}

BatchLoop::BatchLoop(const data::Batches& batches, BuildBatch build, Store& store, Scheduler& scheduler,
                     const FlowOptions& options)
    : batches_(batches), build_(std::move(build)), store_(store), scheduler_(scheduler), options_(options) {
  check_last_batch(batches, build_);
  batches.start(order_, 0);
  const Shape images = images_of(batches, batches.size_of(0));
  for (Slot& slot : slots_) {
    slot.images = Tensor(Spec{images});
    slot.labels = Tensor(labels_spec(batches, images[0]));
    if (!batches.mixes()) continue;
    slot.others = Tensor(slot.labels.spec());
    slot.shares = Tensor(Spec{{images[0]}});
  }
  // The other batch is loaded while this one is computed.
  options_.prefetch_parts = batches.parts();
  options_.prefetch = [this](std::size_t part) { load(slots_[1 - current_], part); };
  flow_of(batches.size_of(0));
  seek(0, 0);
}

void BatchLoop::seek(std::uint32_t epoch, std::size_t index) {
  next_ = {epoch, index};
  for (Slot& each : slots_) each.wanted.reset();  // the data may have changed
  Slot& slot = slots_[current_];
  expect(next_, slot);
  for (std::size_t part = 0; part < batches_.parts(); ++part) load(slot, part);
}

void BatchLoop::run() {
  begin().run();
  end();
}

Flow& BatchLoop::begin(Flow& f) {
  running_ = &f;
  Slot& slot = slots_[current_];
  f.bind("images", slot.images.data());
  if (f.has_input("labels")) f.bind("labels", slot.labels.data());
  if (f.has_input(kOtherLabels)) f.bind(kOtherLabels, slot.others.data());
  if (f.has_input(kLabelShares)) f.bind(kLabelShares, slot.shares.data());
  expect(after(next_), slots_[1 - current_]);
  return f;
}

void BatchLoop::end() {
  next_ = after(next_);
  current_ = 1 - current_;
}

std::span<const std::int32_t> BatchLoop::labels() const {
  return slots_[current_].labels.as<std::int32_t>().first(static_cast<std::size_t>(batch_size()));
}

BatchLoop::Position BatchLoop::after(Position p) const {
  return p.index + 1 < batches_.count() ? Position{p.epoch, p.index + 1} : Position{p.epoch + 1, 0};
}

void BatchLoop::expect(Position p, Slot& slot) {
  if (order_.number != p.epoch) batches_.start(order_, p.epoch);
  if (slot.wanted == p) return;
  slot.wanted = p;
  slot.loaded.assign(batches_.parts(), false);
}

void BatchLoop::load(Slot& slot, std::size_t part) {
  if (slot.loaded[part]) return;  // by a step that failed
  const bool numbers = batches_.target_count() > 0;
  data::MixedLabels mixed;
  if (batches_.mixes()) mixed = {slot.others.as<std::int32_t>().data(), slot.shares.as().data()};
  batches_.fill_part(order_, slot.wanted->index, part, slot.images.as().data(),
                     numbers ? nullptr : slot.labels.as<std::int32_t>().data(),
                     numbers ? slot.labels.as().data() : nullptr, mixed);
  slot.loaded[part] = true;
}

Flow& BatchLoop::flow_of(std::int64_t size, bool other) {
  auto found = flows_.find({size, other});
  if (found != flows_.end()) return found->second;
  Graph g;
  build_batch(g, batches_, size, other ? other_ : build_);
  return flows_.emplace(std::pair(size, other), Flow(g, store_, scheduler_, options_)).first->second;
}

std::size_t BatchLoop::memory_bytes(const data::Batches& batches, const BuildBatch& build) {
  std::size_t flows = 0, stored = 0, slot = 0;
  for (const std::int64_t size : std::set{batches.size_of(0), batches.size_of(batches.count() - 1)}) {
    Graph g;
    build_batch(g, batches, size, build);
    const FlowMemory m = memory_of(g);
    flows += m.arena + m.inputs;
    stored = std::max(stored, m.stored);
    slot = std::max(slot, slot_bytes(batches, size));
  }
  return flows + stored + 2 * slot;
}

MemoryReport BatchLoop::planned_memory(const data::Batches& batches, const BuildBatch& build) {
  const std::int64_t size = batches.size_of(0);
  Graph g;
  build_batch(g, batches, size, build);
  return with_batches(memory_report_of(g), 2 * slot_bytes(batches, size));
}

MemoryReport BatchLoop::memory_report() {
  std::size_t bytes = 0;
  for (const Slot& slot : slots_)
    bytes += slot.images.bytes() + slot.labels.bytes() + slot.others.bytes() + slot.shares.bytes();
  return with_batches(flow_of(batches_.size_of(0)).memory_report(), bytes);
}

std::size_t BatchLoop::arena_bytes() const {
  std::size_t total = 0;
  for (const auto& [which, flow] : flows_) total += flow.arena_bytes();
  return total;
}

}  // namespace backflow::train
