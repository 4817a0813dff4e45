#include <backflow/runtime/image/gif_reader.h>

#include <backflow/runtime/image/animation.h>
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::image;
using namespace std::string_literals;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(gif_reader)

BOOST_AUTO_TEST_CASE(the_first_frame_of_an_animation_is_read) {
  const TemporaryFolder folder;
  Image first = blank_image(20, 11, {10, 200, 30});
  for (int x = 0; x < 20; ++x) std::fill_n(first.at(x, x / 2), 3, std::uint8_t{0});
  write_animation(folder / "a.gif", {first, blank_image(20, 11, {1, 2, 3})});
  BOOST_TEST((read_image(folder / "a.gif") == first));
}

BOOST_AUTO_TEST_CASE(what_a_frame_leaves_out_is_white) {
  const TemporaryFolder folder;
  write_animation(folder / "a.gif", {blank_image(6, 4, {10, 20, 30})});
  std::string file = read_bytes(folder / "a.gif");
  file[6] = 8;  // the canvas is wider than the frame
  const Image image = decode_gif(bytes_of(file), "test");
  BOOST_TEST(image.width == 8);
  BOOST_TEST(int{image.at(5, 3)[0]} == 10);
  BOOST_TEST(int{image.at(6, 0)[0]} == 255);
}

BOOST_AUTO_TEST_CASE(a_transparent_colour_is_white) {
  const TemporaryFolder folder;
  write_animation(folder / "a.gif", {blank_image(4, 4, {10, 20, 30})});
  std::string file = read_bytes(folder / "a.gif");
  const std::size_t control = file.find("\x21\xf9\4"s), frame = file.find(","s, control);
  BOOST_REQUIRE(control != std::string::npos && frame != std::string::npos);
  const std::string with = "\x21\xf9\4\1\0\0\0\0"s, without = "\x21\xf9\4\0\0\0\0\0"s;  // colour 0 is transparent
  BOOST_TEST(int{decode_gif(bytes_of(file.substr(0, frame) + without + file.substr(frame)), "test").at(1, 1)[0]} == 10);
  BOOST_TEST(int{decode_gif(bytes_of(file.substr(0, frame) + with + file.substr(frame)), "test").at(1, 1)[0]} == 255);
}

BOOST_AUTO_TEST_CASE(broken_files_are_errors) {
  const TemporaryFolder folder;
  write_animation(folder / "a.gif", {blank_image(30, 20, {10, 20, 30})});
  const std::string file = read_bytes(folder / "a.gif");
  for (std::size_t n = 0; n + 4 < file.size(); ++n) {
    const std::string cut = file.substr(0, n);
    if (is_gif(bytes_of(cut))) CHECK_FAILS(decode_gif(bytes_of(cut), "cut.gif"), "[cut.gif]");
  }
  CHECK_FAILS(decode_gif(bytes_of("GIF89a\1\0\1\0\0\0\0;"s), "test"), "there is no image in the GIF file");
  CHECK_FAILS(decode_gif(bytes_of("GIF89a\xff\xff\xff\xff\0\0\0;"s), "test"), "an image has 1 … ");
  for (std::size_t n = 6; n < file.size(); ++n)
    for (const char bit : {'\1', '\x40', '\x7f'}) {
      std::string damaged = file;
      damaged[n] = static_cast<char>(damaged[n] ^ bit);
      try {
        const Image image = decode_gif(bytes_of(damaged), "test");
        BOOST_TEST(image.rgb.size() == 3U * static_cast<unsigned>(image.width * image.height));
      } catch (const Error&) {
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
