// Animations as WebP or GIF: images one after the other, each for its time.
#pragma once

#include <memory>

#include <backflow/runtime/image/image.h>

namespace backflow::image {

struct AnimationOptions {
  int frame_milliseconds = 100;  // GIF counts in hundredths of a second
  int last_milliseconds = 1500;  // the result stands still for a while
  int loops = 0;                 // 0: for ever
  int quality = 85;              // of WebP, 0 … 100
  bool lossless = false;         // WebP alone; a GIF has 256 colours a frame
};

/// Takes frame by frame and keeps only what is encoded. The same frames give the same bytes.
class Animation {
 public:
  /// .webp or .gif, by the file's ending. Throws an Error for any other and for options out of their range.
  explicit Animation(std::filesystem::path file, const AnimationOptions& options = {});
  ~Animation();
  Animation(Animation&&) noexcept;
  Animation& operator=(Animation&&) noexcept;

  /// The first frame decides the size; others are resized to it. Throws an Error if the format cannot hold it: WebP
  /// goes to 16383 pixels a side, GIF to 65535.
  void add(const Image& frame);
  int frames() const;
  /// Writes the file, which appears whole or not at all. Throws an Error if there is no frame.
  void write();

  /// One format's encoder.
  class Encoder;

 private:
  std::filesystem::path file_;
  AnimationOptions options_;
  std::unique_ptr<Encoder> encoder_;
  Image last_;  // encoded when it is known whether another one follows
  int frames_ = 0;
};

/// All at once.
void write_animation(const std::filesystem::path& file, const std::vector<Image>& frames,
                     const AnimationOptions& options = {});

}  // namespace backflow::image
