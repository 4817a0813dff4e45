// Runs one graph over the batches of a data set; while one batch is computed the next is loaded.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <backflow/runtime/data/batches.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::train {

/// Appends what is done with a batch. images [N, C, H, W] or [N, features]; labels [N], or targets [N, T] in f32. Where
/// samples are mixed from two it may have inputs kOtherLabels [N] s32 and kLabelShares [N], which the loop writes: see
/// data::MixedLabel.
inline constexpr const char *kOtherLabels = "other_labels", *kLabelShares = "label_shares";
using BuildBatch = std::function<void(Graph&, Value images, Value labels)>;

/// Of the labels or targets of so many samples.
Spec labels_spec(const data::Batches& batches, std::int64_t size);

class BatchLoop {
 public:
  /// What is given must outlive the loop. The flow for full batches is compiled here, one for the last batch of an
  /// epoch when it is first met. Throws an Error if either cannot be built.
  BatchLoop(const data::Batches& batches, BuildBatch build, Store& store, Scheduler& scheduler,
            const FlowOptions& options);
  /// What is done with a batch that begin_other() is for.
  void set_other(BuildBatch build) { other_ = std::move(build); }

  /// The next run is for batch `index` of `epoch`.
  void seek(std::uint32_t epoch, std::size_t index);
  /// The flow of the next run: write its other inputs first.
  Flow& flow() { return flow_of(batch_size()); }
  /// The one that was begun.
  Flow& running() { return *running_; }
  /// Computes the next batch and goes on. Throws what Flow::run throws; the position stays where it was.
  void run();
  /// The two halves of run(), for a job: the flow that computes the next batch, and, when it has run, going on.
  Flow& begin() { return begin(flow()); }
  /// The same for another flow, which is compiled when it is first met.
  Flow& begin_other() { return begin(flow_of(batch_size(), true)); }
  void end();

  std::uint32_t epoch() const { return next_.epoch; }
  std::size_t index() const { return next_.index; }
  std::int64_t batch_size() const { return batches_.size_of(next_.index); }
  /// Of the batch that was begun and has not ended.
  std::span<const std::int32_t> labels() const;
  std::size_t arena_bytes() const;
  /// What a loop of these will hold, parameters included, when it has met the last batch; takes no memory of that size.
  static std::size_t memory_bytes(const data::Batches& batches, const BuildBatch& build);
  /// The same as a report, but for the workers' blocks.
  static MemoryReport planned_memory(const data::Batches& batches, const BuildBatch& build);
  /// Of the flow for full batches, and of the batches in memory.
  MemoryReport memory_report();
  /// Of a full batch: Flow::dot().
  std::string dot() { return flow_of(batches_.size_of(0)).dot(); }

 private:
  struct Position {
    std::uint32_t epoch = 0;
    std::size_t index = 0;
    bool operator==(const Position&) const = default;
  };
  /// A batch in memory.
  struct Slot {
    Tensor images, labels, others, shares;  // the last two where samples are mixed
    std::optional<Position> wanted;
    std::vector<std::uint8_t> loaded;  // which parts of it are there
  };

  Position after(Position p) const;
  /// The slot is for that batch from now on; load() fills a part of it.
  void expect(Position p, Slot& slot);
  void load(Slot& slot, std::size_t part);
  Flow& flow_of(std::int64_t size, bool other = false);
  Flow& begin(Flow& flow);

  const data::Batches& batches_;
  BuildBatch build_, other_;
  Store& store_;
  Scheduler& scheduler_;
  FlowOptions options_;
  std::map<std::pair<std::int64_t, bool>, Flow> flows_;  // by batch size, and whether it is the other one
  std::array<Slot, 2> slots_;
  data::Epoch order_;  // of the batch that is loaded
  Position next_;
  std::size_t current_ = 0;  // the slot of `next_`
  Flow* running_ = nullptr;
};

}  // namespace backflow::train
