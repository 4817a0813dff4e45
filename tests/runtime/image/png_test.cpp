#include <backflow/runtime/image/png.h>

#include <zlib.h>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::image;

namespace {

void append_number(std::string& out, std::uint32_t n) {
  for (int shift : {24, 16, 8, 0}) out += static_cast<char>(n >> shift & 0xff);
}

std::string chunk(const std::string& type, const std::string& data) {
  std::string out;
  append_number(out, static_cast<std::uint32_t>(data.size()));
  out += type + data;
  const std::string body = type + data;
  append_number(out, static_cast<std::uint32_t>(
                         crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()))));
  return out;
}

std::string header(std::uint32_t width, std::uint32_t height, int depth, int colour_type) {
  std::string data;
  append_number(data, width);
  append_number(data, height);
  data += {static_cast<char>(depth), static_cast<char>(colour_type), 0, 0, 0};
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", data);
}

std::string pixels(const std::string& rows) {
  std::string packed(rows.size() + 100, '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()), rows.size());
  return chunk("IDAT", packed.substr(0, size));
}

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto raw = std::as_bytes(std::span(text));
  return {raw.begin(), raw.end()};
}

Image decoded(const std::string& file) { return decode_png(bytes_of(file + chunk("IEND", "")), "test"); }

std::vector<std::uint8_t> list(std::initializer_list<int> values) { return {values.begin(), values.end()}; }

Image pattern(int width, int height) {
  Image image = blank_image(width, height);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<std::uint8_t>(i * 37 % 256);
  return image;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(png)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
  for (auto [w, h] : {std::pair{1, 1}, {7, 5}, {300, 200}})
    BOOST_CHECK(decode_png(encode_png(pattern(w, h)), "test") == pattern(w, h));
}

BOOST_AUTO_TEST_CASE(every_colour_type_becomes_eight_bit_rgb) {
  using namespace std::string_literals;
  const std::string bits = header(3, 1, 1, 0) + pixels("\0\xa0"s);  // 1 0 1
  BOOST_CHECK(decoded(bits).rgb == list({255, 255, 255, 0, 0, 0, 255, 255, 255}));
  const std::string grey = header(2, 1, 8, 0) + pixels("\0\x10\xf0"s);
  BOOST_CHECK(decoded(grey).rgb == list({16, 16, 16, 240, 240, 240}));
  const std::string deep = header(1, 2, 16, 2) + pixels("\0\x80\x80\x00\x00\xff\xff\0\x01\x01\x02\x02\x03\x03"s);
  BOOST_CHECK(decoded(deep).rgb == list({128, 0, 255, 1, 2, 3}));
  const std::string palette =
      header(2, 1, 8, 3) + chunk("PLTE", "\x01\x02\x03\xc8\x64\x32") + chunk("tRNS", "\xff\x80"s) + pixels("\0\1\0"s);
  BOOST_CHECK(decoded(palette).rgb == list({227, 177, 152, 1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(transparency_is_blended_over_white) {
  using namespace std::string_literals;
  const std::string rgba = header(3, 1, 8, 6) + pixels("\0\x0a\x14\x1e\xff\x0a\x14\x1e\x80\x0a\x14\x1e\x00"s);
  BOOST_CHECK(decoded(rgba).rgb == list({10, 20, 30, 132, 137, 142, 255, 255, 255}));
  const std::string grey = header(2, 1, 8, 4) + pixels("\0\x64\xff\x64\x00"s);
  BOOST_CHECK(decoded(grey).rgb == list({100, 100, 100, 255, 255, 255}));
}

BOOST_AUTO_TEST_CASE(settings_in_the_text_survive) {
  const PngText text{{"Software", "backflow"}, {"Target", "Gürteltier, 穿山甲"}, {"Empty", ""}, {"Lines", "a\nb"}};
  const auto bytes = encode_png(pattern(7, 5), text);
  BOOST_CHECK(decode_png_text(bytes, "test") == text);
  BOOST_CHECK(decode_png(bytes, "test") == pattern(7, 5));
  BOOST_CHECK(bytes == encode_png(pattern(7, 5), text));
}

BOOST_AUTO_TEST_CASE(text_of_other_programs_is_read) {
  using namespace std::string_literals;
  const std::string file = header(1, 1, 8, 0) + chunk("tEXt", "Author\0Andr\xe9"s) + pixels("\0\0"s) +
                           chunk("iTXt", "Title\0\0\0de\0Titel\0T\xc3\xa4"s) + chunk("tEXt", "Author\0second"s) +
                           chunk("iTXt", "Packed\0\1\0\0\0xx"s) + chunk("tEXt", "no end") + chunk("IEND", "");
  const PngText expected{{"Author", "Andr\xc3\xa9"}, {"Title", "T\xc3\xa4"}};
  BOOST_CHECK(decode_png_text(bytes_of(file), "test") == expected);
}

BOOST_AUTO_TEST_CASE(files_are_whole_and_errors_name_them) {
  const TemporaryFolder folder;
  write_png(folder / "a.png", pattern(7, 5), {{"Seed", "3"}});
  BOOST_CHECK(read_image(folder / "a.png") == pattern(7, 5));
  BOOST_CHECK_EQUAL(read_png_text(folder / "a.png").at("Seed"), "3");
  CHECK_FAILS(write_png(folder / "none" / "a.png", pattern(1, 1)), "a.png");
  CHECK_FAILS(read_image(folder / "b.png"), "b.png: No such file or directory");
  CHECK_FAILS(read_image(folder.path()), "it is a folder");
}

BOOST_AUTO_TEST_CASE(every_truncated_file_is_an_error) {
  const auto bytes = encode_png(pattern(40, 30), {{"Seed", "3"}});
  for (std::size_t n = 8; n + 12 < bytes.size(); n += 7) {
    CHECK_FAILS(decode_png(std::span(bytes).first(n), "cut.png"), "[cut.png] ");
    CHECK_FAILS(decode_png_text(std::span(bytes).first(n), "cut.png"), "[cut.png] ");
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_an_error_or_a_picture_but_never_more) {
  const auto bytes = encode_png(pattern(40, 30), {{"Seed", "3"}});
  for (std::size_t n = 8; n < bytes.size(); ++n) {
    auto damaged = bytes;
    damaged[n] ^= std::byte{0x55};
    try {
      decode_png_text(damaged, "test");
      const Image image = decode_png(damaged, "test");
      BOOST_CHECK_EQUAL(image.rgb.size(), 3 * image.width * image.height);
    } catch (const Error&) {
    }
  }
}

BOOST_AUTO_TEST_CASE(a_picture_that_claims_to_be_huge_is_refused_before_memory_is_asked_for) {
  using namespace std::string_literals;
  CHECK_FAILS(decoded(header(900000, 900000, 8, 6) + pixels("\0\0"s)), "this one would have 900000 × 900000");
  CHECK_FAILS(decoded(header(0, 1, 8, 6) + pixels("\0\0"s)), "[test] ");
}

BOOST_AUTO_TEST_CASE(a_chunk_that_claims_more_than_the_file_has_is_refused_before_memory_is_asked_for) {
  using namespace std::string_literals;
  for (const char* type : {"tEXt", "zTXt", "iTXt", "iCCP", "IDAT"}) {
    const std::string file = header(1, 1, 8, 0) + "\x7f\xff\xff\xff" + type + "key\0value"s + pixels("\0\0"s);
    CHECK_FAILS(decoded(file), "[test] the PNG file is truncated");
  }
}

BOOST_AUTO_TEST_CASE(pixels_are_what_is_stored_whatever_gamma_the_file_names) {
  using namespace std::string_literals;
  const std::string stored = pixels("\0\x80\x40\x20"s);
  BOOST_CHECK(decoded(header(1, 1, 8, 2) + chunk("gAMA", "\0\x01\x86\xa0"s) + stored).rgb == list({128, 64, 32}));
  BOOST_CHECK(decoded(header(1, 1, 8, 2) + chunk("iCCP", "broken") + stored).rgb == list({128, 64, 32}));
}

BOOST_AUTO_TEST_CASE(what_follows_the_end_of_a_picture_is_passed_over) {
  using namespace std::string_literals;
  BOOST_CHECK(decoded(header(1, 1, 8, 0) + pixels("\0\x07"s) + chunk("IEND", "") + std::string(40, '\xff')).rgb ==
              list({7, 7, 7}));
}

BOOST_AUTO_TEST_CASE(text_that_cannot_be_stored_is_an_error) {
  using namespace std::string_literals;
  CHECK_FAILS(encode_png(pattern(1, 1), {{"", "x"}}), "a keyword has 1 … 79 printable ASCII letters, got ''");
  CHECK_FAILS(encode_png(pattern(1, 1), {{std::string(80, 'k'), "x"}}), "a keyword has");
  CHECK_FAILS(encode_png(pattern(1, 1), {{"key", "a\0b"s}}), "the text of 'key' has a zero in it");
}

BOOST_AUTO_TEST_SUITE_END()
