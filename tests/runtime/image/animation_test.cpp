#include <backflow/runtime/image/animation.h>

#include <gif_lib.h>
#include <webp/demux.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tests/support/files.h"
#include "tests/support/full_disk.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::image;

namespace {

struct Read {
  std::vector<Image> frames;
  std::vector<int> milliseconds;  // of each frame
  int loops = -1;
};

Read read_webp(const std::string& bytes) {
  const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  WebPAnimDecoder* decoder = WebPAnimDecoderNew(&data, nullptr);
  BOOST_REQUIRE(decoder != nullptr);
  WebPAnimInfo info;
  WebPAnimDecoderGetInfo(decoder, &info);
  Read result;
  result.loops = static_cast<int>(info.loop_count);
  for (int before = 0, end = 0; WebPAnimDecoderHasMoreFrames(decoder) != 0; before = end) {
    std::uint8_t* rgba = nullptr;
    BOOST_REQUIRE(WebPAnimDecoderGetNext(decoder, &rgba, &end) != 0);
    Image frame = blank_image(static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height));
    for (std::size_t i = 0; i < frame.rgb.size(); ++i) frame.rgb[i] = rgba[i / 3 * 4 + i % 3];
    result.frames.push_back(std::move(frame));
    result.milliseconds.push_back(end - before);
  }
  WebPAnimDecoderDelete(decoder);
  return result;
}

struct Cursor {
  const std::string& bytes;
  std::size_t at = 0;
};

int take(GifFileType* gif, GifByteType* into, int count) {
  auto& c = *static_cast<Cursor*>(gif->UserData);
  const std::size_t n = std::min(static_cast<std::size_t>(count), c.bytes.size() - c.at);
  std::memcpy(into, c.bytes.data() + c.at, n);
  c.at += n;
  return static_cast<int>(n);
}

Read read_gif(const std::string& bytes) {
  Cursor cursor{bytes};
  GifFileType* gif = DGifOpen(&cursor, take, nullptr);
  BOOST_REQUIRE(gif != nullptr);
  BOOST_REQUIRE_EQUAL(DGifSlurp(gif), GIF_OK);
  Read result;
  for (int i = 0; i < gif->ImageCount; ++i) {
    const SavedImage& saved = gif->SavedImages[i];
    GraphicsControlBlock control;
    BOOST_REQUIRE_EQUAL(DGifSavedExtensionToGCB(gif, i, &control), GIF_OK);
    result.milliseconds.push_back(10 * control.DelayTime);
    Image frame = blank_image(saved.ImageDesc.Width, saved.ImageDesc.Height);
    for (std::size_t p = 0; p < frame.rgb.size() / 3; ++p) {
      const GifColorType c = saved.ImageDesc.ColorMap->Colors[saved.RasterBits[p]];
      const Colour rgb{c.Red, c.Green, c.Blue};
      std::copy(rgb.begin(), rgb.end(), frame.rgb.begin() + static_cast<std::ptrdiff_t>(3 * p));
    }
    result.frames.push_back(std::move(frame));
    for (int e = 0; e + 1 < saved.ExtensionBlockCount; ++e)
      if (saved.ExtensionBlocks[e].Function == APPLICATION_EXT_FUNC_CODE)
        result.loops = saved.ExtensionBlocks[e + 1].Bytes[1] + 256 * saved.ExtensionBlocks[e + 1].Bytes[2];
  }
  DGifCloseFile(gif, nullptr);
  return result;
}

Read read_animation(const std::filesystem::path& file) {
  const std::string bytes = read_bytes(file);
  return file.extension() == ".gif" ? read_gif(bytes) : read_webp(bytes);
}

/// Stripes that move, in few colours.
Image stripes(int width, int height, int shift) {
  Image image = blank_image(width, height, {20, 30, 40});
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      if ((x + shift) % 8 < 3) *image.at(x, y) = static_cast<std::uint8_t>(100 + 10 * (y % 8));
  return image;
}

std::vector<Image> movie(int frames) {
  std::vector<Image> result;
  for (int i = 0; i < frames; ++i) result.push_back(stripes(37, 23, i));
  return result;
}

const std::vector<std::string> kFormats{"film.webp", "film.gif"};

}  // namespace

BOOST_AUTO_TEST_SUITE(animation)

BOOST_AUTO_TEST_CASE(the_frames_that_are_read_back_are_those_that_were_written) {
  TemporaryFolder folder;
  for (const auto& name : kFormats)
    for (int frames : {1, 2, 9}) {
      BOOST_TEST_CONTEXT(name << ", " << frames << " frames") {
        write_animation(folder / name, movie(frames), {.lossless = true});
        BOOST_CHECK(read_animation(folder / name).frames == movie(frames));
      }
    }
}

BOOST_AUTO_TEST_CASE(each_frame_has_its_time_and_the_last_one_its_own) {
  TemporaryFolder folder;
  for (const auto& name : kFormats) {
    write_animation(folder / name, movie(3), {.frame_milliseconds = 120, .last_milliseconds = 700, .loops = 300});
    const Read film = read_animation(folder / name);
    const std::vector<int> expected{120, 120, 700};
    BOOST_TEST(film.milliseconds == expected, boost::test_tools::per_element());
    BOOST_CHECK_EQUAL(film.loops, 300);
  }
}

BOOST_AUTO_TEST_CASE(frames_that_stand_still_keep_their_time) {
  TemporaryFolder folder;
  for (const auto& name : kFormats) {
    write_animation(folder / name, {stripes(8, 8, 0), stripes(8, 8, 0), stripes(8, 8, 0), stripes(8, 8, 1)},
                    {.frame_milliseconds = 50, .last_milliseconds = 50});
    int time = 0;
    for (int t : read_animation(folder / name).milliseconds) time += t;
    BOOST_CHECK_EQUAL(time, 200);
  }
}

BOOST_AUTO_TEST_CASE(lossy_webp_is_near_and_smaller) {
  TemporaryFolder folder;
  write_animation(folder / "a.webp", movie(5));
  const Read film = read_animation(folder / "a.webp");
  BOOST_REQUIRE_EQUAL(film.frames.size(), 5);
  double sum = 0;
  for (std::size_t f = 0; f < 5; ++f)
    for (std::size_t i = 0; i < film.frames[f].rgb.size(); ++i)
      sum += std::abs(film.frames[f].rgb[i] - movie(5)[f].rgb[i]);
  BOOST_CHECK_LT(sum / (5 * 3 * 37 * 23), 12);
}

BOOST_AUTO_TEST_CASE(frames_of_another_size_take_that_of_the_first) {
  TemporaryFolder folder;
  for (const auto& name : kFormats) {
    write_animation(folder / name, {blank_image(20, 10, {9, 9, 9}), blank_image(41, 33, {200, 0, 0})},
                    {.lossless = true});
    const Read film = read_animation(folder / name);
    BOOST_CHECK(film.frames.at(1) == blank_image(20, 10, {200, 0, 0}));
  }
}

BOOST_AUTO_TEST_CASE(the_same_frames_give_the_same_bytes) {
  TemporaryFolder folder;
  for (const auto& name : kFormats) {
    write_animation(folder / name, movie(4));
    const std::string first = read_bytes(folder / name);
    write_animation(folder / name, movie(4));
    BOOST_CHECK(read_bytes(folder / name) == first);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_said) {
  TemporaryFolder folder;
  CHECK_FAILS(Animation(folder / "film.mp4"), "'.mp4'");
  CHECK_FAILS(Animation(folder / "film"), "are written as .webp or .gif");
  CHECK_FAILS(Animation(folder / "film.gif", {.frame_milliseconds = 5}), "got 5");
  CHECK_FAILS(Animation(folder / "film.gif", {.loops = -1}), "got -1");
  CHECK_FAILS(Animation(folder / "film.webp", {.quality = 101}), "got 101");
  CHECK_FAILS(write_animation(folder / "film.webp", {}), "at least one frame");
  CHECK_FAILS(write_animation(folder / "film.webp", {blank_image(16'384, 1)}), "16384 × 1");
  CHECK_FAILS(write_animation(folder / "film.gif", {blank_image(65'536, 1)}), "65536 × 1");
  CHECK_FAILS(write_animation(folder / "nowhere" / "film.gif", movie(1)), "nowhere");
  BOOST_CHECK_EQUAL(folder.entries(), 0);
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_no_half_file) {
  TemporaryFolder folder;
  std::vector<Image> large(30, blank_image(1, 1));
  for (int i = 0; i < 30; ++i) large[static_cast<std::size_t>(i)] = stripes(200, 200, i);
  const std::string what = error_on_full_disk([&] { write_animation(folder / "film.gif", large); });
  BOOST_CHECK_NE(what.find("film.gif"), std::string::npos);
  BOOST_CHECK_EQUAL(folder.entries(), 0);
}

BOOST_AUTO_TEST_SUITE_END()
