// What the formats of animations have in common. Internal to runtime/image/.
#pragma once

#include <backflow/runtime/image/animation.h>

namespace backflow::image {

class Animation::Encoder {
 public:
  virtual ~Encoder() = default;
  /// All frames have the size of the first.
  virtual void add(const Image& frame, int milliseconds) = 0;
  /// The whole file.
  virtual std::string finish() = 0;
};

std::unique_ptr<Animation::Encoder> webp_encoder(const AnimationOptions& options);
std::unique_ptr<Animation::Encoder> gif_encoder(const AnimationOptions& options);

}  // namespace backflow::image
