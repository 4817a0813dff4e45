#include <backflow/runtime/image/webp_reader.h>

#include <webp/encode.h>

#include <backflow/runtime/image/animation.h>
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::image;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string lossless(const std::vector<std::uint8_t>& rgba, int width, int height) {
  std::uint8_t* out = nullptr;
  const std::size_t size = WebPEncodeLosslessRGBA(rgba.data(), width, height, 4 * width, &out);
  std::string file(reinterpret_cast<const char*>(out), size);
  WebPFree(out);
  return file;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(webp_reader)

BOOST_AUTO_TEST_CASE(transparency_is_blended_over_white) {
  const Image image = decode_webp(bytes_of(lossless({10, 20, 30, 255, 100, 0, 0, 51}, 2, 1)), "test");
  BOOST_TEST(image.width == 2);
  BOOST_TEST(int{image.at(0, 0)[2]} == 30);
  BOOST_TEST(int{image.at(1, 0)[0]} == 224);  // .2 · 100 + .8 · 255
  BOOST_TEST(int{image.at(1, 0)[1]} == 204);
}

BOOST_AUTO_TEST_CASE(the_first_frame_of_an_animation_is_read) {
  const TemporaryFolder folder;
  const Image first = blank_image(20, 11, {10, 200, 30});
  write_animation(folder / "a.webp", {first, blank_image(20, 11, {1, 2, 3})}, {.lossless = true});
  BOOST_TEST((read_image(folder / "a.webp") == first));
}

BOOST_AUTO_TEST_CASE(broken_files_are_errors) {
  std::vector<std::uint8_t> rgba(4 * 30 * 20);
  for (std::size_t i = 0; i < rgba.size(); ++i) rgba[i] = static_cast<std::uint8_t>(i * 37 % 251 | 1);
  const std::string file = lossless(rgba, 30, 20);
  for (std::size_t n = 12; n + 8 < file.size(); n += 7)
    CHECK_FAILS(decode_webp(bytes_of(file.substr(0, n)), "cut.webp"), "[cut.webp] the WebP file is broken");
  for (std::size_t n = 12; n < file.size(); ++n) {
    std::string damaged = file;
    damaged[n] = static_cast<char>(damaged[n] ^ 0x55);
    try {
      const Image image = decode_webp(bytes_of(damaged), "test");
      BOOST_TEST(image.rgb.size() == 3U * static_cast<unsigned>(image.width * image.height));
    } catch (const Error&) {
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
