// Which tile ran on which worker when; files/chrome_trace.h writes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace backflow {

/// One span of time on one worker. `name` must outlive the trace's writing: see Trace::keep.
struct TraceEvent {
  const std::string* name;
  std::uint32_t tile;
  std::uint32_t role;       // of the node: 0 forward, 1 backward, 2 update, 3 other
  std::int64_t begin, end;  // nanoseconds since the trace began
  std::uint32_t track = 0;  // of Trace::track
  bool primitive = false;   // whether a oneDNN primitive was executed; else a loop of our own
};

class Trace {
 public:
  /// One place more than there are workers: an arena for one thread has two (workers.cpp).
  explicit Trace(int workers) : events_(static_cast<std::size_t>(workers) + 1) {}

  std::int64_t now() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start_).count();
  }
  /// Called by a worker for itself.
  void add(int worker, const TraceEvent& event) { events_[static_cast<std::size_t>(worker)].push_back(event); }
  /// A copy of `name` that lives as long as the trace; thread-safe.
  const std::string* keep(const std::string& name);
  /// The number of the track called `name`: a job's. Track 0 has no name. Thread-safe.
  std::uint32_t track(const std::string& name);
  const std::vector<std::vector<TraceEvent>>& events() const { return events_; }
  /// A step of the flow called `name`, from `begin` until now; thread-safe.
  void mark(const std::string& name, std::int64_t begin, std::uint32_t track);
  /// In the order in which they ended; `tile` counts those of one name on one track, from 1.
  const std::vector<TraceEvent>& marks() const { return marks_; }
  /// The names of the tracks by number; null for track 0.
  const std::vector<const std::string*>& tracks() const { return tracks_; }
  /// What the time of the nodes went into, in a few lines: the share of oneDNN's primitives and the dearest nodes.
  std::string summary() const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::vector<std::vector<TraceEvent>> events_;
  std::mutex mutex_;
  std::set<std::string, std::less<>> names_;
  std::vector<const std::string*> tracks_{nullptr};
  std::vector<TraceEvent> marks_;
  std::map<std::pair<const std::string*, std::uint32_t>, std::uint32_t> marks_of_;
};

}  // namespace backflow
