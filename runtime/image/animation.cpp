#include <backflow/runtime/image/animation.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/image/animation_encoder.h>
#include <backflow/runtime/image/resize.h>

namespace backflow::image {
namespace {

constexpr int kLongest = 60'000;  // ms
constexpr int kMaxLoops = 65'535;

std::unique_ptr<Animation::Encoder> encoder_of(const std::filesystem::path& file, const AnimationOptions& o) {
  const std::string ending = files::lower_case(file.extension().string());
  if (ending == ".webp") return webp_encoder(o);
  if (ending == ".gif") return gif_encoder(o);
  fail("[", file.string(), "] animations are written as .webp or .gif, got '", ending, "'");
}

void check_time(int milliseconds) {
  require(milliseconds >= 10 && milliseconds <= kLongest, "[animation] a frame lasts 10 … ", kLongest,
          " milliseconds, got ", milliseconds);
}

}  // namespace

Animation::Animation(std::filesystem::path file, const AnimationOptions& options)
    : file_(std::move(file)), options_(options), encoder_(encoder_of(file_, options)) {
  check_time(options.frame_milliseconds);
  check_time(options.last_milliseconds);
  require(options.loops >= 0 && options.loops <= kMaxLoops, "[animation] loops need to be 0 … ", kMaxLoops, ", got ",
          options.loops);
  require(options.quality >= 0 && options.quality <= 100, "[animation] quality needs to be 0 … 100, got ",
          options.quality);
}

Animation::~Animation() = default;
Animation::Animation(Animation&&) noexcept = default;
Animation& Animation::operator=(Animation&&) noexcept = default;

void Animation::add(const Image& frame) {
  check_image_size(frame.width, frame.height, "animation");
  if (frames_ > 0) encoder_->add(last_, options_.frame_milliseconds);
  const bool fits = frames_ == 0 || (frame.width == last_.width && frame.height == last_.height);
  last_ = fits ? frame : resize(frame, last_.width, last_.height);
  ++frames_;
}

int Animation::frames() const { return frames_; }

void Animation::write() {
  require(frames_ > 0, "[animation] needs at least one frame");
  encoder_->add(last_, options_.last_milliseconds);
  files::write_file(file_, encoder_->finish());
}

void write_animation(const std::filesystem::path& file, const std::vector<Image>& frames,
                     const AnimationOptions& options) {
  Animation animation(file, options);
  for (const Image& frame : frames) animation.add(frame);
  animation.write();
}

}  // namespace backflow::image
