// Labelled pictures of any size, as squares of one.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include <backflow/runtime/data/dataset.h>

namespace backflow::data {

struct PictureFile;

struct PictureOptions {
  std::int64_t size = 64;                    // pixels of a side of the square that the network reads
  bool grey = false;                         // one channel (Rec. 601 luma) in place of red, green and blue
  bool strict = false;                       // a picture that cannot be read is an Error; else it is left out, and said
  std::size_t cache = std::size_t{2} << 30;  // bytes of decoded squares that stay in memory; the others are read again
  std::function<void(std::size_t done, std::size_t all)> progress = nullptr;  // of decoding; one thread at a time calls
};

/// Throws an OptionError.
void check(const PictureOptions& options);

class PictureDataset final : public Dataset {
 public:
  /// Decodes each picture once, on all workers if one of them calls: the shorter side is resized to `size` (bilinear,
  /// without aliasing), and the middle cut out. Without `like`, mean and deviation of each channel are those of all
  /// pictures; a test set has those of its training set. Throws an Error if no picture can be read.
  PictureDataset(std::vector<PictureFile> files, std::vector<std::string> classes, const PictureOptions& options,
                 const Standardization* like = nullptr);
  ~PictureDataset() override;

  std::size_t size() const override;
  Shape input_shape() const override;
  int class_count() const override { return static_cast<int>(classes_.size()); }
  std::int32_t label(std::size_t sample) const override;
  void read(std::size_t sample, std::uint32_t epoch, std::span<float> input) const override;
  std::vector<std::string> class_names() const override { return classes_; }
  Standardization standardization() const override { return standardization_; }
  bool reads_slowly() const override { return cached_ < slots_.size(); }

  std::size_t cached_bytes() const { return squares_.size(); }
  /// Pictures that could not be read.
  std::size_t left_out() const { return left_out_; }

 private:
  void decode_all(const Standardization* like);
  void leave_out(const std::vector<std::string>& errors);

  std::vector<PictureFile> files_;
  std::vector<std::string> classes_;
  PictureOptions options_;
  Standardization standardization_;
  std::size_t bytes_ = 0;              // of a square
  std::vector<std::uint8_t> squares_;  // [cached_, C, size, size]
  std::vector<std::size_t> slots_;     // of each sample; from cached_ on it is not in memory
  std::size_t cached_ = 0, left_out_ = 0;
};

}  // namespace backflow::data
