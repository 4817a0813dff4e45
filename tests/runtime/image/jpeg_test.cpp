#include <backflow/runtime/image/jpeg.h>

#include <turbojpeg.h>

#include <cmath>
#include <fstream>

#include <backflow/runtime/image/orientation.h>
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::image;

namespace {

/// A smooth image: JPEG keeps it nearly as it is.
Image gradient_picture(int width, int height) {
  Image image = blank_image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      image.at(x, y)[0] = static_cast<std::uint8_t>(255 * x / width);
      image.at(x, y)[1] = static_cast<std::uint8_t>(255 * y / height);
      image.at(x, y)[2] = 100;
    }
  return image;
}

int largest_difference(const Image& a, const Image& b) {
  BOOST_REQUIRE(a.width == b.width && a.height == b.height);
  int largest = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) largest = std::max(largest, std::abs(a.rgb[i] - b.rgb[i]));
  return largest;
}

std::vector<std::byte> compressed(const std::vector<std::uint8_t>& pixels, int width, int height, int format,
                                  int sampling) {
  tjhandle handle = tjInitCompress();
  unsigned char* data = nullptr;
  unsigned long size = 0;
  BOOST_REQUIRE_EQUAL(
      tjCompress2(handle, pixels.data(), width, 0, height, format, &data, &size, sampling, 95, TJFLAG_PROGRESSIVE), 0);
  const auto raw = std::as_bytes(std::span(data, size));
  std::vector<std::byte> bytes(raw.begin(), raw.end());
  tjFree(data);
  tjDestroy(handle);
  return bytes;
}

/// The file with an Exif segment that says the orientation.
std::vector<std::byte> with_orientation(std::vector<std::byte> jpeg, int orientation, bool big_endian) {
  using namespace std::string_literals;
  const char value = static_cast<char>(orientation);
  const std::string tiff = big_endian ? "MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0"s + value + "\0\0\0\0\0\0"s
                                      : "II*\0\x08\0\0\0\1\0\x12\x01\3\0\1\0\0\0"s + value + "\0\0\0\0\0\0\0"s;
  const std::string body = "Exif\0\0"s + tiff;
  const std::string segment = "\xff\xe1\0"s + static_cast<char>(body.size() + 2) + body;
  const auto raw = std::as_bytes(std::span(segment));
  jpeg.insert(jpeg.begin() + 2, raw.begin(), raw.end());
  return jpeg;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(jpeg)

BOOST_AUTO_TEST_CASE(what_is_written_is_nearly_what_is_read) {
  for (auto [w, h] : {std::pair{1, 1}, {7, 5}, {300, 200}}) {
    const auto bytes = encode_jpeg(gradient_picture(w, h));
    BOOST_CHECK(bytes == encode_jpeg(gradient_picture(w, h)));
    BOOST_CHECK_LE(largest_difference(decode_jpeg(bytes, "test"), gradient_picture(w, h)), 6);
  }
}

BOOST_AUTO_TEST_CASE(grey_and_progressive_files_are_read) {
  const auto bytes = compressed(std::vector<std::uint8_t>(16 * 8, 77), 16, 8, TJPF_GRAY, TJSAMP_GRAY);
  BOOST_CHECK_LE(largest_difference(decode_jpeg(bytes, "test"), blank_image(16, 8, {77, 77, 77})), 1);
}

BOOST_AUTO_TEST_CASE(cmyk_files_become_rgb) {
  std::vector<std::uint8_t> cmyk;
  for (int i = 0; i < 16 * 8; ++i)
    for (int ink : {255, 128, 0, 128}) cmyk.push_back(static_cast<std::uint8_t>(ink));
  const auto bytes = compressed(cmyk, 16, 8, TJPF_CMYK, TJSAMP_444);
  BOOST_CHECK_LE(largest_difference(decode_jpeg(bytes, "test"), blank_image(16, 8, {128, 64, 0})), 2);
}

BOOST_AUTO_TEST_CASE(photos_are_turned_as_exif_says) {
  const Image stored{3, 2, {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6}};
  auto order = [&](int orientation) {
    const Image turned = upright(stored, orientation);
    std::string text = std::to_string(turned.width) + ":";
    for (std::size_t i = 0; i < turned.rgb.size(); i += 3) text += std::to_string(turned.rgb[i]);
    return text;
  };
  const std::vector<std::string> expected{"3:123456", "3:321654", "3:654321", "3:456123",
                                          "2:142536", "2:415263", "2:635241", "2:362514"};
  for (int o = 1; o <= 8; ++o) BOOST_CHECK_EQUAL(order(o), expected[static_cast<std::size_t>(o - 1)]);

  const auto plain = encode_jpeg(gradient_picture(32, 16));
  BOOST_CHECK_EQUAL(exif_orientation(plain), 1);
  for (bool big_endian : {false, true})
    for (int o = 0; o <= 9; ++o)
      BOOST_CHECK_EQUAL(exif_orientation(with_orientation(plain, o, big_endian)), o >= 1 && o <= 8 ? o : 1);
  const Image turned = decode_jpeg(with_orientation(plain, 6, false), "test");
  BOOST_CHECK_LE(largest_difference(turned, upright(gradient_picture(32, 16), 6)), 6);
}

BOOST_AUTO_TEST_CASE(a_large_image_is_decoded_at_a_part_of_its_size_where_that_is_enough) {
  const auto bytes = with_orientation(encode_jpeg(gradient_picture(161, 90)), 6, false);
  for (const auto [enough, width, height] :
       {std::array{0, 90, 161}, {46, 90, 161}, {45, 45, 81}, {24, 45, 81}, {23, 23, 41}, {12, 12, 21}, {1, 12, 21}}) {
    const Image image = decode_jpeg(bytes, "test", enough);
    BOOST_TEST(image.width == width, "enough " << enough);
    BOOST_TEST(image.height == height);
    BOOST_TEST(std::abs(image.at(width / 2, height / 2)[0] - 128) <= 8);  // the gradient's middle
  }
}

BOOST_AUTO_TEST_CASE(every_truncated_file_is_an_error) {
  const auto bytes = with_orientation(encode_jpeg(gradient_picture(40, 30)), 6, true);
  for (std::size_t n = 3; n + 8 < bytes.size(); n += 5)
    CHECK_FAILS(decode_jpeg(std::span(bytes).first(n), "cut.jpg"), "[cut.jpg] the JPEG file is broken: ");
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_an_error_or_a_picture_but_never_more) {
  const auto bytes = with_orientation(encode_jpeg(gradient_picture(40, 30)), 6, false);
  for (std::size_t n = 3; n < bytes.size(); ++n) {
    auto damaged = bytes;
    damaged[n] ^= std::byte{0x55};
    try {
      const Image image = decode_jpeg(damaged, "test");
      BOOST_CHECK_EQUAL(image.rgb.size(), 3 * image.width * image.height);
    } catch (const Error&) {
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_is_read_by_its_content_and_written_by_its_name) {
  const TemporaryFolder folder;
  write_image(folder / "photo.JPG", gradient_picture(20, 10));
  std::filesystem::rename(folder / "photo.JPG", folder / "photo.png");
  BOOST_CHECK_LE(largest_difference(read_image(folder / "photo.png"), gradient_picture(20, 10)), 6);
  std::ofstream(folder / "text.png") << "hello";
  CHECK_FAILS(read_image(folder / "text.png"), "text.png] is no PNG, JPEG, WebP or GIF file");
  std::ofstream(folder / "empty.png");
  CHECK_FAILS(read_image(folder / "empty.png"), "is no PNG");
  CHECK_FAILS(write_image(folder / "a.bmp", gradient_picture(2, 2)), "written as .png, .jpg or .jpeg, got '.bmp'");
  CHECK_FAILS(encode_jpeg(gradient_picture(2, 2), 0), "quality needs to be 1 … 100, got 0");
}

BOOST_AUTO_TEST_SUITE_END()
