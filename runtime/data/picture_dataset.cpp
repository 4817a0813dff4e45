#include <backflow/runtime/data/picture_dataset.h>

#include <tbb/combinable.h>
#include <tbb/parallel_for.h>

#include <atomic>
#include <mutex>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/picture_files.h>
#include <backflow/runtime/data/pixels.h>
#include <backflow/runtime/image/resize.h>
#include <backflow/runtime/log/message.h>

namespace backflow::data {
namespace {

constexpr std::int64_t kMaxPictureSize = 4096;

/// The square that the network sees, as planes.
void read_square(const std::filesystem::path& path, const PictureOptions& o, std::span<std::uint8_t> planes) {
  const auto size = static_cast<int>(o.size);
  const image::Image square = image::centre_square(image::read_image(path, size), size, size);
  const std::size_t pixels = square.rgb.size() / 3;
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* p = square.rgb.data() + 3 * i;
    if (o.grey)
      planes[i] = static_cast<std::uint8_t>((image::luma(p) + 500) / 1000);
    else
      for (std::size_t c = 0; c < 3; ++c) planes[c * pixels + i] = p[c];
  }
}

/// Tells how many pictures are decoded.
class Progress {
 public:
  Progress(const PictureOptions& options, std::size_t all) : tell_(options.progress), all_(all) {}

  /// A thread does not wait for another one that is telling.
  void add_one() {
    const std::size_t done = ++done_;
    if (!tell_) return;
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock.owns_lock()) tell_(done, all_);
  }

 private:
  const std::function<void(std::size_t, std::size_t)>& tell_;
  std::size_t all_;
  std::atomic<std::size_t> done_ = 0;
  std::mutex mutex_;
};

}  // namespace

void check(const PictureOptions& o) {
  if (o.size < 1 || o.size > kMaxPictureSize)
    throw OptionError("image_size", str_cat("needs to be 1 … ", kMaxPictureSize, ", got ", o.size));
}

PictureDataset::PictureDataset(std::vector<PictureFile> files, std::vector<std::string> classes,
                               const PictureOptions& options, const Standardization* like)
    : files_(std::move(files)), classes_(std::move(classes)), options_(options) {
  check(options_);
  bytes_ = static_cast<std::size_t>(elements(input_shape()));
  cached_ = std::min(files_.size(), options_.cache / bytes_);
  squares_.resize(cached_ * bytes_);
  decode_all(like);
}

PictureDataset::~PictureDataset() = default;

std::size_t PictureDataset::size() const { return slots_.size(); }

Shape PictureDataset::input_shape() const { return {options_.grey ? 1 : 3, options_.size, options_.size}; }

std::int32_t PictureDataset::label(std::size_t sample) const { return files_[slots_[sample]].label; }

void PictureDataset::decode_all(const Standardization* like) {
  const auto channels = static_cast<std::size_t>(input_shape()[0]);
  std::vector<std::string> errors(files_.size());
  tbb::combinable<PixelCounts> parts([&] { return PixelCounts(channels); });
  Progress progress(options_, files_.size());
  tbb::parallel_for(std::size_t{0}, files_.size(), [&](std::size_t i) {
    std::vector<std::uint8_t> read_only_once(i < cached_ ? 0 : bytes_);
    const std::span<std::uint8_t> planes =
        i < cached_ ? std::span(squares_).subspan(i * bytes_, bytes_) : std::span(read_only_once);
    try {
      read_square(files_[i].path, options_, planes);
      if (!like) parts.local().add(planes);
    } catch (const Error& e) {
      errors[i] = e.what();
    }
    progress.add_one();
  });
  leave_out(errors);
  PixelCounts all(channels);
  parts.combine_each([&](const PixelCounts& part) { all.add(part); });
  standardization_ = like ? *like : all.standardization();
}

void PictureDataset::leave_out(const std::vector<std::string>& errors) {
  const std::string* first = nullptr;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (errors[i].empty()) {
      slots_.push_back(i);
      continue;
    }
    require(!options_.strict, errors[i]);
    if (!first) first = &errors[i];
    ++left_out_;
  }
  require(!slots_.empty(), "[data] none of ", files_.size(),
          " pictures can be read; the first: ", first ? *first : "there is none");
  if (first)
    log::message(log::Level::warning, "[data] ", left_out_, " of ", files_.size(),
                 " pictures cannot be read and are left out; the first: ", *first);
}

void PictureDataset::read(std::size_t sample, std::uint32_t /*epoch*/, std::span<float> input) const {
  const std::size_t slot = slots_[sample];
  std::vector<std::uint8_t> decoded;
  std::span<const std::uint8_t> planes;
  if (slot < cached_) {
    planes = std::span(squares_).subspan(slot * bytes_, bytes_);
  } else {
    decoded.resize(bytes_);
    read_square(files_[slot].path, options_, decoded);
    planes = decoded;
  }
  standardize(planes, standardization_.mean, standardization_.stddev, input);
}

}  // namespace backflow::data
