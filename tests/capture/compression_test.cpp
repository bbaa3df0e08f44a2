#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <boost/test/unit_test.hpp>

#include "read_all.hpp"

using namespace sasync;
using namespace sasync::capture;
using namespace sasync::test;

namespace {

Octets gzip(const Octets& plain) {
  constexpr int kGzipWindowBits = MAX_WBITS + 16;
  z_stream stream{};
  BOOST_TEST_REQUIRE(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindowBits, 8, Z_DEFAULT_STRATEGY) ==
                     Z_OK);
  auto input = plain;
  Octets out(deflateBound(&stream, plain.size()) + 64);
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  BOOST_TEST_REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

Octets zstd(const Octets& plain, int window_log = 0) {
  auto* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  if (window_log != 0) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  }
  Octets out(ZSTD_compressBound(plain.size()) + 64);
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  ZSTD_inBuffer from{plain.data(), plain.size(), 0};
  // Two steps: told everything at once, zstd would shrink the window to what it sees.
  ZSTD_compressStream2(context, &to, &from, ZSTD_e_continue);
  BOOST_TEST_REQUIRE(ZSTD_compressStream2(context, &to, &from, ZSTD_e_end) == 0U);
  ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return out;
}

using Compressor = Octets (*)(const Octets&);
struct Format {
  const char* name;
  Compressor compress;
};
const std::vector<Format> kFormats{{"gzip", [](const Octets& plain) { return gzip(plain); }},
                                   {"zstd", [](const Octets& plain) { return zstd(plain); }}};

}  // namespace

BOOST_AUTO_TEST_SUITE(compression)

BOOST_AUTO_TEST_CASE(compressed_captures_are_recognised_by_content) {
  const auto all = records(2000);
  const auto plain = pcap_file(all);
  for (const auto& format : kFormats) {
    const auto compressed = format.compress(plain);
    const auto read = read_bytes(compressed);
    check_frames(read, all);
    BOOST_TEST((read.status == ReadStatus::end));
    BOOST_TEST(read.damage == "");
    BOOST_TEST(read.bytes_total == compressed.size());
    BOOST_TEST(read.bytes_consumed == compressed.size());
  }
}

BOOST_AUTO_TEST_CASE(several_members_or_frames_are_one_file) {
  const auto all = records(500);
  const auto plain = pcap_file(all);
  for (const auto& format : kFormats) {
    for (const std::size_t step : {std::size_t{1000}, std::size_t{100'000}}) {
      Octets file;
      for (std::size_t at = 0; at < plain.size(); at += step) {
        file = joined(file, format.compress(slice(plain, at, std::min(at + step, plain.size()))));
      }
      const auto read = read_bytes(file);
      check_frames(read, all);
      BOOST_TEST((read.status == ReadStatus::end));
    }
  }
  // zstd's skippable frames, in front too; gzip's padding with zeros.
  const Octets skippable{0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3};
  check_frames(read_bytes(joined(joined(skippable, zstd(plain)), skippable)), all);
  const auto padded = read_bytes(joined(gzip(plain), Octets(1000, 0)));
  check_frames(padded, all);
  BOOST_TEST((padded.status == ReadStatus::end));
}

BOOST_AUTO_TEST_CASE(a_cut_compressed_file_gives_what_is_before_the_cut) {
  const auto all = records(500);
  const auto plain = pcap_file(all);
  for (const auto& format : kFormats) {
    const auto compressed = format.compress(plain);
    std::size_t most = 0;
    for (std::size_t cut = 1; cut < compressed.size(); cut += cut < 40 ? 1 : 997) {
      const auto size = compressed.size() - cut;
      const auto read = read_bytes(slice(compressed, 0, size));
      if (!read.error.empty()) continue;
      BOOST_TEST((read.status == ReadStatus::damaged));
      BOOST_TEST(read.damage.starts_with(
          fmt::format("ends in the middle of its {} data at byte {}, at byte ", format.name, size)));
      BOOST_TEST(read.damage.contains(" of the decompressed data (after "));
      BOOST_TEST(read.damage.ends_with(" frames): everything before it was read"));
      for (const auto& frame : read.frames) BOOST_TEST((frame.bytes == all[frame.number - 1].bytes));
      most = std::max(most, read.frames.size());
    }
    BOOST_TEST(most >= 400U);
  }
}

BOOST_AUTO_TEST_CASE(a_cut_in_front_of_the_first_frame_is_an_error_of_opening) {
  const auto plain = pcap_file(records(500));
  for (const auto& format : kFormats) {
    const auto read = read_bytes(slice(format.compress(plain), 0, 12));
    BOOST_TEST(read.error == fmt::format("ends in the middle of its {} data at byte 12", format.name));
  }
}

BOOST_AUTO_TEST_CASE(a_cut_record_in_a_whole_compressed_file) {
  const auto all = records(18);
  const auto plain = pcap_file(all);
  for (const auto& format : kFormats) {
    const auto read = read_bytes(format.compress(slice(plain, 0, plain.size() - 1)));
    check_frames(read, {all.begin(), all.end() - 1});
    BOOST_TEST(read.damage ==
               fmt::format("ends in the middle of a record at byte {} of the decompressed data (after 17 frames): "
                           "everything before it was read",
                           plain.size() - 1));
  }
}

BOOST_AUTO_TEST_CASE(broken_compressed_data_are_damage) {
  const auto plain = pcap_file(records(500));
  for (const auto& format : kFormats) {
    auto compressed = format.compress(plain);
    compressed[compressed.size() - 6] ^= 0x55U;  // in gzip's checksum, in zstd's last block
    const auto read = read_bytes(compressed);
    BOOST_TEST((read.status == ReadStatus::damaged));
    BOOST_TEST(read.damage.starts_with(fmt::format("has broken {} data near byte ", format.name)));
    const auto garbage = read_bytes(joined(format.compress(plain), pattern(100, 1)));
    BOOST_TEST((garbage.status == ReadStatus::damaged));
    BOOST_TEST(garbage.frames.size() == 500U);
  }
}

BOOST_AUTO_TEST_CASE(no_changed_byte_of_compressed_data_breaks_the_reader) {
  const auto plain = pcap_file(records(20));
  const TemporaryDirectory directory;
  for (const auto& format : kFormats) {
    const auto compressed = format.compress(plain);
    for (std::size_t at = 0; at < std::min<std::size_t>(compressed.size(), 300); ++at) {
      auto changed = compressed;
      changed[at] ^= 0xA5U;
      const auto read = read_path(directory.write("changed", changed));
      BOOST_TEST((!read.error.empty() || read.status == ReadStatus::end || !read.damage.empty()));
    }
  }
}

BOOST_AUTO_TEST_CASE(compressed_nothing_and_compressed_garbage) {
  for (const auto& format : kFormats) {
    BOOST_TEST(read_bytes(format.compress({})).error.starts_with("is empty: "));
    BOOST_TEST(
        read_bytes(format.compress(pattern(1000))).error.starts_with("is not a capture file (pcap or pcapng): "));
    // Compressed twice is compressed once too often.
    BOOST_TEST(read_bytes(format.compress(format.compress(pcap_file({}))))
                   .error.starts_with("is not a capture file (pcap or pcapng): "));
  }
}

BOOST_AUTO_TEST_CASE(windows_up_to_128_mib_are_allowed) {
  const auto all = records(100);
  check_frames(read_bytes(zstd(pcap_file(all), 27)), all);
  BOOST_TEST(read_bytes(zstd(pcap_file(all), 28)).error ==
             "has zstd data that need a window above 128 MiB: decompress it first (zstd -d --long=31)");
}

BOOST_AUTO_TEST_SUITE_END()
