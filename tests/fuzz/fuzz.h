// What the fuzz targets share: the input as a file, what a refusal is, and the run of a small network.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <span>
#include <string>
#include <string_view>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/scheduler/scheduler.h>

/// What a target is called: as libFuzzer wants it, or as replay.cpp finds it among the others.
#ifndef FUZZ_TARGET
#define FUZZ_TARGET LLVMFuzzerTestOneInput
#endif

namespace backflow::fuzz {

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the program, which is what a fuzzer takes for a finding.
[[noreturn]] inline void found(const std::string& what) {
  std::cerr << "found: " << what << std::endl;
  std::abort();
}

/// A regular file that lies in memory.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : descriptor_(::memfd_create("input", MFD_CLOEXEC)) {
    if (::write(descriptor_, data, size) != static_cast<ssize_t>(size)) found("there is no file in memory");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

constexpr std::size_t kLongestSentence = 600;

/// A refusal is one short sentence, which a terminal can show.
inline void check_sentence(const std::string& what, std::size_t longest = kLongestSentence) {
  if (what.empty() || what.size() > longest) found("not a short sentence: " + what);
  for (const char c : what)
    if (static_cast<unsigned char>(c) < ' ') found("control characters in a sentence: " + what);
}

/// Whether `read` accepts its input. It may refuse it by throwing one of `Refusals`; all else is a finding.
template <class... Refusals>
bool accepts(const std::function<void()>& read, std::size_t longest = kLongestSentence) {
  try {
    read();
    return true;
  } catch (const std::exception& e) {
    if (!(... || (dynamic_cast<const Refusals*>(&e) != nullptr))) found(str_cat("no refusal: ", e.what()));
    check_sentence(e.what(), longest);
    return false;
  }
}

/// Whether a network is small enough to be run thousands of times, by the ops' own estimates.
inline bool is_small(const Graph& g) {
  constexpr double most_nanoseconds = 2e6;
  constexpr std::int64_t most_numbers = 1 << 21;  // of all leaves
  double nanoseconds = 0;
  std::int64_t numbers = 0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    const Node& node = g.node(i);
    Signature signature{{}, node.out};
    for (const Value& v : node.in) signature.in.push_back(v.spec());
    if (node.op) nanoseconds += node.op->tiling(signature).nanoseconds;
    for (const Spec& spec : node.out) {
      if (elements(spec.shape) > most_numbers) return false;
      if (!node.op) numbers += elements(spec.shape);
    }
  }
  return nanoseconds <= most_nanoseconds && numbers <= most_numbers;
}

/// Compiles and runs `y` of a graph whose input `image` it reads: with `frozen` weights as a dream, with the gradient
/// by the image; else as a classifier.
inline void run_once(Graph& g, Value image, Value y, bool frozen) {
  g.output("y", y);
  if (frozen) g.output("dx", gradient({y}, {image}, {g.input("dy", y.spec())})[0]);
  if (!is_small(g)) return;
  static Scheduler workers(1);
  Store store;
  if (frozen) store.freeze();
  Flow flow(g, store, workers, {.name = "fuzz", .memory_limit = 1 << 26});
  for (float i = 0; float& v : flow.input(g.node(image).name).as()) v = (i = i < 7 ? i + 1 : 0) / 8;
  if (frozen)
    for (float& v : flow.input("dy").as()) v = 1;
  flow.run();
}

/// Builds `network` on small images, runs it once, and describes it as files of weights do.
inline void build_and_describe(const models::Architecture& network, bool frozen) {
  const data::ImageDataset images({1, 8, 8}, 5, {0.35F}, {0.3F});
  Graph g;
  const Value image = g.input("image", {.shape = {2, 1, 8, 8}, .image = true});
  models::NetworkBuilder builder(g);
  run_once(g, image, network.build(builder, image), frozen);
  models::described_network(models::describe(network, images).at("network"));
}

}  // namespace backflow::fuzz
