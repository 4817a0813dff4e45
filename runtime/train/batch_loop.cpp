#include <backflow/runtime/train/batch_loop.h>

#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/flow/flow_memory.h>
#include <backflow/runtime/flow/memory_report.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::train {
namespace {

/// [N, C, H, W]
Shape images_of(const data::Batches& batches, std::int64_t size) {
  Shape shape = batches.image();
  shape.insert(shape.begin(), size);
  return shape;
}

void build_batch(Graph& g, const data::Batches& batches, std::int64_t size, const BuildBatch& build) {
  const Shape shape = images_of(batches, size);
  const Value images = g.input("images", {.shape = shape, .image = shape.size() == 4});
  build(g, images, g.input("labels", {{size}, Type::s32}));
}

/// Of a batch in memory: images and labels.
std::size_t slot_bytes(const data::Batches& batches, std::int64_t size) {
  return static_cast<std::size_t>(elements(images_of(batches, size)) + size) * sizeof(float);
}

MemoryReport with_batches(MemoryReport report, std::size_t bytes) {
  report.held.push_back({"batches, the next one too", 2, bytes});
  report.total += bytes;
  return report;
}

/// The last batch of an epoch may be smaller. What cannot be built for its size fails here, not after many steps.
void check_last_batch(const data::Batches& batches, const BuildBatch& build) {
  const std::int64_t size = batches.size_of(batches.count() - 1);
  if (size == batches.size_of(0)) return;
  try {
    Graph g;
    build_batch(g, batches, size, build);
  } catch (const Error& e) {
    fail("the last batch of an epoch has ", size, size == 1 ? " sample: " : " samples: ", e.what());
  }
}

}  // namespace

BatchLoop::BatchLoop(const data::Batches& batches, BuildBatch build, Store& store, Scheduler& scheduler,
                     const FlowOptions& options)
    : batches_(batches), build_(std::move(build)), store_(store), scheduler_(scheduler), options_(options) {
  check_last_batch(batches, build_);
  batches.start(order_, 0);
  const Shape images = images_of(batches, batches.size_of(0));
  for (Slot& slot : slots_) slot = {Tensor(Spec{images}), Tensor(Spec{{images[0]}, Type::s32}), {}};
  // The other batch is loaded while this one is computed.
  options_.prefetch = [this] { load(after(next_), slots_[1 - current_]); };
  flow_of(batches.size_of(0));
  seek(0, 0);
}

void BatchLoop::seek(std::uint32_t epoch, std::size_t index) {
  next_ = {epoch, index};
  for (Slot& slot : slots_) slot.holds.reset();  // the data may have changed
  load(next_, slots_[current_]);
}

void BatchLoop::run() {
  begin().run();
  end();
}

Flow& BatchLoop::begin() {
  Flow& f = flow();
  Slot& slot = slots_[current_];
  f.bind("images", slot.images.data());
  if (f.has_input("labels")) f.bind("labels", slot.labels.data());
  return f;
}

void BatchLoop::end() {
  next_ = after(next_);
  current_ = 1 - current_;
}

BatchLoop::Position BatchLoop::after(Position p) const {
  return p.index + 1 < batches_.count() ? Position{p.epoch, p.index + 1} : Position{p.epoch + 1, 0};
}

void BatchLoop::load(Position p, Slot& slot) {
  if (slot.holds == p) return;
  if (order_.number != p.epoch) batches_.start(order_, p.epoch);
  batches_.fill(order_, p.index, slot.images.as().data(), slot.labels.as<std::int32_t>().data());
  slot.holds = p;
}

Flow& BatchLoop::flow_of(std::int64_t size) {
  auto found = flows_.find(size);
  if (found != flows_.end()) return found->second;
  Graph g;
  build_batch(g, batches_, size, build_);
  return flows_.emplace(size, Flow(g, store_, scheduler_, options_)).first->second;
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
  for (const Slot& slot : slots_) bytes += slot.images.bytes() + slot.labels.bytes();
  return with_batches(flow_of(batches_.size_of(0)).memory_report(), bytes);
}

std::size_t BatchLoop::arena_bytes() const {
  std::size_t total = 0;
  for (const auto& [size, flow] : flows_) total += flow.arena_bytes();
  return total;
}

}  // namespace backflow::train
